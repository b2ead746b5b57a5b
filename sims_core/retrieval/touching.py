"""Touching objects of one category, which a layout without instances shows as one component -> one component each.

A row of parked cars is not one car, and the bank knows: of a row it has no segment, of each car it has many. A
component of an object category is cut at the necks of its outline, and stays cut where the bank answers the parts
better than the whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from skimage.measure import label as label_components
from skimage.morphology import h_maxima
from skimage.segmentation import watershed

from sims_core.formats.bank import BankReader
from sims_core.retrieval.candidates import match_layouts
from sims_core.retrieval.search import RetrieveConfig
from sims_core.scenes.boxes import box_slices, mask_box
from sims_core.scenes.classes import ClassTable, Role
from sims_core.scenes.scene import Scene
from sims_core.scenes.segmented_layout import SegmentedLayout, SegmentsConfig, is_large
from sims_core.scenes.segments import Segment

# A neck lies between two places that are so much farther from the outline than it is, in frame heights.
_NECK_DEPTHS = tuple(px / 128 for px in (0.5, 1, 1.5, 2, 3, 4))


def layout_of_scene(
    scene: Scene, bank: BankReader, classes: ClassTable, config: RetrieveConfig, sizes: SegmentsConfig
) -> SegmentedLayout:
    """Cut the layout of a scene into components: its instances, or without any what `split_touching` finds."""
    layout = SegmentedLayout.of_scene(scene, classes)
    return layout if scene.instances is not None else split_touching(layout, bank, classes, config, sizes)


def split_touching(
    layout: SegmentedLayout, bank: BankReader, classes: ClassTable, config: RetrieveConfig, sizes: SegmentsConfig
) -> SegmentedLayout:
    """Replace each component that the bank answers better in parts by these parts.

    The best segment of the bank gives a component its score, and parts the mean of theirs, weighted by area. Of
    several ways to cut a component the best is taken if it exceeds the whole by `retrieve.split_margin`. Bans take no
    part, so that they change no component's number.

    Args:
        layout: Without instances.
        bank: The memory bank; segments of a photo with the layout's name do not count.
        classes: Its class table; components of role `object` are cut.
        config: The margin, None to cut nothing, and the weight of the context.
        sizes: The minimum size, of parts too.
    """
    if config.split_margin is None:
        return layout
    objects = set(classes.ids_with_role(Role.OBJECT))
    ways = {
        index: list(_ways_to_cut(segment, layout.shape, sizes))
        for index, segment in enumerate(layout.segments)
        if segment.category in objects and is_large(segment.area_px, layout.shape, sizes)
    }
    asked = [[layout.segments[index]] for index, found in ways.items() if found]
    asked += [parts for found in ways.values() for parts in found]
    scores = iter(_scores(asked, layout, bank, classes, config, sizes))
    whole = {index: next(scores) for index, found in ways.items() if found}
    chosen: dict[int, Sequence[Segment]] = {}
    for index, found in ways.items():
        best = whole.get(index, 0.0) + config.split_margin
        for parts in found:
            score = next(scores)
            if score > best:
                chosen[index], best = parts, score
    segments = [part for index, segment in enumerate(layout.segments) for part in chosen.get(index, [segment])]
    return SegmentedLayout(layout.name, layout.labels, segments)


def _ways_to_cut(segment: Segment, shape: tuple[int, int], sizes: SegmentsConfig) -> Iterator[list[Segment]]:
    """Yield partitions of a component into at least two large parts, from shallow necks to deep ones, each once."""
    outline = np.pad(segment.merged_mask, 1)
    inside = distance_transform_edt(outline)
    seen = {1}
    for depth in _NECK_DEPTHS:
        depth_px = depth * shape[0]
        if depth_px >= inside.max():
            return
        middles = label_components(h_maxima(inside, depth_px), connectivity=2)
        # Deeper necks leave fewer middles: of one number they are the same.
        if middles.max() in seen:
            continue
        seen.add(middles.max())
        numbered = watershed(-inside, middles, mask=outline)[1:-1, 1:-1]
        parts = [_part(segment, numbered == number) for number in range(1, numbered.max() + 1)]
        large = [part for part in parts if part is not None and is_large(part.area_px, shape, sizes)]
        if len(large) == len(parts):
            yield large


def _part(segment: Segment, region: NDArray[np.bool_]) -> Segment | None:
    """Return what a region of a segment's box holds of it; None where that is nothing."""
    own = segment.mask & region
    if not own.any():
        return None
    local = mask_box(own)
    window = box_slices(local)
    top, left = segment.box[:2]
    box = (top + local[0], left + local[1], top + local[2], left + local[3])
    return Segment(segment.category, box, own[window].copy(), region[window].copy())


def _scores(
    asked: Sequence[Sequence[Segment]],
    layout: SegmentedLayout,
    bank: BankReader,
    classes: ClassTable,
    config: RetrieveConfig,
    sizes: SegmentsConfig,
) -> list[float]:
    """Return how well the bank answers groups of segments: the mean score of the best ones, weighted by area."""
    flat = [segment for group in asked for segment in group]
    tried = SegmentedLayout(layout.name, layout.labels, flat)
    best_alone = config.model_copy(update={"num_candidates": 1, "banned": ()})
    found = iter(match_layouts([tried], bank, classes, best_alone, sizes)[layout.name])
    means = []
    for group in asked:
        scored = [(segment.area_px, next(iter(next(found).scores), 0.0)) for segment in group]
        means.append(sum(area * score for area, score in scored) / sum(area for area, _ in scored))
    return means
