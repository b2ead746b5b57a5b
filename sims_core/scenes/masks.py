"""Masks, (H, W) bool: dilation, contour, intersection over union."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def dilate(mask: NDArray[np.bool_], radius_px: int) -> NDArray[np.bool_]:
    """Dilate (H, W) bool by a square of side 2 * radius_px + 1."""
    dilated: NDArray[np.bool_] = cv2.dilate(mask.astype(np.uint8), _square(radius_px)) > 0
    return dilated


def contour(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the pixels of (H, W) bool that have one of their 8 neighbours outside the mask."""
    inner = cv2.erode(mask.astype(np.uint8), _square(1)) > 0
    border: NDArray[np.bool_] = mask & ~inner
    return border


def _square(radius_px: int) -> NDArray[np.uint8]:
    return np.ones((2 * radius_px + 1, 2 * radius_px + 1), dtype=np.uint8)


def mask_iou(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """Return the intersection over union of two masks; 1 for two empty ones."""
    union = int((first | second).sum())
    return int((first & second).sum()) / union if union else 1.0
