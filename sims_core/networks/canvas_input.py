"""A canvas at the size that the synthesis network was trained on."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from sims_core.base.pictures import resize_nearest


def resize_canvas(
    canvas: NDArray[np.uint8], known: NDArray[np.bool_], height_px: int, width_px: int
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Resize a canvas so that what is known, elided and a hole stays apart.

    A new pixel is what lies at its centre. When shrinking, a known one has the mean colour of the known pixels that
    it covers: the black and white of the others is no colour.

    Args:
        canvas: (H, W, 3) uint8 RGB; black = hole, white = elided.
        known: (H, W) bool.
        height_px: New height.
        width_px: New width.

    Returns:
        Canvas and known-mask of the new size.
    """
    if known.shape == (height_px, width_px):
        return canvas, known
    size = (width_px, height_px)
    weights = cv2.resize(known.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    colours = cv2.resize(canvas * known[..., None].astype(np.float32), size, interpolation=cv2.INTER_AREA)
    new_known: NDArray[np.bool_] = resize_nearest(known, height_px, width_px)
    planes = resize_nearest(np.moveaxis(canvas, 2, 0), height_px, width_px)
    pixels = np.ascontiguousarray(np.moveaxis(planes, 0, 2))
    means = colours[new_known] / np.maximum(weights[new_known], np.finfo(np.float32).eps)[:, None]
    pixels[new_known] = np.round(means).astype(np.uint8)
    return pixels, new_known
