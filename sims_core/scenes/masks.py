"""Masks, (H, W) bool: dilation and contour."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from sims_core.scenes.boxes import Box, Shape, grown_box, slices_within
from sims_core.scenes.placed import PlacedMask


def dilate(mask: NDArray[np.bool_], radius_px: int) -> NDArray[np.bool_]:
    """Dilate (H, W) bool by a square of side 2 * radius_px + 1."""
    if not mask.size:
        return mask
    dilated: NDArray[np.bool_] = cv2.dilate(mask.view(np.uint8), _square(radius_px)).view(np.bool_)
    return dilated


def contour(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the pixels of (H, W) bool that have one of their 8 neighbours outside the mask."""
    if not mask.size:
        return mask
    inner: NDArray[np.bool_] = cv2.erode(mask.view(np.uint8), _square(1)).view(np.bool_)
    return mask & ~inner


def placed_contour(placed: PlacedMask, shape: Shape) -> NDArray[np.bool_]:
    """Return the contour of a mask in a frame of (height, width), bool of its box's size; see `contour`."""
    around = grown_box(placed.box, 1, shape)
    return contour(placed.within(around))[slices_within(placed.box, around)]


def placed_dilation(placed: PlacedMask, radius_px: int, window: Box) -> NDArray[np.bool_]:
    """Return what a window shows of a mask dilated as by `dilate`, bool of the window's size."""
    reach = (window[0] - radius_px, window[1] - radius_px, window[2] + radius_px, window[3] + radius_px)
    return dilate(placed.within(reach), radius_px)[slices_within(window, reach)]


def _square(radius_px: int) -> NDArray[np.uint8]:
    return np.ones((2 * radius_px + 1, 2 * radius_px + 1), dtype=np.uint8)
