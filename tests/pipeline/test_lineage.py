"""Parts of two runs in one project: every mixture is refused by name, and every artifact says what it was made from."""

import shutil

import numpy as np
import pytest
from PIL import Image
from ruamel.yaml import YAML

from sims_core.base.artifacts import ARTIFACT_CARD, open_artifact, save_card
from sims_core.networks.baselines import Baseline
from tests.support.project import ROOT, digests, expanded, run_command

# An artifact of another run, the command that reads it, and what the line calls different.
MIXTURES = [
    ("scenes", ["stages.retrieve"], "scenes"),
    ("bank", ["stages.retrieve"], "scenes"),
    ("bank", ["stages.compose"], "scenes"),
    ("matches", ["stages.compose"], "scenes"),
    ("models/transform", ["stages.compose"], "scenes"),
    ("models/synthesis", ["stages.synthesize"], "scenes"),
    ("simulated/canvases", ["stages.train_synthesis"], "scenes"),
    ("models/perceptual", ["stages.train_baseline", "crn"], "scenes"),
    ("baselines/crn", ["stages.evaluate"], "scenes"),
    ("evaluation", ["stages.report"], "scenes"),
    ("models/ordering", ["sims_core.cli", "synthesize", "layout.png", "-o", "out.png"], "scenes"),
    ("depth", ["stages.simulate"], "scenes"),
    ("models/layout", ["sims_core.cli", "layout", "refine", "layout.png", "-o", "out.png"], "scenes"),
    ("canvases", ["sims_core.cli", "results", "show"], "scenes"),
]


@pytest.fixture
def project(finished_project, tmp_path):
    """A copy of the finished project."""
    return shutil.copytree(finished_project, tmp_path / "project")


def let_be_of_another_run(folder, artifact):
    """Change the card as another run would have written it: other scenes behind it, or other content of the scenes."""
    card = open_artifact(folder).card
    if artifact == "scenes":
        save_card(folder, card.model_copy(update={"files": card.files | {"val-00000.parquet": "0" * 64}}))
    else:
        save_card(folder, card.model_copy(update={"made_from": card.made_from | {"scenes": "0" * 64}}))


@pytest.mark.parametrize(("artifact", "command", "different"), MIXTURES, ids=[f"{m[0]}-{m[1][0]}" for m in MIXTURES])
def test_a_part_of_another_run_is_refused_by_name(project, artifact, command, different):
    let_be_of_another_run(project / "data" / artifact, artifact)
    Image.fromarray(np.zeros((64, 128), np.uint8)).save(project / "layout.png")
    before = digests(project)
    done = run_command(project, *command)
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert f"they come from different '{different}'" in line
    assert f"data/{artifact}" in line
    assert "run `dvc repro`" in line
    assert digests(project) == before


def test_every_artifact_names_what_its_stage_depends_on(finished_project):
    stages = YAML(typ="safe", pure=True).load((ROOT / "dvc.yaml").read_text())["stages"]
    named = {}
    for entry, content in stages.items():
        for stage, described in expanded(entry, content).items():
            behind = {dep.removeprefix("data/") for dep in described["deps"] if dep.startswith("data/")}
            for path in (finished_project / "data").rglob(ARTIFACT_CARD):
                card = open_artifact(path.parent).card
                if card.made_by == stage:
                    named[card.name] = (set(card.made_from), behind)
    assert len(named) >= len(stages)
    for name, (made_from, behind) in named.items():
        behind = {part for part in behind if not part.startswith("plots") and part != "simulated"}
        if "baselines" in behind:  # whole
            behind = behind - {"baselines"} | {f"baselines/{baseline}" for baseline in Baseline}
        if name in ("models/pix2pix", "models/spade"):
            behind.discard("models/perceptual")  # for CRN, another rival of the same entry
        if name.startswith("simulated/"):
            assert made_from <= behind | {"models/depth"}
        else:
            assert made_from >= behind, name
