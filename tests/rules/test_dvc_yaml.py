"""What is kept by hand in dvc.yaml agrees with the code; what is derived: tests/base/test_pipeline_file.py."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

import pytest
from ruamel.yaml import YAML

from sims_core.base.parameters import SECTIONS
from sims_core.base.pipeline_file import DATA_OF, MARK
from sims_core.base.pipeline_run import read_graph
from sims_core.base.presets import compose_preset
from sims_core.networks.baselines import Baseline
from sims_core.report.metrics_files import FILES
from tests.support.project import ROOT, expanded

PIPELINE = YAML(typ="safe", pure=True).load((ROOT / "dvc.yaml").read_text())
ENTRIES = PIPELINE["stages"]
STAGES = {name: stage for entry, content in ENTRIES.items() for name, stage in expanded(entry, content).items()}


def test_stages_of_a_matrix_have_its_values_put_in():
    entry = {
        "matrix": {"kind": "${evaluate.rivals}"},
        "cmd": "run ${item.kind}",
        "outs": [{"out/${item.kind}": {"cache": False}}],
    }
    assert expanded("train", entry) == {
        f"train@{kind}": {"cmd": f"run {kind}", "outs": [{f"out/{kind}": {"cache": False}}]} for kind in Baseline
    }
    assert expanded("train", {"cmd": "run"}) == {"train": {"cmd": "run"}}


def test_the_rivals_that_the_parameters_name_have_stages():
    for entry in ("train_baseline", "synthesize_baseline"):
        assert ENTRIES[entry]["matrix"] == {"baseline": "${evaluate.rivals}"}


@pytest.mark.parametrize("preset", ["demo", "camvid"])
def test_dvc_makes_the_stages_of_a_preset(preset, tmp_path):
    """The demo leaves out the slowest rival, and no stage of it is left in the way of the report."""
    shutil.copy(ROOT / "dvc.yaml", tmp_path)
    (tmp_path / "params.yaml").write_text(compose_preset(ROOT / "presets" / f"{preset}.yaml"))
    subprocess.run([sys.executable, "-m", "dvc", "init", "--quiet", "--no-scm"], cwd=tmp_path, check=True)
    graph = read_graph(tmp_path)
    rivals = {"demo": ["crn", "pix2pix"], "camvid": ["crn", "pix2pix", "spade"]}[preset]
    members = {f"{entry}@{rival}" for entry in ("train_baseline", "synthesize_baseline") for rival in rivals}
    assert {stage for stage in graph if "@" in stage} == members
    assert set(graph) == {name for name in STAGES if "@" not in name} | members
    for waiting in ("evaluate", "report"):
        assert set(graph.predecessors(waiting)) >= {f"synthesize_baseline@{rival}" for rival in rivals}
    assert set(graph.predecessors("report")) >= {f"train_baseline@{rival}" for rival in rivals}


def test_every_stage_file_is_a_stage():
    assert set(ENTRIES) == {path.stem for path in (ROOT / "stages").glob("*.py")} - {"__init__"}


def test_code_is_named_in_the_derived_part_alone():
    entries = re.split(r"\n(?=  \w+:\n)", (ROOT / "dvc.yaml").read_text())[1:]
    assert len(entries) == len(ENTRIES)
    for entry in entries:
        kept_by_hand, mark, _ = entry.partition(MARK)
        assert mark
        assert not re.findall(r"- (?:sims_core|stages)/.*", kept_by_hand)


def test_every_data_file_of_the_package_is_known():
    files = [
        path
        for path in (ROOT / "sims_core").rglob("*")
        if path.is_file() and path.suffix != ".py" and path.name != "py.typed" and "__pycache__" not in path.parts
    ]
    known = tuple(str(ROOT / data) for data in DATA_OF.values())
    assert [path for path in files if not str(path).startswith(known)] == []


def test_a_rival_depends_on_its_own_section_alone():
    for baseline in Baseline:
        assert set(STAGES[f"train_baseline@{baseline}"]["params"]) & set(Baseline) == {baseline}


def test_every_section_is_read_by_a_stage():
    assert {key for stage in STAGES.values() for key in stage.get("params", [])} == {*SECTIONS, "seed"}


@pytest.mark.parametrize("name", STAGES)
def test_one_word_names_a_stage(name):
    assert STAGES[name]["cmd"] == f"python -m stages.{name.replace('@', ' ')}"
    assert STAGES[name]["desc"]


def outputs(stage: dict[str, Any]) -> set[str]:
    """Return all files and folders that a stage writes."""
    written = [*stage.get("outs", []), *stage.get("metrics", [])]
    return {out if isinstance(out, str) else next(iter(out)) for out in written}


def made_of(dependencies: Iterable[str], outs: set[str]) -> set[str]:
    """Return the dependencies that are outputs, a part of one, or a folder that holds some."""
    folders = {str(folder) for out in outs for folder in PurePosixPath(out).parents}
    return {dep for dep in dependencies if dep in folders or outs & {dep, *map(str, PurePosixPath(dep).parents)}}


def test_data_dependencies_are_made_by_an_earlier_stage():
    made: set[str] = set()
    for name, stage in STAGES.items():
        needed = {dep for dep in stage["deps"] if dep.startswith("data/")}
        assert needed == made_of(needed, made), f"{name} needs {sorted(needed - made_of(needed, made))}"
        made |= {out if isinstance(out, str) else next(iter(out)) for out in stage.get("outs", [])}


def test_a_ban_reruns_no_training():
    """retrieve.banned is a parameter of no training, and what depends on it is none."""
    reached = {name for name, stage in STAGES.items() if "retrieve" in stage.get("params", [])}
    assert reached == {"retrieve", "compose", "evaluate"}
    for name, stage in STAGES.items():  # in flow order
        made = {out for reachable in reached for out in outputs(STAGES[reachable])}
        if made_of(stage["deps"], made):
            reached.add(name)
    assert reached == {"retrieve", "compose", "synthesize", "evaluate", "report"}


def test_other_canvases_train_no_network_but_the_synthesis():
    tables = {"transform", "ordering", "canvases", "stencils"}
    read = {
        name: {table for table in tables if f"data/simulated/{table}" in stage["deps"]}
        for name, stage in STAGES.items()
        if "data/simulated" not in stage["deps"]
    }
    assert {name: tables for name, tables in read.items() if tables} == {
        "train_transform": {"transform"},
        "train_ordering": {"ordering"},
        "train_synthesis": {"canvases", "stencils"},
    }
    assert [name for name, stage in STAGES.items() if "data/simulated" in stage["deps"]] == ["evaluate"]


def test_every_stage_says_what_it_costs():
    for name, stage in STAGES.items():
        assert f"metrics/cost/{name.replace('@', '_')}.json" in outputs(stage)


def test_figures_are_committed_not_cached():
    for stage in STAGES.values():
        for out in [*stage["outs"], *stage.get("metrics", [])]:
            ((path, options),) = out.items() if isinstance(out, dict) else [(out, {})]
            assert options == ({"cache": False} if path.startswith("metrics/") else {})


def test_headline_figures_alone_are_dvc_metrics():
    """Of a training those of its network, of another stage its own: all that lies deeper is no metric."""
    for name, stage in STAGES.items():
        metrics = {path for metric in stage.get("metrics", []) for path in metric}
        assert metrics <= {f"metrics/{name}.json".replace("train_baseline@", "train_")}
        assert not name.startswith("train_") or metrics


def test_the_report_reads_all_figures_and_no_cost():
    made = {out for stage in STAGES.values() for out in outputs(stage) if out.startswith("metrics/figures/")}
    assert {dep for dep in STAGES["report"]["deps"] if dep.startswith("metrics/")} == {"metrics/figures"}
    assert {PurePosixPath(path).stem for path in made} == {file.name for file in FILES} | {
        "synthesis_intervals",
        "contested_intervals",
    }
