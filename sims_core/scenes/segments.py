"""Label map -> segments: the connected components that the memory bank holds and a layout asks for.

Paper section 3 ("External memory"); the merging across thin structures follows the released code.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from skimage.measure import label as label_components
from skimage.measure import regionprops

from sims_core.scenes.boxes import Box, box_slices, mask_box, place
from sims_core.scenes.classes import ClassTable, Role
from sims_core.scenes.placed import PlacedMask


@dataclass(frozen=True)
class Segment:
    """One connected region of a category.

    Attributes:
        category: Category id.
        box: (top, left, bottom, right) in pixels, half-open, of `mask`.
        mask: bool, box-sized: the region itself, with holes where thin structures cross it.
        merged_mask: bool, box-sized: the region with the thin structures that it was merged across.
    """

    category: int
    box: Box
    mask: NDArray[np.bool_]
    merged_mask: NDArray[np.bool_]

    @property
    def area_px(self) -> int:
        """Number of pixels of `mask`."""
        return int(self.mask.sum())

    @property
    def place(self) -> PlacedMask:
        """Where it lies in its frame."""
        return PlacedMask(self.box, self.mask)

    def full_mask(self, shape: tuple[int, int]) -> NDArray[np.bool_]:
        """Return `mask` in a frame of the given (height, width)."""
        return place(self.mask, self.box, shape)


def extract_segments(
    labels: NDArray[np.uint8], classes: ClassTable, instances: NDArray[np.uint16] | None = None
) -> list[Segment]:
    """Cut a label map into segments, ordered by category; within one, instances come first.

    Where instances are given, an instance is one segment even if something cuts it in two.
    Elsewhere 8-connected components are found per category; for categories that are not thin,
    the image's thin pixels count as connecting (a building behind a pole stays one segment). Where
    more or as many thin as own pixels are so joined, the connection says little, and what it joined is
    cut without it; the reference drops these, and with them anyone who stands beside a pole.

    Args:
        labels: (H, W) uint8, 255 = void.
        classes: The class table; roles decide what is thin.
        instances: (H, W) uint16, 0 = none.

    Returns:
        Segments; every non-void pixel lies in exactly one.
    """
    thin = classes.role_mask(labels, Role.THIN)
    thin_ids = set(classes.ids_with_role(Role.THIN))
    segments: list[Segment] = []
    for category in np.unique(labels):
        if category >= len(classes):
            continue
        own = labels == category
        if instances is not None:
            in_instance = own & (instances > 0)
            numbered = np.where(in_instance, instances, 0).astype(np.int32)
            segments += _cut(int(category), numbered, own)
            own &= ~in_instance
        if category in thin_ids:
            segments += _cut(int(category), label_components(own, connectivity=2), own)
        else:
            joined = label_components(own | thin, connectivity=2)
            mostly_thin = _shares(own, joined) <= 0.5
            segments += _cut(int(category), np.where(mostly_thin, 0, joined), own)
            segments += _cut(int(category), label_components(own & mostly_thin, connectivity=2), own)
    return segments


def _shares(own: NDArray[np.bool_], components: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return (H, W): the share of own pixels in the component of each pixel."""
    numbers = components.ravel()
    shares: NDArray[np.float64] = np.bincount(numbers, weights=own.ravel()) / np.maximum(1, np.bincount(numbers))
    return shares[components]


def _cut(category: int, numbered: NDArray[np.int32], own: NDArray[np.bool_]) -> list[Segment]:
    """Return the numbered regions, cropped to their own pixels."""
    segments = []
    for region in regionprops(numbered):
        top, left, bottom, right = region.bbox
        inside = own[top:bottom, left:right] & region.image
        local = mask_box(inside)
        window = box_slices(local)
        box = (top + local[0], left + local[1], top + local[2], left + local[3])
        segments.append(Segment(category, box, inside[window].copy(), region.image[window].copy()))
    return segments
