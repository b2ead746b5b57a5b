"""Boxes of pixels: what they cut out of a frame, and how a box-sized array is seen through another box."""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Box = tuple[int, int, int, int]
Shape = tuple[int, int]
CONTEXT_ENLARGEMENT = 0.25
_Number = TypeVar("_Number", bound=np.generic)


def place(mask: NDArray[np.bool_], box: Box, shape: Shape) -> NDArray[np.bool_]:
    """Put a box-sized mask into an otherwise empty frame of the given (height, width)."""
    return seen_through(whole_frame(shape), mask, box)


def whole_frame(shape: Shape) -> Box:
    """Return the box of a whole frame of the given (height, width)."""
    return 0, 0, shape[0], shape[1]


def box_slices(box: Box) -> tuple[slice, slice]:
    """Return the (rows, columns) slices of a box."""
    return slice(box[0], box[2]), slice(box[1], box[3])


def relative_box(box: Box, outer: Box) -> Box:
    """Return a box in coordinates that begin where the box `outer` does."""
    top, left = outer[:2]
    return box[0] - top, box[1] - left, box[2] - top, box[3] - left


def slices_within(box: Box, outer: Box) -> tuple[slice, slice]:
    """Return the (rows, columns) slices of a box in an array that covers the box `outer` around it."""
    return box_slices(relative_box(box, outer))


def size_of(box: Box) -> Shape:
    """Return the (height, width) of a box."""
    return box[2] - box[0], box[3] - box[1]


def common_box(first: Box, second: Box) -> Box:
    """Return what two boxes have in common; a box without pixels where they are apart."""
    top, left = max(first[0], second[0]), max(first[1], second[1])
    return top, left, max(top, min(first[2], second[2])), max(left, min(first[3], second[3]))


def enclosing_box(first: Box, second: Box) -> Box:
    """Return the box around two boxes."""
    return min(first[0], second[0]), min(first[1], second[1]), max(first[2], second[2]), max(first[3], second[3])


def grown_box(box: Box, margin_px: int, shape: Shape) -> Box:
    """Return a box with a margin on all sides, clipped to a frame of the given (height, width)."""
    top, left, bottom, right = box
    return (
        max(0, top - margin_px),
        max(0, left - margin_px),
        min(shape[0], bottom + margin_px),
        min(shape[1], right + margin_px),
    )


def seen_through(window: Box, array: NDArray[_Number], box: Box) -> NDArray[_Number]:
    """Return what a window shows of an array that lies in a box: (h, w) or (h, w, C) of the window's size, else 0."""
    seen = np.zeros((*size_of(window), *array.shape[2:]), dtype=array.dtype)
    common = common_box(window, box)
    seen[slices_within(common, window)] = array[slices_within(common, box)]
    return seen


def mask_box(mask: NDArray[np.bool_]) -> Box:
    """Return the box around the pixels of an (H, W) mask that is not empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def context_box(box: Box, frame: Shape, enlargement: float = CONTEXT_ENLARGEMENT) -> Box:
    """Return a segment's box enlarged by `enlargement` of its height and width, clipped to the frame.

    The paper does not say what "25 %" counts. Here the whole height and width grow by it, half on
    each side (12.5 %), rounded outwards to pixels.

    Args:
        box: (top, left, bottom, right) in pixels.
        frame: (height, width) in pixels.
        enlargement: Share of height and width that is added in total.
    """
    row_margin_px = (box[2] - box[0]) * enlargement / 2
    column_margin_px = (box[3] - box[1]) * enlargement / 2
    return (
        max(0, math.floor(box[0] - row_margin_px)),
        max(0, math.floor(box[1] - column_margin_px)),
        min(frame[0], math.ceil(box[2] + row_margin_px)),
        min(frame[1], math.ceil(box[3] + column_margin_px)),
    )
