"""A canvas while segments are pasted on it, back to front: pixels, known-mask and provenance change together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sims_core.composition.elision import ElidedPatch
from sims_core.scenes.boxes import Box, Shape, box_slices

_WHITE = np.uint8(255)


class WorkingCanvas:
    """Starts as one hole; what is pasted later hides what lies beneath.

    Attributes:
        pixels: (H, W, 3) uint8 RGB; black in holes, white where content was faded.
        known: (H, W) bool, True where a pixel carries photo content.
        provenance: (H, W) uint16, the number given with the paste that a known pixel came from; 0 elsewhere.
    """

    def __init__(self, shape: Shape) -> None:
        self.pixels = np.zeros((*shape, 3), dtype=np.uint8)
        self.known = np.zeros(shape, dtype=bool)
        self.provenance = np.zeros(shape, dtype=np.uint16)

    def paste(self, rgb: NDArray[np.uint8], patch: ElidedPatch, number: int) -> None:
        """Paste a patch with all its parts.

        Args:
            rgb: (h, w, 3) uint8 RGB of the size of the patch's box, used where the patch is kept.
            patch: What is kept, faded and withheld; all three hide what was there.
            number: At least 1, for `provenance`.
        """
        hidden = patch.faded | patch.withheld
        slices = box_slices(patch.box)
        # Most patches are kept whole.
        if hidden.any():
            self.punch(hidden, patch.box)
            np.copyto(self.pixels[slices], _WHITE, where=patch.faded[..., None])
        np.copyto(self.pixels[slices], rgb, where=patch.kept[..., None])
        self.known[slices] |= patch.kept
        np.copyto(self.provenance[slices], number, where=patch.kept)

    def punch(self, mask: NDArray[np.bool_], box: Box) -> None:
        """Make a hole of a mask, bool of the box's size."""
        slices = box_slices(box)
        np.copyto(self.pixels[slices], 0, where=mask[..., None])
        self.known[slices] &= ~mask
        np.copyto(self.provenance[slices], 0, where=mask)
