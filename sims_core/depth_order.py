"""Which of two adjacent segments of a photo is in front: by depth on either side of their boundary.

Paper section 4; reference, section 4.1. Segments are compared where they meet, since a road is both
nearer and farther than a car that stands on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from sims_core.classes import ClassTable, Role
from sims_core.elision import contour, dilate
from sims_core.segments import Segment, box_slices

# Two segments touch when a 5 x 5 square reaches from one into the other: at most one pixel lies between.
_TOUCH_PX = 2
# The released code looks at most 5 px from either contour in frames 256 px high; never less than they may be apart.
_BAND_RADIUS = 5 / 256


@dataclass(frozen=True, kw_only=True)
class OrderedPair:
    """Two adjacent segments of one scene and the front one.

    Attributes:
        component_a: Index in `extract_segments`, the lower of the two.
        component_b: The other.
        b_in_front: Whether b hides a where they meet.
        depth_a_m: Median depth of a at the boundary in metres, 0 = unknown, inf = sky.
        depth_b_m: The same of b.
        by_rule: An object or a thin structure stands on the ground, whatever depth says.
    """

    component_a: int
    component_b: int
    b_in_front: bool
    depth_a_m: float
    depth_b_m: float
    by_rule: bool


def front_by_rule(category_a: int, category_b: int, classes: ClassTable) -> bool | None:
    """Return whether b is in front of a because one of the two is ground and the other stands on it; else None."""
    standing = (Role.OBJECT, Role.THIN)
    role_a, role_b = classes.categories[category_a].role, classes.categories[category_b].role
    if role_a is Role.PLANAR and role_b in standing:
        return True
    if role_b is Role.PLANAR and role_a in standing:
        return False
    return None


def both_ground(category_a: int, category_b: int, classes: ClassTable) -> bool:
    """Return whether both are ground: a road and its sidewalk lie side by side and hide nothing of each other."""
    planar = classes.ids_with_role(Role.PLANAR)
    return category_a in planar and category_b in planar


def adjacent_pairs(
    segments: Sequence[Segment], components: Sequence[int], shape: tuple[int, int]
) -> list[tuple[int, int]]:
    """Return the pairs (a, b), a before b in `components`, of segments that touch within 1-2 pixels.

    Args:
        segments: All segments of a layout.
        components: Indices of those that take part.
        shape: (height, width) of the frame.
    """
    reach = {index: dilate(segments[index].full_mask(shape), _TOUCH_PX) for index in components}
    return [
        (a, b)
        for a, b in combinations(components, 2)
        if (reach[a][box_slices(segments[b].box)] & segments[b].mask).any()
    ]


def ordered_pairs(
    segments: Sequence[Segment],
    components: Sequence[int],
    depth_m: NDArray[np.float32],
    classes: ClassTable,
    min_depth_ratio: float,
) -> list[OrderedPair]:
    """Return the adjacent pairs of which the front one is known, pairs of one category included.

    A pair is left out when both are ground, when one side has no known depth, or when the farther side is less
    than `min_depth_ratio` times as far as the nearer, unless the rule decides.

    Args:
        segments: All segments of the scene.
        components: Indices of those that take part, ascending.
        depth_m: (H, W) float32 metres, 0 = unknown, inf = sky.
        classes: Roles decide the rule.
        min_depth_ratio: At least 1.
    """
    shape = (depth_m.shape[0], depth_m.shape[1])
    masks = {index: segments[index].full_mask(shape) for index in components}
    radius_px = max(_TOUCH_PX, round(_BAND_RADIUS * shape[0]))
    bands = {index: dilate(contour(mask), radius_px) for index, mask in masks.items()}
    pairs = []
    for a, b in adjacent_pairs(segments, components, shape):
        if both_ground(segments[a].category, segments[b].category, classes):
            continue
        boundary = bands[a] & bands[b]
        depth_a_m = _median_depth(depth_m[boundary & masks[a]])
        depth_b_m = _median_depth(depth_m[boundary & masks[b]])
        ruled = front_by_rule(segments[a].category, segments[b].category, classes)
        if ruled is None and not _differ(depth_a_m, depth_b_m, min_depth_ratio):
            continue
        pairs.append(
            OrderedPair(
                component_a=a,
                component_b=b,
                b_in_front=depth_b_m < depth_a_m if ruled is None else ruled,
                depth_a_m=depth_a_m,
                depth_b_m=depth_b_m,
                by_rule=ruled is not None,
            )
        )
    return pairs


def segment_depths(segments: Sequence[Segment], depth_m: NDArray[np.float32]) -> list[float]:
    """Return each segment's median depth in metres, 0 = unknown, inf = sky.

    Args:
        segments: All segments of the scene.
        depth_m: (H, W) float32 metres, 0 = unknown, inf = sky.
    """
    return [_median_depth(depth_m[box_slices(segment.box)][segment.mask]) for segment in segments]


def _median_depth(depth_m: NDArray[np.float32]) -> float:
    known = depth_m[depth_m > 0]
    return float(np.median(known)) if known.size else 0.0


def _differ(depth_a_m: float, depth_b_m: float, min_depth_ratio: float) -> bool:
    near, far = sorted((depth_a_m, depth_b_m))
    return near > 0 and np.isfinite(near) and far >= min_depth_ratio * near and far > near
