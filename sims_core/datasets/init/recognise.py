"""Datasets that are known by their folders and files."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sims_core.datasets.adapters.camvid import is_of_camvid

_COCO_NAME = re.compile(r"\d{12}")
# Their own presets are for GPUs; `sims data init --preset` takes another.
PRESETS = {
    "cityscapes": "cityscapes_256",
    "nyu": "nyu",
    "ade20k": "ade20k_outdoor",
    "coco_stuff": "camvid",
    "gta5": "camvid",
    "camvid": "camvid",
}


def recognise(folder: Path) -> dict[str, Any] | None:
    """Return the section `prepare.source` for a folder in the form of an official dataset, or None.

    Args:
        folder: That of the dataset, or one that holds it and nothing else of the kind.
    """
    for root in (folder, *sorted(path for path in folder.iterdir() if path.is_dir())):
        for known in _FORMS:
            source = known(root)
            if source is not None:
                return source
    return None


def _has(root: Path, *names: str) -> bool:
    return all((root / name).exists() for name in names)


def _cityscapes(root: Path) -> dict[str, Any] | None:
    if not _has(root, "leftImg8bit") or not (_has(root, "gtFine") or _has(root, "gtCoarse")):
        return None
    return {
        "dataset": "cityscapes",
        "root": root.as_posix(),
        "annotation": "fine" if _has(root, "gtFine") else "coarse",
        "depth": "disparity" if _has(root, "disparity", "camera") else "none",
    }


def _nyu(root: Path) -> dict[str, Any] | None:
    if not _has(root, "nyu_depth_v2_labeled.mat"):
        return None
    return {"dataset": "nyu", "root": root.as_posix(), "num_categories": 40}


def _ade20k(root: Path) -> dict[str, Any] | None:
    if not _has(root, "images/training", "annotations/training") or not any(
        (root / "images" / "training").glob("ADE_*.jpg")
    ):
        return None
    subset = "outdoor" if _has(root, "sceneCategories.txt") else "all"
    return {"dataset": "ade20k", "root": root.as_posix(), "subset": subset}


def _coco_stuff(root: Path) -> dict[str, Any] | None:
    if not _has(root, "images/train2017", "annotations/train2017"):
        return None
    # Others keep their own photos in folders of these names.
    if not any(_COCO_NAME.fullmatch(path.stem) for path in (root / "images/train2017").glob("*")):
        return None
    instances = _has(root, "annotations/instances_train2017.json", "annotations/instances_val2017.json")
    return {"dataset": "coco_stuff", "root": root.as_posix(), "instances": instances}


def _gta5(root: Path) -> dict[str, Any] | None:
    return {"dataset": "gta5", "root": root.as_posix()} if _has(root, "split.mat", "images", "labels") else None


def _camvid(root: Path) -> dict[str, Any] | None:
    if _has(root, "701_StillsRaw_full", "LabeledApproved_full"):
        return {"dataset": "camvid", "root": root.as_posix(), "form": "original"}
    is_kaggles = _has(root, "train", "train_labels", "val", "val_labels")
    if is_kaggles and any(is_of_camvid(path.stem) for path in (root / "train_labels").glob("*")):
        return {"dataset": "camvid", "root": root.as_posix(), "form": "kaggle"}
    is_segnets = _has(root, "train", "trainannot", "val", "valannot")
    if is_segnets and any(is_of_camvid(path.stem) for path in (root / "train").glob("*")):
        return {"dataset": "camvid", "root": root.as_posix()}
    return None


_FORMS: tuple[Callable[[Path], dict[str, Any] | None], ...] = (
    _cityscapes,
    _nyu,
    _ade20k,
    _coco_stuff,
    _gta5,
    _camvid,
)
