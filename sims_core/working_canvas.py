"""A canvas while segments are pasted on it, back to front: pixels, known-mask and provenance change together."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from sims_core.elision import ElidedPatch
from sims_core.images import resize_nearest

_WHITE = 255


class WorkingCanvas:
    """Starts as one hole; what is pasted later hides what lies beneath.

    Attributes:
        pixels: (H, W, 3) uint8 RGB; black in holes, white where content was faded.
        known: (H, W) bool, True where a pixel carries photo content.
        provenance: (H, W) uint16, the number given with the paste that a known pixel came from; 0 elsewhere.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self.pixels = np.zeros((*shape, 3), dtype=np.uint8)
        self.known = np.zeros(shape, dtype=bool)
        self.provenance = np.zeros(shape, dtype=np.uint16)

    def paste(self, rgb: NDArray[np.uint8], patch: ElidedPatch, number: int) -> None:
        """Paste a patch with all its parts.

        Args:
            rgb: (H, W, 3) uint8 RGB, used where the patch is kept.
            patch: What is kept, faded and withheld; all three hide what was there.
            number: At least 1, for `provenance`.
        """
        self.punch(patch.region)
        self.pixels[patch.kept] = rgb[patch.kept]
        self.pixels[patch.faded] = _WHITE
        self.known[patch.kept] = True
        self.provenance[patch.kept] = number

    def punch(self, mask: NDArray[np.bool_]) -> None:
        """Make (H, W) bool a hole."""
        self.pixels[mask] = 0
        self.known[mask] = False
        self.provenance[mask] = 0


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
