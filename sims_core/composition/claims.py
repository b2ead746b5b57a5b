"""What the best candidate of each component would show if nothing lay over it, and who shows where several would.

The order of pasting acts on contested pixels alone: those that the segments of two components both claim.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from sims_core.composition.paste_order import Edge
from sims_core.scenes.boxes import Box, box_slices, size_of
from sims_core.scenes.placed import PlacedMask, overlap
from sims_core.scenes.segmented_layout import SegmentedLayout

_NOBODY = -1


def allowed(
    layout: SegmentedLayout, component: int, window: Box, clip: bool, in_front: Sequence[Edge] = ()
) -> NDArray[np.bool_]:
    """Return where in a window the best candidate of a component may show, bool of the window's size.

    Args:
        layout: What is asked for.
        component: Its number.
        window: (top, left, bottom, right) in pixels.
        clip: It keeps to where the layout asks for its category.
        in_front: Relations of which the one in front may also show in the other's place.
    """
    if not clip:
        return np.ones(size_of(window), dtype=bool)
    found: NDArray[np.bool_] = layout.labels[box_slices(window)] == layout.segments[component].category
    for edge in in_front:
        if edge.front == component:
            found = found | layout.segments[edge.behind].place.within(window)
    return found


@dataclass(frozen=True)
class Contest:
    """The claims of all components of one layout; pixels count where the layout labels them.

    Attributes:
        layout: What is asked for.
        claims: By component, the pixels that its segment would show.
        contested: (H, W) bool, at least two components claim the pixel.
        open_category: (H, W) bool, of these: some claims are of the asked category and others are not, so that the
            order decides which category shows.
        open_component: (H, W) bool, of these: the component that the layout has there is among them, so that the
            order decides whether it shows.
    """

    layout: SegmentedLayout
    claims: Mapping[int, PlacedMask]
    contested: NDArray[np.bool_]
    open_category: NDArray[np.bool_]
    open_component: NDArray[np.bool_]

    @classmethod
    def of(cls, layout: SegmentedLayout, segments: Mapping[int, PlacedMask], clip: bool) -> Contest:
        """Collect the claims of a layout.

        Args:
            layout: What is asked for.
            segments: The best candidate of each component that has one, in its place.
            clip: See `allowed`.
        """
        claims = {
            component: PlacedMask(found.box, found.mask & allowed(layout, component, found.box, clip))
            for component, found in segments.items()
        }
        num_claims, num_asked, own = (np.zeros(layout.shape, dtype=np.uint16) for _ in range(3))
        for component, claim in claims.items():
            segment, window = layout.segments[component], box_slices(claim.box)
            num_claims[window] += claim.mask
            num_asked[window] += claim.mask & (layout.labels[window] == segment.category)
            own[window] += claim.mask & segment.place.within(claim.box)
        contested = (num_claims > 1) & (_asked_components(layout) != _NOBODY)
        return cls(
            layout=layout,
            claims=claims,
            contested=contested,
            open_category=contested & (num_asked > 0) & (num_asked < num_claims),
            open_component=contested & (own > 0),
        )

    def front(self, order: Sequence[int]) -> NDArray[np.int32]:
        """Return (H, W) int32, the component that shows at each pixel; -1 where nobody claims it.

        Args:
            order: All components, back to front.
        """
        front = np.full(self.layout.shape, _NOBODY, dtype=np.int32)
        for component in order:
            if component in self.claims:
                claim = self.claims[component]
                np.copyto(front[box_slices(claim.box)], component, where=claim.mask)
        return front

    def agreeing_relations(self) -> list[Edge]:
        """Return, of each two components that contest pixels, the one in front whose category more of these ask for.

        The confidence is by how many pixels, in frames. Of equals there is no relation.
        """
        relations = []
        for a, b in combinations(self.claims, 2):
            common = overlap(self.claims[a], self.claims[b])
            asked = self.layout.labels[box_slices(common.box)][common.mask]
            at_a, at_b = (np.count_nonzero(asked == self.layout.segments[index].category) for index in (a, b))
            if at_a != at_b:
                behind, front = (a, b) if at_b > at_a else (b, a)
                relations.append(Edge(behind, front, abs(at_a - at_b) / self.layout.labels.size))
        return relations

    def shows_category(self, front: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Return (H, W) bool: whether what is in front is of the asked category."""
        # What nobody claims looks up the last one, whose category is none.
        categories = np.array([segment.category for segment in self.layout.segments] + [_NOBODY])
        shown: NDArray[np.bool_] = categories[front] == self.layout.labels
        return shown

    def shows_component(self, front: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Return (H, W) bool: whether what is in front is the component that the layout has there."""
        shown: NDArray[np.bool_] = (front == _asked_components(self.layout)) & (front != _NOBODY)
        return shown


def _asked_components(layout: SegmentedLayout) -> NDArray[np.int32]:
    """Return (H, W) int32, the component that the layout has at each pixel; -1 where it is void."""
    found = np.full(layout.shape, _NOBODY, dtype=np.int32)
    for component, segment in enumerate(layout.segments):
        np.copyto(found[box_slices(segment.box)], component, where=segment.mask)
    return found
