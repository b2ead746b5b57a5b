"""Which segments touch, and what is in front by rule, whatever depth or a network says."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from sims_core.scenes.boxes import Shape, grown_box
from sims_core.scenes.classes import ClassTable, Role
from sims_core.scenes.masks import placed_dilation
from sims_core.scenes.placed import PlacedMask, overlap
from sims_core.scenes.segments import Segment

# Two segments touch when a 5 x 5 square reaches from one into the other: at most one pixel lies between.
TOUCH_PX = 2


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


def adjacent_pairs(segments: Sequence[Segment], components: Sequence[int], shape: Shape) -> list[tuple[int, int]]:
    """Return the pairs (a, b), a before b in `components`, of segments that touch within 1-2 pixels.

    Args:
        segments: All segments of a layout.
        components: Indices of those that take part.
        shape: (height, width) of the frame.
    """
    grown = {index: grown_box(segments[index].box, TOUCH_PX, shape) for index in components}
    reach = {
        index: PlacedMask(box, placed_dilation(segments[index].place, TOUCH_PX, box)) for index, box in grown.items()
    }
    return [(a, b) for a, b in combinations(components, 2) if overlap(reach[a], segments[b].place).mask.any()]
