"""A canvas while segments are pasted on it, back to front: pixels, known-mask and provenance change together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sims_core.composition.elision import ElidedPatch

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
