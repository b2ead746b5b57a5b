"""Datasets of streets in their official forms: labels, instances and depth come back as they were."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from sims_core.base.errors import SimsError
from sims_core.datasets.adapters.camvid import original_split
from sims_core.datasets.adapters.cityscapes import depth_from_disparity
from sims_core.datasets.class_tables import packaged_table
from sims_core.scenes.classes import VOID
from tests.support.official_forms import (
    HEIGHT,
    WIDTH,
    assert_same,
    load,
    save,
    write_camvid,
    write_cityscapes,
    write_coarse,
    write_gta5,
)

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
