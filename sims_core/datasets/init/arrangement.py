"""Where the photos and label maps of a folder are, as patterns of `prepare.source`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sims_core.base.errors import SimsError

_PHOTO_TYPES = (".jpg", ".jpeg", ".png")
# Matches these three in any case and no hidden file; `pathlib` has no alternatives in patterns.
_ANY_PHOTO = "[!.]*.[jJpP]*[gG]"
_LABEL_FOLDERS = frozenset(
    (
        "label",
        "labels",
        "labelmaps",
        "mask",
        "masks",
        "annotation",
        "annotations",
        "annot",
        "gt",
        "groundtruth",
        "ground_truth",
        "seg",
        "segmentation",
        "segmentations",
        "segmentationclass",
        "semantic",
    )
)
_LABEL_SUFFIXES = ("", "_mask", "_masks", "_label", "_labels", "_seg", "_gt", "_L", "-mask", "-label", "_segmentation")
_SPLIT_FOLDERS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
    "testing": "test",
}
_UNDERSTOOD = "images/ beside labels/ or masks/, with train/ and val/ in or around them or neither; or a.jpg, a.png"
_REMEDY = "see docs/tutorial.md; photo and label map have one stem"


@dataclass(frozen=True)
class Part:
    """The files of a split: patterns relative to the folder, and the pairs, (photo, label map), by name."""

    photos: str
    labels: str
    label_suffix: str
    pairs: list[tuple[Path, Path]]


@dataclass(frozen=True)
class Arrangement:
    """The photos for training and for validation; `val` is None where there is no split."""

    train: Part
    val: Part | None

    @property
    def pairs(self) -> list[tuple[Path, Path]]:
        """All pairs of a photo and its label map."""
        return self.train.pairs + (self.val.pairs if self.val else [])

    def source(self) -> dict[str, Any]:
        """Return the patterns as keys of `prepare.source`."""
        keys: dict[str, Any] = {"train_photos": self.train.photos, "train_labels": self.train.labels}
        if self.val is not None:
            keys |= {"val_photos": self.val.photos, "val_labels": self.val.labels}
        if self.train.label_suffix:
            keys["label_suffix"] = self.train.label_suffix
        return keys


def find_arrangement(root: Path) -> Arrangement:
    """Find out which files of a folder are photos and which are label maps, and for which split.

    Raises:
        SimsError: There are none, or they lie in a way that is not understood.
    """
    by_split: dict[str | None, list[Path]] = {}
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        if path.suffix.lower() in _PHOTO_TYPES and not any(part.startswith(".") for part in parts):
            split = next((_SPLIT_FOLDERS[p.lower()] for p in parts[:-1] if p.lower() in _SPLIT_FOLDERS), None)
            by_split.setdefault(split, []).append(path)
    if not by_split:
        raise SimsError(root, "holds no pictures", expected="photos and label maps, .jpg or .png", remedy=_REMEDY)
    if "train" not in by_split:
        return Arrangement(_find_part(root, by_split.get(None) or next(iter(by_split.values()))), None)
    train = _find_part(root, by_split["train"])
    val = _find_part(root, by_split["val"]) if "val" in by_split else None
    if val is not None and val.label_suffix != train.label_suffix:
        raise SimsError(
            root,
            "label maps are named differently in train and val",
            expected=f"stems ending in '{train.label_suffix}'",
            found=f"'{val.label_suffix}'",
            remedy=_REMEDY,
        )
    return Arrangement(train, val)


def _find_part(root: Path, files: Sequence[Path]) -> Part:
    photos, labels = _divide(root, files)
    if not photos or not labels:
        what = "photos" if not photos else "label maps"
        raise SimsError(root, f"no {what} found among {len(files)} pictures", expected=_UNDERSTOOD, remedy=_REMEDY)
    lossy = [path for path in labels if path.suffix.lower() != ".png"]
    if lossy:
        raise SimsError(
            lossy[0],
            "label map is a JPEG, which changes its values",
            expected="PNG",
            remedy="export the label maps again; converting them does not bring the values back",
        )
    photo_of = {path.stem: path for path in photos}
    pairs: list[tuple[Path, Path]] = []
    for suffix in _LABEL_SUFFIXES:
        stems = {path: path.stem.removesuffix(suffix) for path in labels if path.stem.endswith(suffix)}
        pairs = [(photo_of[stem], path) for path, stem in stems.items() if stem in photo_of]
        if pairs:
            break
    else:
        raise SimsError(
            root,
            "no label map has the name of a photo",
            expected=f"for {photos[0].name} a label map {photos[0].stem}.png",
            found=labels[0].name,
            remedy=_REMEDY,
        )
    return _describe(root, sorted(pairs), suffix)


def _divide(root: Path, files: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Tell photos from label maps: by the names of folders, by the ends of names, or as JPEG and PNG."""

    def is_labels(path: Path) -> bool:
        folders = {part.lower() for part in path.relative_to(root).parts[:-1]}
        return bool(folders & _LABEL_FOLDERS) or path.stem.endswith(_LABEL_SUFFIXES[1:])

    labels = [path for path in files if is_labels(path)]
    if not labels:
        jpegs = {path.stem for path in files if path.suffix.lower() != ".png"}
        labels = [path for path in files if path.suffix.lower() == ".png" and path.stem in jpegs]
    chosen = set(labels)
    return [path for path in files if path not in chosen], labels


def _describe(root: Path, pairs: list[tuple[Path, Path]], suffix: str) -> Part:
    photos, labels = (_pattern(root, [pair[side] for pair in pairs], end) for side, end in ((0, ""), (1, suffix)))
    caught = set(root.glob(photos)) & {label for _, label in pairs}
    if caught:
        raise SimsError(
            min(caught),
            "photos and label maps of one file type lie in one folder",
            expected=_UNDERSTOOD,
            remedy="move the label maps to a folder labels/",
        )
    return Part(photos, labels, suffix, pairs)


def _pattern(root: Path, paths: Sequence[Path], end: str) -> str:
    """Return the pattern of files: their common folder, `**` where they lie in folders of it, their type."""
    parents = {path.parent for path in paths}
    folder = Path(os.path.commonpath(parents)).relative_to(root).as_posix()
    types = {path.suffix for path in paths}
    name = f"*{end}{types.pop()}" if len(types) == 1 else _ANY_PHOTO
    return "/".join([*([] if folder == "." else [folder]), *(["**"] if len(parents) > 1 else []), name])


def val_every_of(num_photos: int) -> int:
    """Return k such that every k-th photo is for validation: a fifth of them, at least 3 and about 100 at most.

    Raises:
        ValueError: There are fewer than 5 photos.
    """
    for every in range(max(5, num_photos // 100), 1, -1):
        if -(-num_photos // every) >= MIN_VAL:
            return every
    raise ValueError(f"{num_photos} photos are too few to divide")


# The kernel distance needs a subset of 2 that is not the whole.
MIN_VAL = 3
MIN_PHOTOS = 5
