"""What lies in a part of a frame: masks and segments of photos with the box that they fill, never a whole frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sims_core.scenes.boxes import Box, box_slices, common_box, mask_box, seen_through, slices_within


@dataclass(frozen=True)
class PlacedMask:
    """A mask that is empty outside its box.

    Attributes:
        box: (top, left, bottom, right) in pixels of the frame, half-open; it may be larger than need be.
        mask: (h, w) bool of the box's size.
    """

    box: Box
    mask: NDArray[np.bool_]

    @classmethod
    def of_frame(cls, mask: NDArray[np.bool_]) -> PlacedMask:
        """Cut (H, W) bool to the box around its pixels; there is at least one."""
        box = mask_box(mask)
        return cls(box, mask[box_slices(box)])

    def within(self, window: Box) -> NDArray[np.bool_]:
        """Return what a window of the frame shows of the mask, bool of the window's size."""
        return seen_through(window, self.mask, self.box)


@dataclass(frozen=True)
class PlacedSegment(PlacedMask):
    """Pixels of a photo.

    Attributes:
        rgb: (h, w, 3) uint8 RGB of the box's size, used inside the mask.
    """

    rgb: NDArray[np.uint8]


def overlap(first: PlacedMask, second: PlacedMask) -> PlacedMask:
    """Return the pixels that two masks of one frame have in common, in the common part of their boxes."""
    common = common_box(first.box, second.box)
    seen = (placed.mask[slices_within(common, placed.box)] for placed in (first, second))
    return PlacedMask(common, np.logical_and(*seen))


def mask_iou(first: PlacedMask, second: PlacedMask) -> float:
    """Return the intersection over union of two masks of one frame; 1 for two empty ones."""
    intersection = int(np.count_nonzero(overlap(first, second).mask))
    union = int(np.count_nonzero(first.mask)) + int(np.count_nonzero(second.mask)) - intersection
    return intersection / union if union else 1.0
