"""Boxes of pixels: what they cut out of a frame, and how a box-sized mask is put back into one."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Box = tuple[int, int, int, int]
CONTEXT_ENLARGEMENT = 0.25


def place(mask: NDArray[np.bool_], box: Box, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Put a box-sized mask into an otherwise empty frame of the given (height, width)."""
    full = np.zeros(shape, dtype=bool)
    full[box_slices(box)] = mask
    return full


def box_slices(box: Box) -> tuple[slice, slice]:
    """Return the (rows, columns) slices of a box."""
    return slice(box[0], box[2]), slice(box[1], box[3])


def mask_box(mask: NDArray[np.bool_]) -> Box:
    """Return the box around the pixels of an (H, W) mask that is not empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def context_box(box: Box, frame: tuple[int, int], enlargement: float = CONTEXT_ENLARGEMENT) -> Box:
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
