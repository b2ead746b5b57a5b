"""Layouts that a dataset is made of, from scenes and from files."""

import numpy as np
import pytest
from PIL import Image

from sims_core.base.errors import SimsError
from sims_core.base.pictures import write_png
from sims_core.formats.scenes import SceneReader
from sims_core.layouts.files import write_layout
from sims_core.layouts.incoming import open_project_layouts
from sims_core.scenes.segmented_layout import SegmentedLayout
from sims_core.usefulness.asked import AskedLayout, layouts_of_files, layouts_of_split
from tests.support.small_scenes import CAR, CLASSES, make_scene

FRAME = (32, 64)


def same(layout, expected):
    """Whether labels and instances are the same."""
    return all(
        own is other if other is None else own.dtype == other.dtype and np.array_equal(own, other)
        for own, other in zip(layout, expected, strict=True)
    )


def of_files(folder):
    return layouts_of_files(folder, open_project_layouts(None, None, CLASSES, FRAME), lambda labels, path: None)


@pytest.mark.parametrize("has_instances", [True, False])
def test_a_layout_arrives_as_it_was(has_instances):
    scene = make_scene("a", "train", 3)
    instances = scene.instances if has_instances else None
    layout = AskedLayout.of("a", scene.labels, instances)
    assert layout.name == "a"
    assert same(layout.unpacked(), (scene.labels, instances))


def test_layouts_of_a_split_are_those_of_its_scenes(scenes_folder):
    reader = SceneReader(scenes_folder)
    seen = []
    asked = layouts_of_split(reader, "val", lambda labels, name: seen.append((name, labels.sum())))
    scenes = list(reader.scenes("val"))
    assert [str(layout) for layout in asked] == ["v0", "v1"]
    assert seen == [(scene.scene_id, scene.labels.sum()) for scene in scenes]
    for layout, scene in zip(asked, scenes, strict=True):
        assert same(layout.unpacked(), (scene.labels, scene.instances))


def test_a_folder_with_labels_and_instances_brings_both_at_the_size_of_the_project(tmp_path):
    """Twice the size, one car cut into two instances: both halves come back as two segments."""
    scene = make_scene("a", "train", 3, 64, 128)
    car = scene.labels == CAR
    instances = np.where(car, np.where(np.arange(128) < np.argwhere(car)[:, 1].mean(), 7, 300), 0).astype(np.uint16)
    write_layout(tmp_path / "labels/a.png", scene.labels, CLASSES)
    write_png(tmp_path / "instances/a.png", instances)
    write_layout(tmp_path / "labels/b.png", scene.labels, CLASSES)
    (first, second), lines = of_files(tmp_path)
    assert (first.name, second.name) == ("a", "b")
    assert first.frame == FRAME
    cars = [
        [segment for segment in SegmentedLayout.of("", labels, CLASSES, instances).segments if segment.category == CAR]
        for labels, instances in (first.unpacked(), second.unpacked())
    ]
    assert [len(found) for found in cars] == [2, 1]
    assert any("resized" in line for line in lines)


def test_instances_of_another_size_are_refused(tmp_path):
    scene = make_scene("a", "train", 3)
    write_layout(tmp_path / "labels/a.png", scene.labels, CLASSES)
    (tmp_path / "instances").mkdir()
    Image.fromarray(np.zeros((32, 60), np.uint16)).save(tmp_path / "instances/a.png")
    with pytest.raises(SimsError, match=r"instances/a.png: .*expected 64x32 as a.png, found 60x32"):
        of_files(tmp_path)
