"""Which of two adjacent segments of a photo is in front: by depth on either side of their boundary.

Paper section 4; reference, section 4.1. Segments are compared where they meet, since a road is both
nearer and farther than a car that stands on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sims_core.composition.relations import TOUCH_PX, adjacent_pairs, both_ground, front_by_rule
from sims_core.scenes.boxes import Shape, box_slices, grown_box
from sims_core.scenes.classes import ClassTable
from sims_core.scenes.depth_maps import DepthMap, MetricDepth
from sims_core.scenes.masks import placed_contour, placed_dilation
from sims_core.scenes.placed import PlacedMask, overlap
from sims_core.scenes.segments import Segment

# The released code looks at most 5 px from either contour in frames 256 px high; never less than they may be apart.
_BAND_RADIUS = 5 / 256


@dataclass(frozen=True, kw_only=True)
class Margins:
    """How much two segments must differ where they meet, for depth to say which one is in front.

    Attributes:
        min_depth_ratio: Of metric depth: the farther side is at least so many times as far as the nearer; at least 1.
        min_disparity_fraction: Of relative depth, which has no ratios: the disparities are at least this fraction of
            the picture's range apart.
    """

    min_depth_ratio: float
    min_disparity_fraction: float


@dataclass(frozen=True, kw_only=True)
class OrderedPair:
    """Two adjacent segments of one scene and the front one.

    Attributes:
        component_a: Index in `extract_segments`, the lower of the two.
        component_b: The other.
        b_in_front: Whether b hides a where they meet.
        at_a: Median of a at the boundary: of metric depth in metres, 0 = unknown, inf = sky; of relative depth the
            disparity, nan = unknown, -inf = sky.
        at_b: The same of b.
        by_rule: An object or a thin structure stands on the ground, whatever depth says.
    """

    component_a: int
    component_b: int
    b_in_front: bool
    at_a: float
    at_b: float
    by_rule: bool


def ordered_pairs(
    segments: Sequence[Segment],
    components: Sequence[int],
    depth: DepthMap,
    classes: ClassTable,
    margins: Margins,
) -> list[OrderedPair]:
    """Return the adjacent pairs of which the front one is known, pairs of one category included.

    A pair is left out when both are ground, when one side has no known depth, or when the sides are closer than
    the margin of the depth's type, unless the rule decides.

    Args:
        segments: All segments of the scene.
        components: Indices of those that take part, ascending.
        depth: Of the scene.
        classes: Roles decide the rule.
        margins: When depth decides.
    """
    values = _values(depth)
    shape = (values.shape[0], values.shape[1])
    radius_px = max(TOUCH_PX, round(_BAND_RADIUS * shape[0]))
    bands = {index: _band(segments[index], radius_px, shape) for index in components}
    pairs = []
    for a, b in adjacent_pairs(segments, components, shape):
        if both_ground(segments[a].category, segments[b].category, classes):
            continue
        boundary = overlap(bands[a], bands[b])
        sides = (overlap(boundary, segments[index].place) for index in (a, b))
        at_a, at_b = (_median(depth, values[box_slices(side.box)][side.mask]) for side in sides)
        ruled = front_by_rule(segments[a].category, segments[b].category, classes)
        in_front = _nearer(depth, at_a, at_b, margins) if ruled is None else ruled
        if in_front is None:
            continue
        pairs.append(
            OrderedPair(
                component_a=a,
                component_b=b,
                b_in_front=in_front,
                at_a=at_a,
                at_b=at_b,
                by_rule=ruled is not None,
            )
        )
    return pairs


def _band(segment: Segment, radius_px: int, shape: Shape) -> PlacedMask:
    """Return the pixels within a square about those of a segment's contour."""
    box = grown_box(segment.box, radius_px, shape)
    return PlacedMask(
        box, placed_dilation(PlacedMask(segment.box, placed_contour(segment.place, shape)), radius_px, box)
    )


def back_to_front(segments: Sequence[Segment], depth: DepthMap) -> list[int]:
    """Return the indices of all segments by their median depth, the farthest first, those of one depth ascending.

    A segment of unknown depth counts as nearest.

    Args:
        segments: All segments of the scene.
        depth: Of the scene.
    """
    values = _values(depth)
    medians = [_median(depth, values[box_slices(segment.box)][segment.mask]) for segment in segments]
    nearness = [-median if isinstance(depth, MetricDepth) else median for median in medians]
    return sorted(range(len(segments)), key=lambda index: (nearness[index], index))


def _values(depth: DepthMap) -> NDArray[np.float32]:
    """Return metres or disparities; `_median` and `_nearer` know what they mean."""
    return depth.depth_m if isinstance(depth, MetricDepth) else depth.disparity


def _median(depth: DepthMap, values: NDArray[np.float32]) -> float:
    """Return the median of some values of a depth map, as in `OrderedPair`."""
    if isinstance(depth, MetricDepth):
        known = values[values > 0]
        return float(np.median(known)) if known.size else 0.0
    return float(np.median(values)) if values.size else np.nan


def _nearer(depth: DepthMap, at_a: float, at_b: float, margins: Margins) -> bool | None:
    """Return whether b is nearer than a; None where they are too close to call, or one is unknown."""
    if isinstance(depth, MetricDepth):
        near, far = sorted((at_a, at_b))
        known = near > 0 and np.isfinite(near)
        return at_b < at_a if known and far >= margins.min_depth_ratio * near and far > near else None
    far, near = sorted((at_a, at_b))
    known = np.isfinite(near) and not np.isnan(far)
    return at_b > at_a if known and near - far >= margins.min_disparity_fraction and near > far else None
