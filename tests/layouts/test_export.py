"""The scenes of a run as files; what is in them without coarse layouts: tests/cli/test_app.py."""

import numpy as np
import pytest

from sims_core.base.errors import SimsError
from sims_core.base.read_pictures import read_photo
from sims_core.formats.scenes import SceneReader
from sims_core.layouts.export import export_scenes
from sims_core.layouts.files import read_labels
from sims_core.scenes.classes import VOID
from tests.support.small_project import CLASSES, TRAIN_IDS, scene, write_data


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    write_data(root)
    return SceneReader(root / "data/scenes")


def without_cars(scene):
    return np.where(scene.labels == 2, VOID, scene.labels).astype(np.uint8)


def test_coarse_layouts_lie_beside_the_photos_and_layouts_of_the_split(reader, tmp_path):
    (tmp_path / "train").mkdir()  # empty
    assert export_scenes(reader, "train", tmp_path / "train", without_cars) == len(TRAIN_IDS)
    for number, name in enumerate(TRAIN_IDS):
        expected = scene(name, "train", number)
        assert np.array_equal(read_photo(tmp_path / f"train/photos/{name}.png"), expected.photo)
        for folder, labels in (("layouts", expected.labels), ("coarse", without_cars(expected))):
            assert np.array_equal(read_labels(tmp_path / f"train/{folder}/{name}.png", CLASSES), labels)
    assert {path.name for path in (tmp_path / "train").iterdir()} == {"photos", "layouts", "coarse", "classes.json"}


@pytest.mark.parametrize("name", ["notes", "notes/mine.txt"])
def test_what_is_there_already_is_left_alone(reader, tmp_path, name):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes/mine.txt").write_text("mine")
    with pytest.raises(SimsError, match="is there already, expected a new or empty folder"):
        export_scenes(reader, "val", tmp_path / name)
    assert [path.name for path in tmp_path.rglob("*")] == ["notes", "mine.txt"]


def test_an_export_that_breaks_off_leaves_nothing(reader, tmp_path):
    made = []

    def breaks(scene):
        made.append(scene.scene_id)
        if len(made) == 2:
            raise ZeroDivisionError
        return scene.labels

    with pytest.raises(ZeroDivisionError):
        export_scenes(reader, "val", tmp_path / "val", breaks)
    assert list(tmp_path.iterdir()) == []
