"""Each adapter on scenes in the dataset's official form: labels, instances and depth come back as they were."""

import json
from dataclasses import replace

import h5py
import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from sims_core.base.errors import SimsError
from sims_core.datasets.adapters.ade20k import is_outdoor
from sims_core.datasets.adapters.camvid import original_split
from sims_core.datasets.adapters.cityscapes import depth_from_disparity
from sims_core.datasets.adapters.coco_stuff import draw_instances
from sims_core.datasets.adapters.nyu import number_instances
from sims_core.datasets.class_tables import packaged_list, packaged_table
from sims_core.datasets.load import load_dataset
from sims_core.datasets.settings import PrepareConfig
from sims_core.datasets.synthetic_street.render import render_scene
from sims_core.scenes.classes import VOID
from tests.support.official_forms import (
    save,
    write_ade20k,
    write_camvid,
    write_cityscapes,
    write_coarse,
    write_coco_stuff,
    write_gta5,
    write_nyu,
)

HEIGHT, WIDTH = 64, 128


def rendered(height_px, width_px):
    scenes = [
        render_scene(0, f"street-{split}-{number:05d}", split, height_px, width_px)
        for number, split in enumerate(("train", "train", "train", "val"))
    ]
    for scene in scenes:
        scene.labels[:3, :5] = VOID
    return scenes


@pytest.fixture(scope="module")
def scenes():
    """Three training scenes and a validation scene, with void in the corner."""
    return rendered(HEIGHT, WIDTH)


def load(root, size=(HEIGHT, WIDTH), seed=0, **source):
    config = PrepareConfig.model_validate(
        {"height_px": size[0], "width_px": size[1], "source": {"root": str(root)} | source}
    )
    return list(load_dataset(config, seed).scenes)


def assert_same(found, expected):
    assert [(scene.scene_id, scene.split) for scene in found] == [(k, e.split) for k, e in expected.items()]
    for scene, wanted in zip(found, expected.values(), strict=True):
        assert np.array_equal(scene.labels, wanted.labels)
        for name, dtype in (("instances", np.uint16), ("depth_m", np.float32), ("coarse_labels", np.uint8)):
            array, wanted_array = getattr(scene, name), getattr(wanted, name)
            assert (array is None) == (wanted_array is None)
            if array is not None:
                assert array.dtype == dtype
                assert np.array_equal(array, wanted_array)


# Cityscapes

CITYSCAPES = {"dataset": "cityscapes", "annotation": "fine", "depth": "disparity"}


def test_cityscapes(tmp_path, scenes):
    expected = write_cityscapes(tmp_path, scenes)
    found = load(tmp_path, **CITYSCAPES)
    assert_same(found, expected)
    assert np.array_equal(found[0].photo, scenes[0].photo)
    near = scenes[0].depth_m < 30
    # A disparity step of 1/256 pixel: 30 m / (0.2093 x 2262 x 256 / 30) = 0.007 m at most, half of it rounded.
    assert np.abs(found[0].depth_m - scenes[0].depth_m)[near].max() < 0.004
    assert found[0].instances.max() >= 24000


def test_cityscapes_without_depth_and_with_coarse_labels(tmp_path, scenes):
    expected = write_cityscapes(tmp_path, scenes, "gtCoarse")
    found = load(tmp_path, dataset="cityscapes", annotation="coarse", depth="none")
    assert_same(found, {name: replace(e, depth_m=None) for name, e in expected.items()})


def test_cityscapes_fine_labels_with_the_coarse_ones_of_the_same_photos(tmp_path, scenes):
    expected = write_cityscapes(tmp_path, scenes)
    coarse = write_coarse(tmp_path, scenes)
    found = load(tmp_path, coarse_labels=True, **CITYSCAPES)
    assert_same(found, {name: replace(e, coarse_labels=coarse[name]) for name, e in expected.items()})
    for scene in found:
        painted = scene.coarse_labels != VOID
        assert 0.1 < painted.mean() < (scene.labels != VOID).mean()
        assert np.array_equal(scene.coarse_labels[painted], scene.labels[painted])
    small = load(tmp_path, size=(HEIGHT // 2, WIDTH // 2), coarse_labels=True, **CITYSCAPES)
    assert small[0].coarse_labels.shape == (HEIGHT // 2, WIDTH // 2)
    assert_same(load(tmp_path, **CITYSCAPES), expected)
    next(tmp_path.glob("gtCoarse/val/*/*")).unlink()
    with pytest.raises(SimsError, match=r"coarse label map not found \(1 of 1 missing\).*or set coarse_labels: false"):
        load(tmp_path, coarse_labels=True, **CITYSCAPES)
    with pytest.raises(SimsError, match=r"prepare\.source\.coarse_labels: needs fine labels beside"):
        load(tmp_path, coarse_labels=True, **CITYSCAPES | {"annotation": "coarse"})


def test_cityscapes_extra_photos(tmp_path, scenes):
    write_cityscapes(tmp_path, scenes[2:], "gtCoarse")
    write_cityscapes(tmp_path, scenes[:2], "gtCoarse", extra=True)
    coarse = {"dataset": "cityscapes", "annotation": "coarse", "depth": "none"}
    with pytest.raises(SimsError, match="has the same name as"):
        load(tmp_path, train_extra=True, **coarse)
    for path in tmp_path.rglob("aachen_000000_*"):
        if "train_extra" not in path.parts:
            path.rename(path.with_name(path.name.replace("aachen_000000", "aachen_000007")))
    extra = tmp_path / "leftImg8bit/train_extra"
    save(extra / "troisdorf/troisdorf_000000_000073_leftImg8bit.png", np.zeros((HEIGHT, WIDTH), np.uint8))
    assert len(load(tmp_path, **coarse)) == 2
    assert [s.split for s in load(tmp_path, train_extra=True, **coarse)] == ["train"] * 3 + ["val"]


def test_disparity_by_hand():
    stored = np.array([[0, 1, 257, 513]], dtype=np.uint16)
    # No disparity; 0 pixels; 1 pixel; 2 pixels.
    assert depth_from_disparity(stored, 0.2, 2000.0).tolist() == [[0.0, 0.0, 400.0, 200.0]]


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("gtFine/*/*/*_labelIds.png", r"label map not found \(1 of 4 missing\); unpack the packages"),
        (
            "gtFine/train/aachen/*_000000_*_instanceIds.png",
            "instanceIds.png: instance map not found .*; unpack",
        ),
        ("disparity/val/*/*.png", "disparity not found .*; .* or set depth: none"),
        ("camera/val/*/*.json", "camera not found"),
        ("leftImg8bit/val/*/*.png", "split 'val' has no photos"),
    ],
)
def test_cityscapes_without_a_file(tmp_path, scenes, broken, message):
    write_cityscapes(tmp_path, scenes)
    for path in tmp_path.glob(broken):
        path.unlink()
    with pytest.raises(SimsError, match=message):
        load(tmp_path, **CITYSCAPES)


def test_cityscapes_with_a_wrong_file(tmp_path, scenes):
    write_cityscapes(tmp_path, scenes)
    camera = next(tmp_path.glob("camera/train/aachen/*.json"))
    camera.write_text('{"extrinsic": {}}')
    with pytest.raises(SimsError, match=r"camera.json: is no camera of Cityscapes, expected numbers extrinsic"):
        load(tmp_path, **CITYSCAPES)
    labels = next(tmp_path.glob("gtFine/train/aachen/*labelIds.png"))
    save(labels, np.full((HEIGHT, WIDTH), 34, np.uint8))
    with pytest.raises(SimsError, match=r"unknown label value 34 in 8192 pixels, .* expected label ids 0\.\.33"):
        load(tmp_path, **CITYSCAPES)
    with pytest.raises(SimsError, match="train_extra: has coarse labels only; set annotation: coarse"):
        load(tmp_path, train_extra=True, **CITYSCAPES)


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


# GTA5


def test_gta5(tmp_path, scenes):
    expected = write_gta5(tmp_path, scenes)
    save(tmp_path / "images/24966.png", scenes[0].photo)  # a test photo
    save(tmp_path / "labels/24966.png", scenes[0].labels)
    assert_same(load(tmp_path, dataset="gta5"), expected)
    for path in (tmp_path / "labels").glob("0*.png"):
        Image.open(path).convert("RGB").save(path)
    for scene, wanted in zip(load(tmp_path, dataset="gta5"), expected.values(), strict=True):
        assert np.array_equal(scene.labels, wanted.labels)


def test_gta5_pictures_of_other_sizes_than_their_labels(tmp_path, scenes):
    expected = write_gta5(tmp_path, scenes)
    save(tmp_path / "images/00001.png", scenes[0].photo[3:-3, 2:-2])
    found = load(tmp_path, size=(HEIGHT - 6, WIDTH - 4), dataset="gta5")
    assert np.array_equal(found[0].labels, expected["00001"].labels[3:-3, 2:-2])
    save(tmp_path / "images/00001.png", scenes[0].photo[:-21])
    with pytest.raises(SimsError, match=r"in size, expected 128x43 as 00001.png, or 20 pixels off, found 128x64"):
        load(tmp_path, dataset="gta5")


def test_gta5_with_wrong_files(tmp_path, scenes):
    write_gta5(tmp_path, scenes)
    colours = np.full((HEIGHT, WIDTH, 3), (7, 7, 8), np.uint8)
    save(tmp_path / "labels/00001.png", colours)
    with pytest.raises(SimsError, match=r"colour \(7, 7, 8\) at row 0, column 0 is none of Cityscapes' labels"):
        load(tmp_path, dataset="gta5")
    savemat(tmp_path / "split.mat", {"trainIds": [[1]]})
    with pytest.raises(SimsError, match=r"split.mat: variable 'valIds' not found; split.mat is in read_mapping.zip"):
        load(tmp_path, dataset="gta5")
    (tmp_path / "split.mat").write_bytes(b"nothing")
    with pytest.raises(SimsError, match=r"split.mat: is not a readable MATLAB file"):
        load(tmp_path, dataset="gta5")


# CamVid

CAMVID = {"dataset": "camvid", "form": "original"}


def test_camvid_original(tmp_path, scenes):
    palette = packaged_table("camvid_original").palette
    expected = write_camvid(tmp_path, scenes, palette)
    assert_same(load(tmp_path, **CAMVID), expected)
    # A few pixels of a colour that no label has, as there are in the original, are void; many are an error.
    path = tmp_path / "LabeledApproved_full/0016E5_07965_L.png"
    picture = palette[scenes[3].labels]
    picture[10, :8] = (1, 2, 3)
    save(path, picture)
    assert (load(tmp_path, **CAMVID)[3].labels[10, :8] == VOID).all()
    picture[10, :9] = (1, 2, 3)
    save(path, picture)
    with pytest.raises(SimsError, match=r"_L.png: 9 pixels have no colour of label_colors.txt, \(1, 2, 3\) at row 10"):
        load(tmp_path, **CAMVID)
    path.unlink()
    with pytest.raises(SimsError, match="val: photo without label map: 0016E5_07965"):
        load(tmp_path, **CAMVID)


@pytest.mark.parametrize(
    ("stem", "split"),
    [
        ("0001TP_006690", "train"),
        ("0001TP_008520_L", "train"),
        ("0001TP_008550", None),
        ("0006R0_f00930", "train"),
        ("0016E5_00390", "train"),
        ("0016E5_07959", "val"),
        ("0016E5_08159_L", "val"),
        ("0016E5_07960", "train"),
        ("0016E5_08160", "train"),
        ("Seq05VD_f00000", None),
    ],
)
def test_camvid_split(stem, split):
    assert original_split(stem) == split


def test_camvid_file_of_another_name():
    with pytest.raises(SimsError, match="photo1: is no file name of CamVid"):
        original_split("photo1")


# Limits


def test_limits_draw_by_the_seed_and_keep_what_a_smaller_limit_drew(tmp_path, scenes):
    write_gta5(tmp_path, [*scenes[:3]] * 4 + scenes[3:])

    def drawn(seed=0, **limits):
        return [scene.scene_id for scene in load(tmp_path, seed=seed, dataset="gta5", **limits)]

    three, five = drawn(max_train=3), drawn(max_train=5)
    assert three == [*sorted(three[:3]), "00013"]
    assert len(five) == 6
    assert set(three) < set(five)
    assert drawn(max_train=3) == three
    assert drawn(seed=1, max_train=3) != three
    assert len(drawn(max_train=100, max_val=1)) == 13
