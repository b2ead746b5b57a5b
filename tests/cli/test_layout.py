"""`sims layout translate` on files as editors and other systems leave them; a scenes artifact is all it needs."""

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from sims_core.base.errors import SimsError
from sims_core.cli.app import commands
from sims_core.datasets.class_tables import read_class_table
from sims_core.scenes.classes import VOID
from tests.support.small_dataset import header_of_png
from tests.support.small_scenes import make_scene


@pytest.fixture
def painted(scenes_folder, tmp_path):
    """Returns the project, its class table, and a layout of it: ids, and in colours."""
    classes = read_class_table(scenes_folder / "classes.json")
    labels = make_scene("v", "val", 7).labels
    return scenes_folder.parents[1], classes, labels, classes.colourise(labels)


def translate(project, layout, out, table=None):
    arguments = ["layout", "translate", layout, "--from", table or project / "data/scenes/classes.json", "-o", out,
                 "--project", project]  # fmt: skip
    result = CliRunner().invoke(commands, list(map(str, arguments)))
    if result.exception is not None:
        raise result.exception
    return result.stdout


def read(path):
    return np.asarray(Image.open(path))


def test_an_indexed_layout_shows_what_the_colours_show(painted, tmp_path):
    project, _, labels, colours = painted
    Image.fromarray(colours).save(tmp_path / "rgb.png")
    used, place = np.unique(colours.reshape(-1, 3), axis=0, return_inverse=True)
    indexed = Image.fromarray(place.reshape(labels.shape).astype(np.uint8), mode="P")
    indexed.putpalette(used.ravel().tolist())
    indexed.save(tmp_path / "indexed.png")
    for name in ("rgb", "indexed"):
        translate(project, tmp_path / f"{name}.png", tmp_path / f"out_{name}.png")
        assert np.array_equal(read(tmp_path / f"out_{name}.png"), labels)


def test_what_was_erased_is_void(painted, tmp_path):
    project, classes, labels, colours = painted
    car = labels == classes.names.index("car")
    Image.fromarray(np.dstack([colours, np.where(car, 0, 255).astype(np.uint8)])).save(tmp_path / "layout.png")
    translate(project, tmp_path / "layout.png", tmp_path / "out.png")
    assert np.array_equal(read(tmp_path / "out.png"), np.where(car, VOID, labels))


def test_names_in_upper_case_are_layouts_too(painted, tmp_path):
    project, _, _, colours = painted
    (tmp_path / "layouts").mkdir()
    Image.fromarray(colours).save(tmp_path / "layouts/a.png")
    Image.fromarray(colours).save(tmp_path / "layouts/B.PNG")
    Image.fromarray(colours).save(tmp_path / "layouts/c.JPG")
    said = translate(project, tmp_path / "layouts", tmp_path / "out")
    assert said.splitlines() == [
        f"{tmp_path}/layouts: 1 JPEGs are passed over, they are no layouts: c.JPG",
        f"{tmp_path}/out: 2 layouts",
    ]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["B.png", "a.png"]


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("layout.png", "layout.png: would be lost, '-o .*layout.png' writes over it"),
        ("layout.png/below.png", "below.png: cannot be written, found .*layout.png is a file; name another place"),
        ("a" * 300 + ".png", "File name too long; name another place with -o"),
    ],
)
def test_places_that_cannot_be_written(painted, tmp_path, out, message):
    project, _, _, colours = painted
    Image.fromarray(colours).save(tmp_path / "layout.png")
    before = (tmp_path / "layout.png").read_bytes()
    with pytest.raises(SimsError, match=message):
        translate(project, tmp_path / "layout.png", tmp_path / out)
    assert (tmp_path / "layout.png").read_bytes() == before


def test_a_panorama_is_refused_with_its_size(painted, tmp_path):
    (tmp_path / "layout.png").write_bytes(header_of_png(40_000, 30_000))
    with pytest.raises(SimsError, match=r"layout\.png: picture is too large, .* found 40000 x 30000 px"):
        translate(painted[0], tmp_path / "layout.png", tmp_path / "out.png")
