"""Datasets that are pairs of a photo file and a label file: found, checked and read the same way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sims_core.datasets.decoding import LabelValues
from sims_core.datasets.raw import Item, RawScene, empty_split
from sims_core.errors import SimsError
from sims_core.images import read_photo, read_picture
from sims_core.scene import Split


@dataclass(frozen=True)
class LabelledPhoto(Item):
    """One photo file and its label file."""

    labels: Path


def match_pairs(
    split: Split, photos: Sequence[Path], labels: Sequence[Path], where: object, label_suffix: str = ""
) -> list[LabelledPhoto]:
    """Match photos and label files by stem, sorted.

    Args:
        split: What the pairs are for.
        photos: The photo files.
        labels: The label files.
        where: Named in errors.
        label_suffix: What the stem of a label file has beyond that of its photo.

    Raises:
        SimsError: No photo at all, or a photo without label file or the other way round.
    """
    if not photos:
        raise empty_split(where, split)
    by_stem = {path.stem.removesuffix(label_suffix): path for path in labels}
    photo_stems = {path.stem for path in photos}
    lonely_photos = sorted(photo_stems - by_stem.keys())
    lonely_labels = sorted(by_stem.keys() - photo_stems)
    for kind, lonely in (("photo without label map", lonely_photos), ("label map without photo", lonely_labels)):
        if lonely:
            raise SimsError(where, f"{split}: {kind}: {lonely[0]} (and {len(lonely) - 1} more)")
    return [LabelledPhoto(path.stem, split, path, by_stem[path.stem]) for path in sorted(photos)]


def match_folders(split: Split, photos: Path, labels: Path, photo_suffix: str = ".png") -> list[LabelledPhoto]:
    """Match the photos (of one file type) of a folder and the PNG label maps of another; raises as `match_pairs`."""
    found = sorted(photos.glob(f"*{photo_suffix}"))
    return match_pairs(split, found, sorted(labels.glob("*.png")), photos if not found else labels)


def read_values(pair: LabelledPhoto, values: LabelValues, remedy: str) -> RawScene:
    """Read a photo and its one-channel label file.

    Raises:
        SimsError: A damaged file, sizes that differ, a colour picture, an unknown label value; `remedy` for the latter.
    """
    photo = read_photo(pair.photo)
    labels = values.decode(read_picture(pair.labels), pair.labels, remedy)
    check_size(labels, photo, pair.labels, pair.photo)
    return RawScene(photo, labels)


def check_size(array: NDArray[Any], photo: NDArray[np.uint8], where: Path, photo_path: Path) -> None:
    """Raise SimsError when a label map (or any picture of a scene) and its photo differ in size."""
    if array.shape[:2] != photo.shape[:2]:
        raise SimsError(
            where,
            "label map and photo differ in size",
            expected=f"{photo.shape[1]}x{photo.shape[0]} as {photo_path.name}",
            found=f"{array.shape[1]}x{array.shape[0]}",
        )
