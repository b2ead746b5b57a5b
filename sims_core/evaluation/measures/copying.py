"""Copying: how much of a picture is another photo's, by provenance and by search.

A method that pastes can score well by showing photos again. Provenance says which pixels it was given and left
unchanged; the search says how near any part of a picture comes to any part of any training photo, beside how near
real photos of the same layouts come.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sims_core.base.pictures import resize_photo
from sims_core.base.seeding import random_stream
from sims_core.formats.canvases import Canvas

_NEAR = 8
_REDUCED_ROWS = 48
_CROP_SIDE = 8
_NUM_CROPS = 4
# Every query is compared with the 3,600 crops of a photo at once: a gigabyte for 500 layouts of 7 methods.
_QUERIES_AT_ONCE = 1024
COPYING_RULE = (
    "share of all pixels that came from a photo by provenance and that the network left exactly as they were, and "
    f"share that it changed by at most {_NEAR} of 255 in each colour"
)
CROP_RULE = (
    f"pictures reduced to {_REDUCED_ROWS} rows (area average); {_NUM_CROPS} random crops of {_CROP_SIDE} x "
    f"{_CROP_SIDE} of each picture, at the same places for every method; the root mean square difference in [0, 1] to "
    "the nearest crop at any position of any training photo, averaged over the crops"
)


@dataclass
class CopyCount:
    """Sums over pictures.

    Attributes:
        num_pixels: Of all pictures.
        num_unchanged: From a photo and exactly as on the canvas.
        num_near: From a photo and almost as on the canvas.
    """

    num_pixels: int = 0
    num_unchanged: int = 0
    num_near: int = 0

    def add(self, canvas: Canvas, picture: NDArray[np.uint8]) -> None:
        """Count one picture, (H, W, 3) uint8 RGB, against its canvas."""
        change = np.abs(picture.astype(np.int16) - canvas.canvas).max(axis=2)
        given = canvas.provenance > 0
        self.num_pixels += change.size
        self.num_unchanged += int((given & (change == 0)).sum())
        self.num_near += int((given & (change <= _NEAR)).sum())

    def summary(self) -> dict[str, float]:
        """Return the figures for the metrics file."""
        return {
            "share_of_pixels_unchanged": self.num_unchanged / max(self.num_pixels, 1),
            "share_of_pixels_nearly_unchanged": self.num_near / max(self.num_pixels, 1),
        }


class NearestCrops:
    """Crops of pictures, and their distance to the nearest crop of any photo that is searched."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._crops: dict[str, list[NDArray[np.float32]]] = {}

    def add(self, row: str, name: str, picture: NDArray[np.uint8]) -> None:
        """Cut crops out of one picture.

        Args:
            row: The method; all pictures of a method are averaged.
            name: Of the layout; decides where the crops are.
            picture: (H, W, 3) uint8 RGB.
        """
        reduced = _reduced(picture)
        stream = random_stream(self._seed, "evaluate", "crops", name)
        for _ in range(_NUM_CROPS):
            top, left = (int(stream.integers(side - _CROP_SIDE + 1)) for side in reduced.shape[:2])
            crop = reduced[top : top + _CROP_SIDE, left : left + _CROP_SIDE]
            self._crops.setdefault(row, []).append(crop.reshape(-1))

    def distances(self, photos: Iterable[NDArray[np.uint8]]) -> dict[str, NDArray[np.float64]]:
        """Search the photos, one by one; return the distance of each crop by row, in the order of adding.

        Args:
            photos: (H, W, 3) uint8 RGB, of the size of the pictures, at least one.
        """
        rows = list(self._crops)
        queries = np.stack([crop for row in rows for crop in self._crops[row]])
        nearest = np.full(len(queries), np.inf)
        for photo in photos:
            nearest = np.minimum(nearest, _least_squares(queries, _reduced(photo)))
        counts = np.cumsum([len(self._crops[row]) for row in rows])[:-1]
        # Rounding can leave a crop of the very photo slightly below zero.
        parts = np.split(np.sqrt(np.maximum(nearest, 0) / queries.shape[1]), counts)
        return dict(zip(rows, parts, strict=True))


def _least_squares(queries: NDArray[np.float32], photo: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return (Q,) the least sum of squared differences of each query (Q, side * side * 3) to any crop of the photo."""
    windows = np.lib.stride_tricks.sliding_window_view(photo, (_CROP_SIDE, _CROP_SIDE), axis=(0, 1))
    crops = windows.transpose(0, 1, 3, 4, 2).reshape(-1, queries.shape[1])
    squares = (crops.astype(np.float64) ** 2).sum(axis=1)
    parts = np.split(queries, range(_QUERIES_AT_ONCE, len(queries), _QUERIES_AT_ONCE))
    return np.concatenate([_least_of(part, crops, squares) for part in parts])


def _least_of(
    queries: NDArray[np.float32], crops: NDArray[np.float32], squares: NDArray[np.float64]
) -> NDArray[np.float64]:
    differences = (queries @ crops.T).astype(np.float64)
    differences *= -2
    differences += squares
    least: NDArray[np.float64] = differences.min(axis=1) + (queries.astype(np.float64) ** 2).sum(axis=1)
    return least


def _reduced(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return a picture in [0, 1] at a height of `_REDUCED_ROWS`."""
    height_px, width_px = picture.shape[:2]
    num_columns = max(_CROP_SIDE, round(width_px * _REDUCED_ROWS / height_px))
    return resize_photo(picture, _REDUCED_ROWS, num_columns).astype(np.float32) / np.float32(255)
