import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from sims_core.base.errors import SimsError
from sims_core.base.files import write_json
from sims_core.base.parameters import SECTIONS
from sims_core.base.read_pictures import read_photo
from sims_core.cli.app import commands
from sims_core.datasets.class_tables import read_class_table
from sims_core.layouts.files import read_labels
from sims_core.networks.pretrained import IMAGENET_FILE
from tests.support.project import ROOT, run_command
from tests.support.repository import git
from tests.support.small_project import VAL_IDS, scene, write_data


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    write_data(root)
    return root


def run(*arguments):
    return CliRunner().invoke(commands, [str(argument) for argument in arguments])


def test_help_imports_nothing_heavy_and_teaches():
    heavy = "torch numba pyarrow pandas matplotlib numpy cv2 pydantic"
    code = f"import sys, sims_core.cli.app; print([m for m in '{heavy}'.split() if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
    assert "sims synthesize my_layout.png -o street.png" in run("--help").stdout
    for command in ("synthesize", "evaluate"):
        assert "255 = void" in run(command, "--help").stdout


@pytest.mark.parametrize(
    "command",
    [
        "synthesize",
        "layout refine",
        "layout translate",
        "evaluate",
        "data check",
        "data init",
        "bank show",
        "scenes show",
        "scenes export",
        "results show",
        "results diff",
        "results keep",
        "results page",
        "results compare",
        "params check",
        "preset use",
        "weights fetch",
    ],
)
def test_every_command_has_an_example(command):
    result = run(*command.split(), "--help")
    assert result.exit_code == 0
    assert f"sims {command}" in result.stdout


def test_contact_sheets(project, tmp_path):
    for arguments in (
        ["bank", "show"],
        ["bank", "show", "--category", "car"],
        ["scenes", "show", "--split", "train"],
        ["results", "show", "--scenes", "2"],
    ):
        out = tmp_path / "sheet.png"
        result = run(*arguments, "-o", out, "--project", project)
        assert result.exit_code == 0, result.output
        assert "sheet.png" in result.stdout
        assert len(np.unique(read_photo(out).reshape(-1, 3), axis=0)) > 50


def test_exported_scenes_are_what_the_project_works_with(project, tmp_path):
    result = run("scenes", "export", "-o", tmp_path / "val", "--project", project)
    assert result.exit_code == 0, result.output
    assert {path.name for path in (tmp_path / "val").iterdir()} == {"photos", "layouts", "classes.json"}
    assert sorted(path.stem for path in (tmp_path / "val/photos").iterdir()) == VAL_IDS
    classes = read_class_table(tmp_path / "val/classes.json")
    for number, name in enumerate(VAL_IDS):
        expected = scene(name, "val", number)
        assert np.array_equal(read_photo(tmp_path / f"val/photos/{name}.png"), expected.photo)
        assert np.array_equal(read_labels(tmp_path / f"val/layouts/{name}.png", classes), expected.labels)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["bank", "show", "--category", "boat"], "category 'boat' is unknown to the bank"),
        (["bank", "show", "--project", "elsewhere"], "run stage 'extract_bank' first"),
        (["scenes", "show", "--project", "elsewhere"], "run stage 'prepare' first"),
        (["scenes", "export", "-o", "presets"], "presets: is there already, expected a new or empty folder"),
        (["results", "show", "--project", "elsewhere"], "run stage 'synthesize' first"),
        (["bank", "show", "-o", "sheet.jpg"], "expected a name ending in .png"),
        (["results", "page", "--figures", "elsewhere"], "no synthesis.json in this folder or below it"),
        (["results", "keep", "mine"], "metrics/figures/synthesis.json: not found; run stage 'evaluate' first"),
        (["results", "diff", "--project", "elsewhere"], "elsewhere: git cannot be run here"),
        (["results", "compare", "a.json", "b.json"], "a.json: not found"),
        (["evaluate", "mine", "--layouts", "l", "--real", "r", "-o", "out"], "r: folder not found"),
        (["preset", "use", "camvit"], "did you mean 'camvid'?"),
        (["params", "check", "--params", "none.yaml"], "parameter file not found"),
        (["synthesize", "layout.png", "-o", "out.jpg"], "expected a name ending in .png"),
        (["synthesize", "layout.png", "-o", "out.png", "--pin", "3"], "expected COMPONENT=SEGMENT"),
        (["synthesize", "layout.png", "-o", "out.png"], "layout.png: layout not found"),
        (["synthesize", "presets", "-o", "out"], "presets: no layouts in this folder"),
    ],
)
def test_mistakes_end_in_one_line(project, tmp_path, arguments, message):
    shutil.copytree(project, tmp_path, dirs_exist_ok=True)
    (tmp_path / "presets").mkdir()
    (tmp_path / "presets/camvid.yaml").write_text("")
    assert_one_line(run_command(tmp_path, "sims_core.cli", *arguments), message)


def assert_one_line(result, message):
    assert result.returncode == 1
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    assert message in result.stderr


def test_a_mistake_ends_in_one_line_in_an_environment_without_anything(tmp_path):
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-m", "sims_core.cli", "params", "check"]
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert_one_line(result, "parameter file not found")


def test_results_page_is_written_whole_or_not_at_all(tmp_path):
    write_json(tmp_path / "figures/mine/synthesis.json", {"mean_iou": {"real": 0.8, "synthesized": 0.61}})
    out = tmp_path / "docs/results.md"
    result = run("results", "page", "--figures", tmp_path / "figures", "-o", out)
    assert result.exit_code == 0, result.output
    assert "results.md: 1 run" in result.stdout
    written = out.read_text()
    assert "**0.610**" in written
    (tmp_path / "figures/mine/synthesis.json").write_text("{")
    assert isinstance(run("results", "page", "--figures", tmp_path / "figures", "-o", out).exception, SimsError)
    assert out.read_text() == written
    assert [path.name for path in out.parent.iterdir()] == ["results.md"]


def test_weights_fetch_says_what_it_costs_and_where_the_file_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def download(url, path, hash_prefix):
        assert url.startswith("https://download.pytorch.org/")
        assert len(hash_prefix) == 64
        Path(path).write_bytes(b"weights")

    monkeypatch.setattr("torch.hub.download_url_to_file", download)
    result = run("weights", "fetch")
    assert result.stdout.startswith(f"{IMAGENET_FILE}: ")
    assert IMAGENET_FILE.read_bytes() == b"weights"
    for said in ("575 MB", "pytorch.org", "SHA-256", "perceptual.weights: imagenet"):
        assert said in run("weights", "fetch", "--help").stdout


def test_weights_that_do_not_arrive_end_in_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def fail(url, path, hash_prefix):
        raise RuntimeError('invalid hash value (expected "dcbb", got "0000")')

    monkeypatch.setattr("torch.hub.download_url_to_file", fail)
    error = run("weights", "fetch").exception
    assert isinstance(error, SimsError)
    assert "could not be fetched, found invalid hash value" in str(error)


@pytest.mark.parametrize("file", ["presets/demo.yaml", "presets/camvid.yaml"])
def test_params_check_counts_the_sections(file):
    result = run("params", "check", "--params", ROOT / file)
    assert f"{file}: valid, {len(SECTIONS)} sections" in result.stdout


def test_a_run_is_kept_and_compared_with_a_commit(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    figures = {"mean_iou": {"real": 0.8, "synthesized": 0.5}, "protocol": {"num_images": 4}}
    write_json(tmp_path / "metrics/figures/synthesis.json", figures)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "a run")
    assert run("results", "diff").stdout == "no figure differs from HEAD\n"
    assert run("results", "keep", "mine").stdout == "docs/figures/mine: 1 files\n"
    write_json(tmp_path / "metrics/figures/synthesis.json", figures | {"mean_iou": {"real": 0.8, "synthesized": 0.75}})
    assert "| figures/synthesis | mean_iou.synthesized | 0.5 | 0.75 | +0.25 |" in run("results", "diff").stdout
    assert isinstance(run("results", "keep", "mine").exception, SimsError)
    assert run("results", "keep", "mine", "--replace").exit_code == 0
    assert run("results", "page").stdout == "docs/results.md: 1 run\n"
