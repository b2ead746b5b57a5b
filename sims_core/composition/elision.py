"""Patch of a photo -> the pixels that are left out when the patch is pasted: shadows and borders.

Boundary elision: paper section 5; reference, sections 5(c) and 7(e-g). The released code cuts other bands in training
than at test time. Here both call the same functions: the synthesis network meets the canvases it was trained on.

A band is the morphological contour of a mask (its pixels with one of the 8 neighbours outside it; the
frame's border is no contour) dilated by a square of odd side, so that it lies evenly about the contour.
All widths are shares of the frame's height.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from skimage.measure import label as label_components
from skimage.measure import regionprops

from sims_core.base.parameters import Section
from sims_core.formats.bank import BankSegment
from sims_core.scenes.boxes import Box, Shape, box_slices, common_box, relative_box, size_of, whole_frame
from sims_core.scenes.classes import ClassTable, Role
from sims_core.scenes.masks import placed_contour, placed_dilation
from sims_core.scenes.placed import PlacedMask


class ElisionConfig(Section):
    """Widths of the bands (whole width, in frame heights; 0 switches a band off).

    `inner_band_fraction`: along a patch's border, inside it, pixels are faded with `inner_probability`.
    `outer_band_fraction`: around objects, on the ground, within the object's box grown by
    `outer_reach_fraction` of its size (not upwards): the place of contact shadows.
    `shadow_band_fraction`: around the objects of the source photo, on its ground: shadows of cars
    that are not in the new picture. `foliage_band_fraction`: along the border of foliage, inside it,
    where the background shines through.
    """

    inner_band_fraction: float = Field(ge=0, le=0.5)
    inner_probability: float = Field(ge=0, le=1)
    outer_band_fraction: float = Field(ge=0, le=0.5)
    outer_reach_fraction: float = Field(ge=0, le=2)
    shadow_band_fraction: float = Field(ge=0, le=0.5)
    foliage_band_fraction: float = Field(ge=0, le=0.5)


@dataclass(frozen=True)
class ElidedPatch:
    """A patch cut in three disjoint (h, w) bool masks of its box's size.

    Attributes:
        box: (top, left, bottom, right) in pixels of the frame.
        kept: Carries the photo's content.
        faded: White on the canvas: this texture, to be blended anew.
        withheld: Black on the canvas: content that would not belong here.
    """

    box: Box
    kept: NDArray[np.bool_]
    faded: NDArray[np.bool_]
    withheld: NDArray[np.bool_]

    def within(self, mask: NDArray[np.bool_]) -> ElidedPatch:
        """Return the part of the patch that lies in (h, w) bool."""
        return ElidedPatch(self.box, self.kept & mask, self.faded & mask, self.withheld & mask)


def boundary_band(placed: PlacedMask, width_px: int, shape: Shape, window: Box) -> NDArray[np.bool_]:
    """Return what a window shows of the band about a mask's contour, on both sides, bool of the window's size.

    Args:
        placed: The mask.
        width_px: Of the whole band; below a pixel it is empty.
        shape: (height, width) of the frame, whose border is no contour.
        window: Of the frame.
    """
    if width_px < 1:
        return np.zeros(size_of(window), dtype=bool)
    return placed_dilation(PlacedMask(placed.box, placed_contour(placed, shape)), width_px // 2, window)


def elide_patch(
    support: PlacedMask,
    shadow: NDArray[np.bool_],
    role: Role,
    config: ElisionConfig,
    shape: Shape,
    stream: np.random.Generator,
) -> ElidedPatch:
    """Cut a patch that is about to be pasted.

    First what would not belong here is withheld (shadows from ground, the border of foliage), then
    the border of the rest is faded at random. Of the stream a number is taken for each pixel of the frame, whatever
    the patch: what is drawn from it later does not depend on the patch.

    Args:
        support: The whole patch in the frame.
        shadow: bool of its box's size, the source's `shadow_band`.
        role: Of the patch's category.
        config: Widths and probability.
        shape: (height, width) of the frame.
        stream: Decides which pixels fade.
    """
    withheld = np.zeros_like(support.mask)
    if role is Role.PLANAR:
        withheld = support.mask & shadow
    elif role is Role.FOLIAGE:
        foliage_px = int(config.foliage_band_fraction * shape[0])
        withheld = support.mask & boundary_band(support, foliage_px, shape, support.box)
    rest = support.mask & ~withheld
    inner_px = int(config.inner_band_fraction * shape[0])
    border = rest & boundary_band(PlacedMask(support.box, rest), inner_px, shape, support.box)
    drawn = _uniform(support.box if border.any() else (0, 0, 0, 0), shape, stream)
    faded = border & (drawn < config.inner_probability) if drawn.size else border
    return ElidedPatch(support.box, rest & ~faded, faded, withheld)


def _uniform(box: Box, shape: Shape, stream: np.random.Generator) -> NDArray[np.float64]:
    """Return what a box shows of `stream.random(shape)`, and leave the stream as that would: no more is drawn."""
    # The steps of `numpy.random.default_rng`, of which a float64 takes one.
    steps = cast("np.random.PCG64", stream.bit_generator)
    drawn = np.empty(size_of(box))
    steps.advance(box[0] * shape[1] + box[1])
    for row in drawn:
        stream.random(out=row)
        steps.advance(shape[1] - len(row))
    steps.advance((shape[0] - box[2]) * shape[1] - box[1])
    return drawn


def shadow_band(segment: BankSegment, classes: ClassTable, config: ElisionConfig) -> NDArray[np.bool_]:
    """Return (h, w) bool of the size of a bank segment's box: the ground close to objects of its photo.

    Raises:
        ValueError: The segment was read without its context.
    """
    if segment.context is None:
        raise ValueError(f"segment '{segment.segment_id}' was read without its context")
    objects = classes.role_mask(segment.context.labels, Role.OBJECT)
    shape = size_of(segment.context.box)
    width_px = int(config.shadow_band_fraction * segment.frame[0])
    window = relative_box(segment.box, segment.context.box)
    return boundary_band(PlacedMask(whole_frame(shape), objects), width_px, shape, window)


def contact_band(labels: NDArray[np.uint8], classes: ClassTable, config: ElisionConfig) -> NDArray[np.bool_]:
    """Return (H, W) bool: the ground around the objects of a layout, where their contact shadows fall.

    For each 8-connected region of an object category, its band within its box, the box grown by a
    share of its height downwards and of its width to both sides.
    """
    shape = (labels.shape[0], labels.shape[1])
    width_px = int(config.outer_band_fraction * shape[0])
    band = np.zeros(shape, dtype=bool)
    for category in set(classes.ids_with_role(Role.OBJECT)).intersection(np.unique(labels).tolist()):
        for region in regionprops(label_components(labels == category, connectivity=2)):
            top, left, bottom, right = region.bbox
            below = int(config.outer_reach_fraction * (bottom - top))
            beside = int(config.outer_reach_fraction * (right - left))
            reach = common_box((top, left - beside, bottom + below, right + beside), whole_frame(shape))
            placed = PlacedMask((top, left, bottom, right), region.image)
            band[box_slices(reach)] |= boundary_band(placed, width_px, shape, reach)
    return band & classes.role_mask(labels, Role.PLANAR)
