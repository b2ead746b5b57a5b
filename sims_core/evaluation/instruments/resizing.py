"""Resizing whose filter is named: pictures by Pillow, whose filters are antialiased when they shrink."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

ResizeFilter = Literal["box", "bilinear", "bicubic", "lanczos"]
_FILTERS = {
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


def resize_picture(picture: NDArray[np.uint8], frame: tuple[int, int], name: ResizeFilter) -> NDArray[np.uint8]:
    """Resize (H, W, 3) uint8 RGB to a frame of (height, width) pixels, with antialias when it shrinks."""
    resized = Image.fromarray(picture).resize((frame[1], frame[0]), _FILTERS[name])
    return np.asarray(resized, dtype=np.uint8)


def resize_planes(pictures: NDArray[np.uint8], side_px: int) -> NDArray[np.float32]:
    """Resize pictures to squares for a network, bicubic with antialias, without rounding in between.

    Args:
        pictures: (B, H, W, 3) uint8 RGB.
        side_px: Height and width to reach.

    Returns:
        (B, 3, side, side) float32 in [0, 255], clipped where the filter overshoots.
    """
    planes = np.empty((len(pictures), 3, side_px, side_px), dtype=np.float32)
    for index, picture in enumerate(pictures):
        for channel in range(3):
            plane = Image.fromarray(picture[..., channel].astype(np.float32))
            planes[index, channel] = np.asarray(plane.resize((side_px, side_px), _FILTERS["bicubic"]))
    clipped: NDArray[np.float32] = planes.clip(0, 255)
    return clipped
