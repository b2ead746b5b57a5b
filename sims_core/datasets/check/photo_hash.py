"""Photos that are the same but for encoding or size: a 64-bit difference hash, confirmed on small grey pictures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_HASH_SIDE = 8
_THUMBNAIL_SIDE_PX = 32
# Bits of 64 in which a photo and its JPEG of another size or quality may differ.
_MAX_BITS = 4
# Mean grey difference, of 255: recompression stays below 2, and different photos with one hash (a clear sky, a wall)
# lie far above.
_MAX_GREY_DIFFERENCE = 4.0


@dataclass(frozen=True)
class Fingerprint:
    """What is kept of a photo to find it again: `bits`, a 64-bit number, and `grey`, (32, 32) uint8."""

    bits: int
    grey: NDArray[np.uint8]


def fingerprint(photo: NDArray[np.uint8]) -> Fingerprint:
    """Return the fingerprint of a photo.

    A bit of the hash says whether the photo becomes brighter from one of 9 x 8 cells to its right neighbour.

    Args:
        photo: (H, W, 3) uint8 RGB.
    """
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    cells = cv2.resize(grey, (_HASH_SIDE + 1, _HASH_SIDE), interpolation=cv2.INTER_AREA)
    rises = np.packbits(cells[:, 1:] > cells[:, :-1])
    side_px = _THUMBNAIL_SIDE_PX
    thumbnail = cv2.resize(grey, (side_px, side_px), interpolation=cv2.INTER_AREA).astype(np.uint8)
    return Fingerprint(int.from_bytes(rises.tobytes(), "big"), thumbnail)


def same_photo(first: Fingerprint, second: Fingerprint) -> bool:
    """Say whether two photos are the same but for encoding and size."""
    if (first.bits ^ second.bits).bit_count() > _MAX_BITS:
        return False
    difference = np.abs(first.grey.astype(np.int16) - second.grey).mean()
    return float(difference) <= _MAX_GREY_DIFFERENCE


def duplicates_across(train: Sequence[Fingerprint], val: Sequence[Fingerprint]) -> list[tuple[int, int]]:
    """Return the pairs (index into `train`, index into `val`) that are the same photo, ordered by the latter."""
    hashes = np.array([print_.bits for print_ in train], dtype=np.uint64)
    pairs = []
    for index, own in enumerate(val):
        close = np.flatnonzero(np.bitwise_count(hashes ^ np.uint64(own.bits)) <= _MAX_BITS)
        pairs += [(other, index) for other in close.tolist() if same_photo(train[other], own)]
    return pairs


def duplicates_within(prints: Sequence[Fingerprint]) -> Iterator[tuple[int, int]]:
    """Yield pairs of indices of photos of one split that are the same, each later one with the first like it.

    Only photos with equal hashes are compared: within a split a missed one does little harm, and all pairs of a
    large dataset are too many.
    """
    by_hash: dict[int, list[int]] = defaultdict(list)
    for index, own in enumerate(prints):
        first = next((other for other in by_hash[own.bits] if same_photo(prints[other], own)), None)
        if first is None:
            by_hash[own.bits].append(index)
        else:
            yield first, index
