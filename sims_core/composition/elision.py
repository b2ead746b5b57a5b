"""Patch of a photo -> the pixels that are left out when the patch is pasted: shadows and borders.

Boundary elision: paper section 5; reference, sections 5(c) and 7(e-g). The released code cuts other bands in training
than at test time. Here both call the same functions: the synthesis network meets the canvases it was trained on.

A band is the morphological contour of a mask (its pixels with one of the 8 neighbours outside it; the
frame's border is no contour) dilated by a square of odd side, so that it lies evenly about the contour.
All widths are shares of the frame's height.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from skimage.measure import label as label_components
from skimage.measure import regionprops

from sims_core.base.parameters import Section
from sims_core.formats.bank import BankSegment
from sims_core.scenes.classes import ClassTable, Role
from sims_core.scenes.masks import contour, dilate


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
    """A patch cut in three disjoint (H, W) bool masks.

    Attributes:
        kept: Carries the photo's content.
        faded: White on the canvas: this texture, to be blended anew.
        withheld: Black on the canvas: content that would not belong here.
    """

    kept: NDArray[np.bool_]
    faded: NDArray[np.bool_]
    withheld: NDArray[np.bool_]

    @property
    def region(self) -> NDArray[np.bool_]:
        """(H, W) bool, the whole patch."""
        region: NDArray[np.bool_] = self.kept | self.faded | self.withheld
        return region

    def within(self, mask: NDArray[np.bool_]) -> ElidedPatch:
        """Return the part of the patch that lies in (H, W) bool."""
        return ElidedPatch(kept=self.kept & mask, faded=self.faded & mask, withheld=self.withheld & mask)


def boundary_band(mask: NDArray[np.bool_], band_fraction: float, frame_height_px: int) -> NDArray[np.bool_]:
    """Return (H, W) bool: the band about a mask's contour, on both sides; empty when narrower than a pixel."""
    width_px = int(band_fraction * frame_height_px)
    if width_px < 1:
        return np.zeros_like(mask)
    return dilate(contour(mask), width_px // 2)


def elide_patch(
    support: NDArray[np.bool_],
    shadow: NDArray[np.bool_],
    role: Role,
    config: ElisionConfig,
    stream: np.random.Generator,
) -> ElidedPatch:
    """Cut a patch that is about to be pasted.

    First what would not belong here is withheld (shadows from ground, the border of foliage), then
    the border of the rest is faded at random.

    Args:
        support: (H, W) bool, the whole patch in the frame.
        shadow: (H, W) bool, the source's `shadow_band` in the frame.
        role: Of the patch's category.
        config: Widths and probability.
        stream: Decides which pixels fade.
    """
    height_px = support.shape[0]
    withheld = np.zeros_like(support)
    if role is Role.PLANAR:
        withheld = support & shadow
    elif role is Role.FOLIAGE:
        withheld = support & boundary_band(support, config.foliage_band_fraction, height_px)
    rest = support & ~withheld
    border = rest & boundary_band(rest, config.inner_band_fraction, height_px)
    faded = border & (stream.random(support.shape) < config.inner_probability)
    return ElidedPatch(kept=rest & ~faded, faded=faded, withheld=withheld)


def shadow_band(segment: BankSegment, classes: ClassTable, config: ElisionConfig) -> NDArray[np.bool_]:
    """Return (h, w) bool of the size of a bank segment's box: the ground close to objects of its photo."""
    objects = classes.role_mask(segment.context_labels, Role.OBJECT)
    band = boundary_band(objects, config.shadow_band_fraction, segment.frame[0])
    top, left = segment.box[0] - segment.context_box[0], segment.box[1] - segment.context_box[1]
    return band[top : top + segment.mask.shape[0], left : left + segment.mask.shape[1]]


def contact_band(labels: NDArray[np.uint8], classes: ClassTable, config: ElisionConfig) -> NDArray[np.bool_]:
    """Return (H, W) bool: the ground around the objects of a layout, where their contact shadows fall.

    For each 8-connected region of an object category, its band within its box, the box grown by a
    share of its height downwards and of its width to both sides.
    """
    ground = classes.role_mask(labels, Role.PLANAR)
    band = np.zeros(labels.shape, dtype=bool)
    for category in classes.ids_with_role(Role.OBJECT):
        numbered = label_components(labels == category, connectivity=2)
        for region in regionprops(numbered):
            top, left, bottom, right = region.bbox
            below = int(config.outer_reach_fraction * (bottom - top))
            beside = int(config.outer_reach_fraction * (right - left))
            window = (slice(top, bottom + below), slice(max(0, left - beside), right + beside))
            around = boundary_band(numbered == region.label, config.outer_band_fraction, labels.shape[0])
            band[window] |= around[window]
    return band & ground
