"""A stranger's folder: from eight photos with masks to a photograph, in the steps of docs/tutorial.md."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from sims_core.base.errors import SimsError
from sims_core.base.read_pictures import read_photo
from sims_core.cli.app import commands
from sims_core.drawing.contact_sheet import source_colours
from sims_core.formats.synthesized import read_images
from sims_core.synthesis import synthesizer
from tests.support.project import ROOT, run_stages, stage_names
from tests.support.small_dataset import save
from tests.support.small_scenes import make_scene

# sky, road, pole, car, tree as their owner numbered them
VALUES = np.array([3, 1, 9, 4, 2], np.uint8)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A checkout with a folder photos/ of eight JPEGs and indexed masks, on which every stage has run."""
    root = tmp_path_factory.mktemp("stranger")
    shutil.copytree(ROOT / "presets", root / "presets")
    shutil.copy(ROOT / "presets/demo.yaml", root / "params.yaml")
    for number in range(8):
        scene = make_scene(f"s{number}", "train", number, 64, 96)
        save(root / f"photos/images/holiday_{number}.jpg", scene.photo)
        (root / "photos/masks").mkdir(exist_ok=True)
        mask = Image.fromarray(VALUES[scene.labels])
        mask.putpalette([channel for colour in source_colours(12) for channel in colour])
        mask.save(root / f"photos/masks/holiday_{number}.png")
    return root


def sims(*arguments):
    result = CliRunner().invoke(commands, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_from_a_folder_to_a_photograph(project, monkeypatch):
    monkeypatch.setenv("SIMS_WORKERS", "1")  # each worker of the depth training would prepare the textures anew
    monkeypatch.chdir(project)
    said = sims("data", "init", "photos", "--preset", "tiny")
    assert "8 photos with label maps of 5 values, no split, one in 3 by name is for validation: 5 + 3" in said
    assert "0 faults, 0 warnings" in sims("data", "check")
    run_stages(project, stage_names())
    # The owner paints a layout in the colours of the class table: as it happens, one that was held out.
    colours = np.array(source_colours(12), np.uint8)
    layout = np.asarray(Image.open("photos/masks/holiday_3.png"))
    save(project / "layout.png", colours[layout])
    # Random numbers are drawn by the layout's name.
    monkeypatch.setattr(synthesizer, "_SCENE_ID", "holiday_3")
    sims("synthesize", "layout.png", "-o", "street.png")
    # The command makes of it what the pipeline did.
    made = read_images(project / "data/synthesized")["holiday_3", 0]
    assert np.array_equal(read_photo(project / "street.png"), made)
    photos = json.loads((project / "street.credits.json").read_text())["photos"]
    assert {entry["photo"] for entry in photos} <= {f"holiday_{number}" for number in (1, 2, 4, 5, 7)}
    # A mask of theirs without its colours: the values are those of the masks, and no places in the table.
    save(project / "mask.png", np.where(layout == 9, 4, layout))
    said = sims("synthesize", "mask.png", "-o", "again.png")
    assert "1 layout of one channel: values are read as in the masks (prepare.source.label_values" in said
    rows = (project / "again.components.csv").read_text().splitlines()[1:]
    assert {row.split(",")[1] for row in rows} == {f"category_{value}" for value in (1, 2, 3, 4)}
    before = (project / "mask.png").read_bytes()
    with pytest.raises(SimsError, match=r"mask.png: would be lost, '-o mask.png' writes over it"):
        sims("synthesize", "mask.png", "-o", "mask.png")
    assert (project / "mask.png").read_bytes() == before
