"""Datasets that are pairs of a photo file and a label file: found, checked and read the same way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sims_core.base.errors import Report, SimsError, stop
from sims_core.base.picture_files import stem_of
from sims_core.base.read_pictures import read_label_picture, read_photo
from sims_core.datasets.decoding import LabelValues, one_channel
from sims_core.datasets.pairing import pair_up
from sims_core.datasets.raw import Item, RawScene, empty_split
from sims_core.scenes.scene import Split


@dataclass(frozen=True)
class LabelledPhoto(Item):
    """One photo file and its label file."""

    labels: Path


def match_pairs(
    split: Split,
    photos: Sequence[Path],
    labels: Sequence[Path],
    where: object,
    label_suffix: str = "",
    report: Report = stop,
) -> list[LabelledPhoto]:
    """Match photos and label files, see `pair_up`, sorted.

    Args:
        split: What the pairs are for.
        photos: The photo files.
        labels: The label files.
        where: Named in errors.
        label_suffix: What the stem of a label file has beyond that of its photo.
        report: Takes the faults: no photo at all, a photo without label file or the other way round, two photos or two
            label files where there should be one.
    """
    if not photos:
        report(empty_split(where, split))
    found = pair_up(photos, labels, label_suffix)
    for first, second in found.doubles:
        report(
            SimsError(
                second,
                f"has the name of {first}",
                expected="one photo and one label map of a name",
                remedy="move one of the two away, or let the patterns of prepare.source take one of them",
            )
        )
    for kind, lonely in (
        ("photo without label map", found.lonely_photos),
        ("label map without photo", found.lonely_labels),
    ):
        for number, name in enumerate(lonely, start=1):
            report(SimsError(where, f"{split}: {kind}: {name} ({number} of {len(lonely)})"))
    return [LabelledPhoto(stem_of(photo), split, photo, own) for photo, own in found.pairs]


def match_folders(
    split: Split, photos: Path, labels: Path, photo_suffix: str = ".png", report: Report = stop
) -> list[LabelledPhoto]:
    """Match the photos (of one file type) of a folder and the PNG label maps of another; reports as `match_pairs`."""
    found = files_of_type(photos, photo_suffix)
    return match_pairs(split, found, files_of_type(labels, ".png"), photos if not found else labels, report=report)


def files_of_type(folder: Path, suffix: str) -> list[Path]:
    """Return the files of a folder whose name ends in a suffix in any case, but no hidden ones, sorted."""
    return sorted(path for path in folder.glob("[!.]*") if path.suffix.lower() == suffix)


def read_values(pair: LabelledPhoto, values: LabelValues, remedy: str) -> RawScene:
    """Read a photo and its one-channel label file.

    Raises:
        SimsError: A damaged file, sizes that differ, a colour picture, an unknown label value; `remedy` for the latter.
    """
    photo = read_photo(pair.photo)
    return RawScene(photo, read_label_map(pair.labels, photo, pair.photo, values, remedy))


def read_label_map(
    path: Path, photo: NDArray[np.uint8], photo_path: Path, values: LabelValues, remedy: str
) -> NDArray[np.uint8]:
    """Read a one-channel label file of a photo that was read before; SimsError as in `read_values`."""
    labels = values.decode(read_label_picture(path), path, remedy)
    check_size(labels, photo, path, photo_path)
    return labels


def read_numbers(path: Path, photo: NDArray[np.uint8], photo_path: Path, remedy: str) -> NDArray[Any]:
    """Read a one-channel picture of a scene, instance ids or disparity, as (H, W) uint8 or uint16.

    Raises:
        SimsError: A damaged file, a colour picture, another size than the photo's.
    """
    numbers = one_channel(read_label_picture(path), path, remedy)
    check_size(numbers, photo, path, photo_path)
    return numbers


def check_size(array: NDArray[Any], photo: NDArray[np.uint8], where: Path, photo_path: Path) -> None:
    """Raise SimsError when a label map (or any picture of a scene) and its photo differ in size."""
    if array.shape[:2] != photo.shape[:2]:
        raise SimsError(
            where,
            "label map and photo differ in size",
            expected=f"{photo.shape[1]}x{photo.shape[0]} as {photo_path.name}",
            found=f"{array.shape[1]}x{array.shape[0]}",
        )
