"""Datasets that are pairs of a photo file and a label file: found, checked and loaded the same way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sims_core.classes import VOID, ClassTable
from sims_core.errors import SimsError
from sims_core.images import read_photo, read_picture, resize_nearest, resize_photo
from sims_core.scene import Scene, Split

LabelEncoding = Literal["ids", "palette"]


@dataclass(frozen=True)
class PairDataset:
    """How the label files of a dataset are to be read.

    Attributes:
        classes: The class table.
        encoding: "ids" (one channel) or "palette" (RGB colours of the class table).
        void_ids: Label values besides 255 that mean void.
        licence: Licence or origin of the photos.
    """

    classes: ClassTable
    encoding: LabelEncoding
    void_ids: tuple[int, ...]
    licence: str

    def load(self, pair: LabelledPhoto, height_px: int, width_px: int) -> Scene:
        """Read one pair, crop it about its centre to the aspect asked for, and resize it.

        Raises:
            SimsError: A damaged file, sizes that differ, a wrong encoding, an unknown label value.
        """
        photo = read_photo(pair.photo)
        labels = self.decode(read_picture(pair.labels), pair.labels)
        if photo.shape[:2] != labels.shape:
            raise SimsError(
                pair.labels,
                "label map and photo differ in size",
                expected=f"{photo.shape[1]}x{photo.shape[0]} as {pair.photo.name}",
                found=f"{labels.shape[1]}x{labels.shape[0]}",
            )
        window = _centre_window(labels.shape[0], labels.shape[1], height_px / width_px)
        return Scene(
            scene_id=pair.scene_id,
            split=pair.split,
            photo=resize_photo(np.ascontiguousarray(photo[window]), height_px, width_px),
            labels=resize_nearest(labels[window], height_px, width_px),
            licence=self.licence,
        )

    def decode(self, picture: NDArray[Any], where: object) -> NDArray[np.uint8]:
        """Turn a label picture as stored into (H, W) uint8 ids, 255 = void; SimsError when it does not fit."""
        if self.encoding == "palette":
            if picture.ndim != 3:
                raise SimsError(where, "label map has one channel", expected="palette colours (encoding: palette)")
            return self.classes.decode_palette(picture, where)
        if picture.ndim != 2:
            raise SimsError(
                where,
                "label map is a colour picture",
                expected="one channel of category ids (encoding: ids)",
                remedy="set encoding: palette if the colours are those of the class table",
            )
        if picture.dtype != np.uint8 and picture.max(initial=0) > VOID:
            raise SimsError(where, "label value too large", expected="0..255", found=int(picture.max()))
        labels = picture.astype(np.uint8)
        labels[np.isin(labels, self.void_ids)] = VOID
        self.classes.check_labels(labels, where)
        return labels


@dataclass(frozen=True)
class LabelledPhoto:
    """One photo file and its label file."""

    scene_id: str
    split: Split
    photo: Path
    labels: Path


def match_pairs(split: Split, photos: Sequence[Path], labels: Sequence[Path], where: object) -> list[LabelledPhoto]:
    """Match photos and label files by stem, sorted.

    Raises:
        SimsError: No photo at all, or a photo without label file or the other way round.
    """
    if not photos:
        raise SimsError(where, f"split '{split}' has no photos", remedy="check the path in params.yaml: prepare.source")
    by_stem = {path.stem: path for path in labels}
    photo_stems = {path.stem for path in photos}
    lonely_photos = sorted(photo_stems - by_stem.keys())
    lonely_labels = sorted(by_stem.keys() - photo_stems)
    for kind, lonely in (("photo without label map", lonely_photos), ("label map without photo", lonely_labels)):
        if lonely:
            raise SimsError(where, f"{split}: {kind}: {lonely[0]} (and {len(lonely) - 1} more)")
    return [LabelledPhoto(path.stem, split, path, by_stem[path.stem]) for path in sorted(photos)]


def _centre_window(height_px: int, width_px: int, aspect: float) -> tuple[slice, slice]:
    """Return the largest centred window whose height / width is `aspect`."""
    new_height = min(height_px, max(1, round(width_px * aspect)))
    new_width = min(width_px, max(1, round(height_px / aspect)))
    top, left = (height_px - new_height) // 2, (width_px - new_width) // 2
    return slice(top, top + new_height), slice(left, left + new_width)
