"""Coarse annotation: what somebody in a hurry has painted of a photo, or simulated, what they would have painted.

Cityscapes' coarse annotations are polygons with few corners drawn inside the objects, void between them and nothing
at all where objects are small (Cordts et al. 2016, section 2.3). The simulation takes each segment of a fine layout,
shrinks it, redraws its outlines with few corners, and leaves some of the small ones out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sims_core.base.errors import SimsError
from sims_core.base.parameters import Section
from sims_core.scenes.boxes import box_slices
from sims_core.scenes.classes import VOID, ClassTable
from sims_core.scenes.scene import Scene
from sims_core.scenes.segments import Segment, extract_segments

LayoutSource = Literal["simulated", "annotated"]


class CoarsenConfig(Section):
    """How coarse; each layout draws its own strength between none and these.

    Segments shrink by up to `max_erosion_fraction` of the frame's height on every side, and outlines are redrawn with
    corners such that no point of them is farther than `max_simplification_fraction` of it away. A segment of less than
    `small_area_fraction` of the frame is left out with `drop_probability`.
    """

    max_erosion_fraction: float = Field(ge=0, le=0.25)
    max_simplification_fraction: float = Field(ge=0, le=0.25)
    small_area_fraction: float = Field(ge=0, le=1)
    drop_probability: float = Field(ge=0, le=1)


def coarse_layout(
    scene: Scene, classes: ClassTable, source: LayoutSource, config: CoarsenConfig, stream: np.random.Generator
) -> NDArray[np.uint8]:
    """Return a coarse layout of a scene: (H, W) uint8 labels, 255 = void where nobody painted.

    Args:
        scene: With a coarse annotation where `source` is "annotated".
        classes: Of its layout.
        source: The scene's own coarse annotation, or one simulated from the fine layout.
        config: How coarse the simulated one is.
        stream: Where its numbers come from.

    Raises:
        SimsError: The scene has no coarse annotation.
    """
    if source == "simulated":
        segments = extract_segments(scene.labels, classes, scene.instances)
        return coarsen(segments, (scene.labels.shape[0], scene.labels.shape[1]), config, stream)
    if scene.coarse_labels is None:
        raise no_coarse_annotation(scene.scene_id)
    return scene.coarse_labels


def no_coarse_annotation(scene_id: str) -> SimsError:
    """Return the error for a scene of which there is one layout only."""
    return SimsError(
        f"scene '{scene_id}'",
        "has no coarse annotation beside its layout",
        remedy="set layout.source to simulated, or for Cityscapes prepare.source.coarse_labels to true",
    )


def coarsen(
    segments: Sequence[Segment], shape: tuple[int, int], config: CoarsenConfig, stream: np.random.Generator
) -> NDArray[np.uint8]:
    """Return the coarse layout of a fine one.

    Args:
        segments: Of the fine layout.
        shape: Its (height, width).
        config: How coarse.
        stream: Where the numbers come from.

    Returns:
        (H, W) uint8 labels, 255 = void where nobody painted. Larger segments lie below smaller ones.
    """
    layout = np.full(shape, VOID, dtype=np.uint8)
    erosion_px, tolerance_px = (
        stream.uniform(0, fraction) * shape[0]
        for fraction in (config.max_erosion_fraction, config.max_simplification_fraction)
    )
    # All are drawn, so that what becomes of one segment does not depend on the sizes of others.
    dropped = stream.random(len(segments)) < config.drop_probability
    small_px = config.small_area_fraction * shape[0] * shape[1]
    for index in sorted(range(len(segments)), key=lambda index: (-segments[index].area_px, index)):
        segment = segments[index]
        if not (dropped[index] and segment.area_px < small_px):
            painted = _paint(segment, shape, erosion_px, tolerance_px)
            layout[box_slices(segment.box)][painted] = segment.category
    return layout


def _paint(segment: Segment, shape: tuple[int, int], erosion_px: float, tolerance_px: float) -> NDArray[np.bool_]:
    """Return a segment's mask shrunk and redrawn as polygons, holes as well.

    Thin segments shrink less, by half of their half width, and are redrawn more faithfully: nobody who paints a person
    paints nothing.
    """
    depth_px = _depth_inside(segment, shape)
    half_width_px = float(depth_px.max())
    shrunk = depth_px > min(erosion_px, half_width_px / 2)
    outlines, _ = cv2.findContours(shrunk.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    simple = [cv2.approxPolyDP(outline, min(tolerance_px, half_width_px), closed=True) for outline in outlines]
    painted = np.zeros(shrunk.shape, dtype=np.uint8)
    # Even-odd filling leaves the holes open.
    cv2.fillPoly(painted, simple, 1)
    result: NDArray[np.bool_] = painted > 0
    return result


def _depth_inside(segment: Segment, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Return, box-sized, the distance of each pixel of the mask from the nearest pixel outside; 0 outside.

    What lies beyond the frame is not outside: annotators paint up to its edge.
    """
    top, left, bottom, right = segment.box
    sides = ((int(top > 0), int(bottom < shape[0])), (int(left > 0), int(right < shape[1])))
    padded = np.pad(segment.mask, sides).astype(np.uint8)
    if padded.all():
        return np.full(segment.mask.shape, max(shape), dtype=np.float32)
    depth_px: NDArray[np.float32] = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE).astype(np.float32)
    rows, columns = (slice(before, length - after) for (before, after), length in zip(sides, padded.shape, strict=True))
    return depth_px[rows, columns]
