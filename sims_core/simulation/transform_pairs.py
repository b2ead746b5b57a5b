"""Training pairs for the transformation network: a segment out of its place, and the way back.

Paper section 4 ("spatial transformer"); reference, section 3.2, with rotation applied, the place of a scaled
segment mended, and a part of the segment cut away, since a retrieved segment is often half hidden.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sims_core.base.parameters import Section
from sims_core.scenes.affine import invert, random_theta, warp_segment
from sims_core.scenes.boxes import box_slices
from sims_core.scenes.placed import PlacedSegment
from sims_core.scenes.scene import Scene
from sims_core.scenes.segments import Segment


class TransformPairsConfig(Section):
    """How far a segment is moved: see `affine.random_theta`.

    `num_per_segment` displacements of each segment; of each displaced segment up to `max_clip_fraction` of its
    height or width is cut off at one side.
    """

    num_per_segment: int = Field(ge=1, le=1000)
    max_rotation_deg: float = Field(ge=0, le=90)
    max_scale_change: float = Field(ge=0, le=4)
    max_translation_fraction: float = Field(ge=0, le=1)
    max_clip_fraction: float = Field(ge=0, lt=1)


@dataclass(frozen=True)
class TransformPair:
    """A displaced segment and its place.

    Attributes:
        segment: The displaced segment, black outside its mask.
        target: The segment in its place, black outside its mask.
        theta: (2, 3) float64, lays the displaced segment into its place (see `affine`).
    """

    segment: PlacedSegment
    target: PlacedSegment
    theta: NDArray[np.float64]


def displace_segment(
    scene: Scene, segment: Segment, config: TransformPairsConfig, stream: np.random.Generator
) -> TransformPair | None:
    """Move one segment of a photo by a random affine map; None when nothing of it stays in the frame."""
    shape = (scene.labels.shape[0], scene.labels.shape[1])
    theta = random_theta(
        segment.box,
        shape,
        max_rotation_deg=config.max_rotation_deg,
        max_scale_change=config.max_scale_change,
        max_translation_fraction=config.max_translation_fraction,
        stream=stream,
    )
    target = PlacedSegment(segment.box, segment.mask, _masked(scene.photo[box_slices(segment.box)], segment.mask))
    moved = warp_segment(target, invert(theta), shape)
    mask = moved.mask & ~_random_side(moved.mask, config.max_clip_fraction, stream)
    if not mask.any():
        return None
    return TransformPair(PlacedSegment(moved.box, mask, _masked(moved.rgb, mask)), target, theta)


def _random_side(mask: NDArray[np.bool_], max_fraction: float, stream: np.random.Generator) -> NDArray[np.bool_]:
    """Return (h, w) bool: a strip along a random side of (h, w) bool, over a part of the box around its pixels."""
    side, fraction = int(stream.integers(4)), stream.uniform(0, max_fraction)
    strip = np.zeros_like(mask)
    occupied = np.flatnonzero(mask.any(axis=1 - side % 2))
    if not occupied.size:
        return strip
    first, stop = int(occupied[0]), int(occupied[-1]) + 1
    cut_px = int(fraction * (stop - first))
    along = strip if side % 2 == 0 else strip.T  # a view: sides 0 and 2 are rows, 1 and 3 columns
    if side < 2:
        along[: first + cut_px] = True
    else:
        along[stop - cut_px :] = True
    return strip


def _masked(rgb: NDArray[np.uint8], mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return rgb * mask[..., None]
