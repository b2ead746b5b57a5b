from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sims_core.base.errors import SimsError
from sims_core.base.presets import load_preset
from sims_core.datasets.adapters import camvid
from sims_core.datasets.class_tables import read_class_table
from sims_core.datasets.load import load_dataset
from sims_core.datasets.pairs import match_pairs
from sims_core.datasets.raw import Item, RawScene, choose_items, load_scene
from sims_core.datasets.settings import CamvidSource, FolderSource, NameSplit, PrepareConfig
from sims_core.scenes.classes import VOID
from tests.support.project import ROOT

CLASS_TABLE = """
categories:
  - {name: ground, colour: [10, 20, 30], role: planar}
  - {name: thing, colour: [200, 0, 0], role: object}
"""


@pytest.fixture
def camvid_root(tmp_path):
    """Four photos of 8x12 in CamVid's folders, labels 0..11."""
    rng = np.random.default_rng(0)
    for split, num_photos in (("train", 3), ("val", 1)):
        (tmp_path / split).mkdir()
        (tmp_path / f"{split}annot").mkdir()
        for index in range(num_photos):
            photo = rng.integers(0, 256, (8, 12, 3), dtype=np.uint8)
            Image.fromarray(photo).save(tmp_path / split / f"{split}{index}.png")
            Image.fromarray(np.arange(96, dtype=np.uint8).reshape(8, 12) % 12).save(
                tmp_path / f"{split}annot" / f"{split}{index}.png"
            )
    return tmp_path


@pytest.fixture
def palette_root(tmp_path):
    """A folder dataset with palette-coloured label maps and JPEG photos."""
    (tmp_path / "classes.yaml").write_text(CLASS_TABLE)
    for split in ("train", "val"):
        (tmp_path / split).mkdir()
        Image.fromarray(np.full((8, 12, 3), 99, np.uint8)).save(tmp_path / split / f"{split}_a.jpg")
        labels = np.zeros((8, 12, 3), np.uint8)
        labels[4:] = (10, 20, 30)
        labels[6:, 6:] = (200, 0, 0)
        Image.fromarray(labels).save(tmp_path / split / f"{split}_a.png")
    return tmp_path


def folder_config(root, **changes):
    source = {
        "dataset": "folder",
        "root": str(root),
        "train_photos": "train/*.jpg",
        "train_labels": "train/*.png",
        "val_photos": "val/*.jpg",
        "val_labels": "val/*.png",
        "classes": "classes.yaml",
        "encoding": "palette",
        "licence": "mine",
    }
    return PrepareConfig(height_px=32, width_px=48, source=FolderSource(**(source | changes)))


def camvid_config(root, height_px=32, width_px=48):
    source = CamvidSource(dataset="camvid", root=str(root))
    return PrepareConfig(height_px=height_px, width_px=width_px, source=source)


def load_all(config):
    return list(load_dataset(config, seed=0).scenes)


def test_camvid_scenes(camvid_root):
    scenes = load_all(camvid_config(camvid_root))
    assert [(s.scene_id, s.split) for s in scenes] == [
        ("train0", "train"), ("train1", "train"), ("train2", "train"), ("val0", "val"),
    ]  # fmt: skip
    assert scenes[0].photo.shape == (32, 48, 3)
    assert np.array_equal(np.unique(scenes[0].labels), [*range(11), VOID])
    # Each source pixel covers 4x4 new ones.
    assert np.array_equal(scenes[0].labels[::4, ::4].ravel()[:12], [*range(11), VOID])
    assert "CamVid" in scenes[0].licence


def by_name(root, **split):
    return PrepareConfig(
        height_px=32,
        width_px=48,
        source=CamvidSource(dataset="camvid", root=str(root), split_by_name=NameSplit(**split)),
    )


def test_names_divide_the_photos_of_both_splits_anew(camvid_root):
    config = by_name(camvid_root, train=("*1",), val=("val*", "train[02]"), val_every=2)
    # train0, train2, val0 match, in this order; train1 has its labels from the folder that it lies in.
    assert [(s.scene_id, s.split) for s in load_all(config)] == [
        ("train1", "train"), ("train0", "val"), ("val0", "val"),
    ]  # fmt: skip
    assert [s.scene_id for s in load_all(by_name(camvid_root, train=("*0",), val=("train2",)))] == [
        "train0", "val0", "train2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("split", "message"),
    [
        (
            {"train": ("train*",), "val": ("*1", "*0")},
            "split_by_name: 'train0' is of both splits, expected patterns",
        ),
        ({"train": ("Train*",), "val": ("val*",)}, "split 'train' has no photos"),
    ],
)
def test_names_that_divide_nothing_are_refused(camvid_root, split, message):
    with pytest.raises(SimsError, match=message) as caught:
        load_dataset(by_name(camvid_root, **split), 0)
    assert "\n" not in str(caught.value)


def test_the_sequences_of_camvid_are_divided_as_the_preset_says():
    source = load_preset(ROOT / "presets/camvid_by_sequence.yaml").section("prepare", PrepareConfig).source
    names = [f"0001TP_{number:06}" for number in range(6690, 8521, 30)]  # 62
    names += [f"0006R0_f{number:05}" for number in range(930, 3931, 30)]  # 101
    names += [f"0016E5_{number:05}" for number in [*range(390, 6480, 30), 8640]]  # 204
    items = [Item(name, "train", Path(name)) for name in names]
    items += [Item(f"0016E5_{number:05}", "val", Path()) for number in range(7959, 8160, 2)]  # 101
    chosen = choose_items(items, source, seed=0)
    assert Counter((item.scene_id[:6], item.split) for item in chosen) == {
        ("0001TP", "train"): 62,
        ("0006R0", "train"): 101,
        ("0016E5", "val"): 102,
    }
    assert [item.scene_id for item in chosen if item.split == "val"][:2] == ["0016E5_00390", "0016E5_00480"]


def test_photos_are_cropped_about_the_centre_to_the_aspect(camvid_root):
    scene = load_all(camvid_config(camvid_root, 32, 32))[0]
    # 12 columns become the middle 8: columns 2..9.
    assert np.array_equal(scene.labels[0, ::4], np.arange(2, 10))


def test_camvid_table_is_segnets():
    assert len(camvid.CLASSES) == 11
    assert camvid.CLASSES.names[0] == "sky"
    assert camvid.CLASSES.names[8] == "car"


def test_folder_with_palette_labels(palette_root):
    scenes = load_all(folder_config(palette_root))
    assert [s.split for s in scenes] == ["train", "val"]
    assert np.unique(scenes[0].labels, return_counts=True)[1].tolist() == [36 * 16, 12 * 16, 48 * 16]
    assert scenes[0].licence == "mine"


def test_missing_label_and_missing_photo(camvid_root):
    (camvid_root / "trainannot" / "train1.png").unlink()
    with pytest.raises(SimsError, match="train: photo without label map: train1"):
        load_dataset(camvid_config(camvid_root), 0)
    (camvid_root / "train" / "train1.png").unlink()
    (camvid_root / "train" / "train2.png").unlink()
    with pytest.raises(SimsError, match="train: label map without photo: train2"):
        load_dataset(camvid_config(camvid_root), 0)


def test_empty_split_and_missing_root(camvid_root, tmp_path):
    (camvid_root / "val" / "val0.png").unlink()
    with pytest.raises(SimsError, match="split 'val' has no photos"):
        load_dataset(camvid_config(camvid_root), 0)
    with pytest.raises(
        SimsError, match=r"nowhere: no such folder, .*\(dvc exp run --temp, --queue\) it must be absolute"
    ):
        load_dataset(camvid_config(tmp_path / "nowhere"), 0)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.zeros((8, 10), np.uint8), "differ in size, expected 12x8 as train0.png, found 10x8"),
        (np.full((8, 12), 12, np.uint8), r"unknown label value 12 in 96 pixels"),
        (np.full((8, 12, 3), (0, 0, 1), np.uint8), "is a colour picture, expected one channel"),
        (np.full((8, 12), 300, np.uint16), r"unknown label value 300 in 96 pixels, .* expected 0\.\.11, 11 = void"),
    ],
)
def test_wrong_label_maps(camvid_root, labels, message):
    Image.fromarray(labels).save(camvid_root / "trainannot" / "train0.png")
    with pytest.raises(SimsError, match=message):
        load_all(camvid_config(camvid_root))


@pytest.mark.parametrize("which", ["train/train0.png", "trainannot/train0.png"])
def test_truncated_png(camvid_root, which):
    path = camvid_root / which
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(SimsError, match=r"train0\.png: picture is damaged"):
        load_all(camvid_config(camvid_root))


def test_file_that_is_no_picture(camvid_root):
    (camvid_root / "train" / "train0.png").write_text("hello")
    with pytest.raises(SimsError, match="is not a picture"):
        load_all(camvid_config(camvid_root))


def test_same_name_in_both_splits(camvid_root):
    (camvid_root / "val" / "val0.png").rename(camvid_root / "val" / "train0.png")
    (camvid_root / "valannot" / "val0.png").rename(camvid_root / "valannot" / "train0.png")
    with pytest.raises(SimsError, match="has the same name as"):
        load_dataset(camvid_config(camvid_root), 0)


def test_index_labels_in_a_palette_dataset(palette_root):
    Image.fromarray(np.zeros((8, 12), np.uint8)).save(palette_root / "train" / "train_a.png")
    with pytest.raises(SimsError, match="label map has one channel, expected palette colours"):
        load_all(folder_config(palette_root))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("categories: []", "'categories'"),
        ("categories: [{name: a, colour: [1, 2], role: stuff}]", "categories.0.colour"),
        ("categories: [{name: a, colour: [1, 2, 3], role: stuf}]", "categories.0.role"),
        ("categories: [", "not valid YAML"),
    ],
)
def test_wrong_class_table(tmp_path, text, message):
    (tmp_path / "classes.yaml").write_text(text)
    with pytest.raises(SimsError, match=message):
        read_class_table(tmp_path / "classes.yaml")


def test_pairs_are_sorted_and_matched_by_stem(tmp_path):
    photos = [tmp_path / "b.jpg", tmp_path / "a.jpg"]
    labels = [tmp_path / "a.png", tmp_path / "b.png"]
    assert [p.scene_id for p in match_pairs("train", photos, labels, tmp_path)] == ["a", "b"]


def test_wrong_file_among_many_is_said_by_a_worker_process(camvid_root, monkeypatch):
    monkeypatch.setenv("SIMS_WORKERS", "2")
    for index in range(3, 12):
        for folder in ("train", "trainannot"):
            source = camvid_root / folder / "train0.png"
            (camvid_root / folder / f"train{index}.png").write_bytes(source.read_bytes())
    Image.fromarray(np.full((8, 12), 42, np.uint8)).save(camvid_root / "trainannot" / "train7.png")
    with pytest.raises(SimsError, match=r"train7\.png: unknown label value 42"):
        load_all(camvid_config(camvid_root))


def test_instances_and_depth_are_cropped_and_never_mixed(tmp_path):
    # 4x6 to 2x2: columns 1..4 are left, and the value at the centre of each new cell's source pixels is taken.
    depth_m = np.array([[0, 0, 9, 1, 1, 5], [0, 0, 9, 1, 1, 5], [3, 3, 3, 7, 0, 5], [3, 3, 3, 7, 0, 5]], np.float32)
    raw = RawScene(
        np.zeros((4, 6, 3), np.uint8), np.zeros((4, 6), np.uint8), (depth_m * 100).astype(np.uint16), depth_m
    )
    scene = load_scene(Item("a", "train", tmp_path), lambda _: raw, "mine", 2, 2)
    assert scene.depth_m.tolist() == [[9, 1], [3, 0]]
    assert scene.instances.tolist() == [[900, 100], [300, 0]]
    assert scene.licence == "mine"
