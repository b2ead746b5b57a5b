"""Datasets of rooms and of anything in their official forms: labels, instances and depth come back."""

import json
from dataclasses import replace

import h5py
import numpy as np
import pytest
from scipy.io import savemat

from sims_core.base.errors import SimsError
from sims_core.datasets.adapters.ade20k import is_outdoor
from sims_core.datasets.adapters.coco_stuff import draw_instances
from sims_core.datasets.adapters.nyu import number_instances
from sims_core.datasets.class_tables import packaged_list
from sims_core.scenes.classes import VOID
from tests.support.official_forms import (
    HEIGHT,
    WIDTH,
    assert_same,
    load,
    rendered,
    save,
    write_ade20k,
    write_coco_stuff,
    write_nyu,
)

# NYU

NYU = {"dataset": "nyu", "num_categories": 40, "size": (427, 561)}


@pytest.fixture(scope="module")
def rooms(tmp_path_factory):
    """A folder in NYU's form, and what its scenes are."""
    root = tmp_path_factory.mktemp("nyu")
    return root, write_nyu(root, rendered(60, 80)[1:])


def same_regions(found, wanted):
    """Whether two instance maps are equal up to the numbers."""
    pairs = np.unique(np.stack([found.ravel(), wanted.ravel()]), axis=1)
    return len(np.unique(pairs[0])) == len(np.unique(pairs[1])) == pairs.shape[1] and pairs[:, 0].tolist() == [0, 0]


def test_nyu(rooms):
    root, expected = rooms
    found = load(root, **NYU)
    for scene, wanted in zip(found, expected.values(), strict=True):
        assert same_regions(scene.instances, wanted.instances)
    renumbered = {s.scene_id: replace(expected[s.scene_id], instances=s.instances) for s in found}
    assert_same(found, renumbered)
    assert found[0].photo.shape == (427, 561, 3)


def test_nyu_in_13_categories(rooms):
    root, expected = rooms
    found = load(root, **(NYU | {"num_categories": 13}))
    # Of the 19 numbers that the scenes have: wall, floor, cabinet, bed, ... to their category of 13, from 0.
    of_13 = np.array([11, 4, 5, 0, 3, 8, 9, 11, 12, 5, 7, 5, 12, 9, 5, 12, 5, 6, 6, *[VOID] * 237], np.uint8)
    for scene in found:
        assert np.array_equal(scene.labels, of_13[expected[scene.scene_id].labels])


def test_nyu_instances_by_hand():
    names = np.array([[5, 5, 7, 7, 0]])
    numbers = np.array([[1, 2, 1, 0, 3]], dtype=np.uint8)
    labels = np.array([[0, 0, 1, 1, VOID]], dtype=np.uint8)
    assert number_instances(names, numbers, labels).tolist() == [[1, 2, 3, 0, 0]]
    assert number_instances(names[:, :2], numbers[:, :2], labels[:, :2]).tolist() == [[1, 2]]


def test_nyu_with_wrong_files(tmp_path, rooms):
    for name in ("nyu_depth_v2_labeled.mat", "splits.mat", "classMapping40.mat"):
        (tmp_path / name).write_bytes((rooms[0] / name).read_bytes())
    (tmp_path / "classMapping40.mat").unlink()
    with pytest.raises(SimsError, match=r"classMapping40.mat: not found; classMapping40.mat is Gupta"):
        load(tmp_path, **NYU)
    savemat(tmp_path / "classMapping40.mat", {"mapClass": np.arange(1, 41)[None]})
    with pytest.raises(SimsError, match=r"'mapClass', expected 894 numbers of 1\.\.40, found 40 numbers up to 40"):
        load(tmp_path, **NYU)
    savemat(tmp_path / "splits.mat", {"trainNdxs": [[1]], "testNdxs": [[4]]})
    with pytest.raises(SimsError, match=r"splits.mat: 'testNdxs', expected 1\.\.3, found up to 4"):
        load(tmp_path, **NYU)
    with h5py.File(tmp_path / "nyu_depth_v2_labeled.mat", "a") as file:
        del file["depths"]
        file["depths"] = np.zeros((3, 480, 640), np.float32)
    with pytest.raises(SimsError, match=r"form of 'depths', expected float32 \(3, 640, 480\), found float32 \(3, 480"):
        load(tmp_path, **NYU)
    (tmp_path / "nyu_depth_v2_labeled.mat").write_bytes(b"MATLAB 7.3 MAT-file, cut off")
    with pytest.raises(SimsError, match="is not a readable HDF5 file"):
        load(tmp_path, **NYU)


# ADE20K

ADE20K = {"dataset": "ade20k", "subset": "all"}


def test_ade20k(tmp_path, scenes):
    expected = write_ade20k(tmp_path, scenes)
    assert_same(load(tmp_path, **ADE20K), expected)
    outdoor = load(tmp_path, **(ADE20K | {"subset": "outdoor"}))
    assert [scene.scene_id for scene in outdoor] == ["ADE_train_00000001", "ADE_train_00000002", "ADE_val_00000004"]


def test_outdoor_rule():
    listed = frozenset(packaged_list("ade20k_outdoor_scenes", "scenes"))
    outdoor = ("street", "bank_outdoor", "gazebo/exterior", "beach", "mountain_snowy", "skyscraper")
    indoor = ("bedroom", "bank_indoor", "bus_interior", "misc", "airport_terminal", "balcony_interior", "chapel")
    assert [is_outdoor(name, listed) for name in outdoor + indoor] == [True] * len(outdoor) + [False] * len(indoor)


def test_ade20k_with_wrong_files(tmp_path, scenes):
    write_ade20k(tmp_path, scenes)
    (tmp_path / "sceneCategories.txt").write_text("ADE_train_00000001 street\n")
    with pytest.raises(SimsError, match=r"no scene category for ADE_train_00000002 \(and 2 more\)"):
        load(tmp_path, **(ADE20K | {"subset": "outdoor"}))
    save(tmp_path / "annotations/training/ADE_train_00000001.png", np.full((HEIGHT, WIDTH), 151, np.uint8))
    with pytest.raises(SimsError, match=r"unknown label value 151 .* or 1\.\.150; the label maps must be those of ADE"):
        load(tmp_path, **ADE20K)
    (tmp_path / "annotations/validation/ADE_val_00000004.png").unlink()
    with pytest.raises(SimsError, match="validation: val: photo without label map: ADE_val_00000004"):
        load(tmp_path, **ADE20K)


# COCO-Stuff

COCO = {"dataset": "coco_stuff", "instances": True}


def test_coco_stuff(tmp_path, scenes):
    expected = write_coco_stuff(tmp_path, scenes)
    assert_same(load(tmp_path, **COCO), expected)
    without = load(tmp_path, **(COCO | {"instances": False}))
    assert_same(without, {name: replace(e, instances=None) for name, e in expected.items()})


def test_coco_instances_by_hand():
    labels = np.array([[2, 2, 2, 9], [2, 2, 2, 9], [9, 9, 9, 9]], dtype=np.uint8)
    square = [0, 0, 3, 0, 3, 3, 0, 3]
    pixel = [1, 0, 2, 0, 2, 1, 1, 1]
    # Cars (label 3, category 2): the smaller lies over the larger, and neither leaves the cars of the label map.
    drawn = draw_instances([(3, [pixel]), (3, [square]), (1, [square])], labels)
    assert drawn.tolist() == [[2, 1, 2, 0], [2, 2, 2, 0], [0, 0, 0, 0]]


def test_coco_stuff_with_wrong_files(tmp_path, scenes):
    write_coco_stuff(tmp_path, scenes)
    path = tmp_path / "annotations/instances_val2017.json"
    content = json.loads(path.read_text())
    content["annotations"][0]["segmentation"] = {"size": [1, 1], "counts": [0, 1]}
    path.write_text(json.dumps(content))
    with pytest.raises(SimsError, match="annotation 1 is no crowd and not a list of polygons"):
        load(tmp_path, **COCO)
    path.write_text("{}")
    with pytest.raises(SimsError, match="is not of COCO's form, expected annotations with image_id"):
        load(tmp_path, **COCO)
    path.unlink()
    with pytest.raises(SimsError, match=r"instances_val2017.json: not found; .* or set instances: false"):
        load(tmp_path, **COCO)
    # Label 12, street sign, is in no official label map.
    save(tmp_path / "annotations/val2017/000000000004.png", np.full((HEIGHT, WIDTH), 11, np.uint8))
    with pytest.raises(SimsError, match="unknown label value 11 in 8192 pixels"):
        load(tmp_path, **(COCO | {"instances": False}))
