"""What names of files say: what a picture is, for which split, and what belongs to it."""

from pathlib import Path

from sims_core.datasets.init.names import Kind, named, split_of
from sims_core.datasets.pairing import pair_up


def test_words_by_hand():
    splits = {
        "a/train": "train",
        "val_img/x": "val",
        "train2017": "train",
        "trainannot": "train",
        "training_set": "train",
        "testdata": "test",
        "train_station": None,
    }
    assert {text: split_of(Path(text)) for text in splits} == splits
    stems = {"0001", "0002_L", "0003"}
    kinds = {
        "images/0001.jpg": (Kind.PHOTO, ""),
        "train_img/0001.jpg": (Kind.PHOTO, ""),
        "train_inst/0001.png": (Kind.INSTANCES, ""),
        "labels/instances/0001.png": (Kind.INSTANCES, ""),
        "gt_image_2/0001.png": (Kind.LABELS, ""),
        "mask_overlay/0001.png": (Kind.PREVIEW, ""),
        "SegmentationClass/0001.png": (Kind.LABELS, ""),
        "images/0001_mask.png": (Kind.LABELS, "_mask"),
        "masks/0001_vis.png": (Kind.PREVIEW, "_vis"),
        "0001_L.png": (Kind.LABELS, "_L"),
        "0002_L.png": (None, ""),  # the left one of two pictures
        "depth/0003.png": (None, ""),
    }
    root = Path()
    found = {text: named(root / text, Path(text).parent, stems) for text in kinds}
    assert {text: (picture.kind, picture.end) for text, picture in found.items()} == kinds


def test_pairs_by_hand(tmp_path):
    def paths(*names):
        return [tmp_path / name for name in names]

    found = pair_up(paths("a/1.jpg", "b/2.jpg"), paths("c/2.png", "c/1.png", "c/3.png"))
    assert found.pairs == [(tmp_path / "a/1.jpg", tmp_path / "c/1.png"), (tmp_path / "b/2.jpg", tmp_path / "c/2.png")]
    assert found.lonely_labels == ["3"]
    # One stem twice: the folders that tell the files apart, on both sides.
    found = pair_up(paths("a/img/1.jpg", "b/img/1.jpg", "b/img/2.jpg"), paths("gt/a/1_m.png", "gt/b/1_m.png"), "_m")
    assert [(str(p.relative_to(tmp_path)), str(q.relative_to(tmp_path))) for p, q in found.pairs] == [
        ("a/img/1.jpg", "gt/a/1_m.png"),
        ("b/img/1.jpg", "gt/b/1_m.png"),
    ]
    assert (found.lonely_photos, found.doubles) == (["2"], [])
    # Two files of one name are said, and the last one does not win.
    found = pair_up(paths("1.jpg"), paths("m/1.png", "m/1.tif"))
    assert found.pairs == [(tmp_path / "1.jpg", tmp_path / "m/1.png")]
    assert found.doubles == [(tmp_path / "m/1.png", tmp_path / "m/1.tif")]
