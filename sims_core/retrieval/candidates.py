"""Layouts x memory bank -> ranked candidates for each component (paper section 3, equation for sigma).

The batched arithmetic is in `retrieval`; here layouts become queries and results become ids.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sims_core.bank.descriptors import DescriptorSet, describe
from sims_core.formats.bank import BankReader, photo_of, segment_id_of
from sims_core.formats.matches import ComponentMatches
from sims_core.formats.search_index import NO_PHOTO, SearchIndex
from sims_core.retrieval.search import RetrieveConfig, top_k
from sims_core.scenes.classes import ClassTable
from sims_core.scenes.segmented_layout import SegmentedLayout, SegmentsConfig
from sims_core.scenes.segments import Segment


def search_index(bank: BankReader, name: str, banned: frozenset[str]) -> SearchIndex:
    """Return the index of one category; in it the segments that are banned, themselves or by their photo, have none."""
    index = bank.index(name)
    if not banned:
        return index
    known = {photo: code for code, photo in enumerate(bank.photos)}
    photos = index.photos.copy()
    photos[np.isin(photos, [known[photo] for photo in banned & known.keys()])] = NO_PHOTO
    for photo in {photo_of(segment_id) for segment_id in banned} & known.keys():
        for place in np.argwhere(photos == known[photo]):
            if segment_id_of(photo, index.components[tuple(place)]) in banned:
                photos[tuple(place)] = NO_PHOTO
    return replace(index, photos=photos)


def match_layouts(
    layouts: Sequence[SegmentedLayout],
    bank: BankReader,
    classes: ClassTable,
    config: RetrieveConfig,
    segments_config: SegmentsConfig,
    *,
    exclude_own_photo: bool = True,
) -> dict[str, list[ComponentMatches]]:
    """Rank the bank for every component above the minimum size of every layout.

    Args:
        layouts: What is asked for; names are unique.
        bank: The memory bank.
        classes: Its class table.
        config: Number of candidates, weights and what is banned.
        segments_config: The minimum size.
        exclude_own_photo: False lets a photo's own segments answer for its layout (self-test).

    Returns:
        By name, one entry per component in component order; no candidates for small components
        and for categories of which the bank holds nothing, or nothing that is not banned.
    """
    found: dict[tuple[str, int], tuple[list[str], list[list[float]]]] = {}
    for category, queries in _queries_by_category(layouts, segments_config).items():
        name = classes.names[category]
        if name in bank.categories:
            index = search_index(bank, name, frozenset(config.banned))
            found |= _match_category(queries, index, bank, classes, config, exclude_own_photo)
    nothing: tuple[list[str], list[list[float]]] = ([], [[], [], []])
    return {
        layout.name: [
            _component(index, segment, *found.get((layout.name, index), nothing))
            for index, segment in enumerate(layout.segments)
        ]
        for layout in layouts
    }


def _queries_by_category(
    layouts: Sequence[SegmentedLayout], config: SegmentsConfig
) -> dict[int, list[tuple[SegmentedLayout, int]]]:
    queries: dict[int, list[tuple[SegmentedLayout, int]]] = defaultdict(list)
    for layout in layouts:
        for index in layout.large(config):
            queries[layout.segments[index].category].append((layout, index))
    return queries


def _match_category(
    queries: list[tuple[SegmentedLayout, int]],
    index: SearchIndex,
    bank: BankReader,
    classes: ClassTable,
    config: RetrieveConfig,
    exclude_own_photo: bool,
) -> dict[tuple[str, int], tuple[list[str], list[list[float]]]]:
    described = [
        describe(
            layout.segments[component].full_mask(layout.shape),
            layout.labels,
            layout.segments[component].box,
            bank.grid,
            len(classes),
            bank.manifest["context_enlargement"],
        )
        for layout, component in queries
    ]
    photo_codes = {photo: code for code, photo in enumerate(bank.photos)}
    matches = top_k(
        DescriptorSet.stack(described, bank.grid, len(classes)),
        index,
        config.num_candidates,
        context_weight=config.context_weight,
        query_photos=np.array([photo_codes.get(layout.name, -1) if exclude_own_photo else -1 for layout, _ in queries]),
        one_per_photo=config.one_per_photo,
    )
    photos, components = index.photos.reshape(-1), index.components.reshape(-1)
    found = {}
    for row, (layout, component) in enumerate(queries):
        num_found = int((matches.places[row] >= 0).sum())
        ids = [segment_id_of(bank.photos[photos[p]], components[p]) for p in matches.places[row, :num_found]]
        figures = [
            [float(v) for v in values[row, :num_found]]
            for values in (matches.scores, matches.mask_ious, matches.context_ious)
        ]
        found[layout.name, component] = (ids, figures)
    return found


def _component(index: int, segment: Segment, ids: list[str], figures: list[list[float]]) -> ComponentMatches:
    return ComponentMatches(
        component=index,
        category=segment.category,
        area_px=segment.area_px,
        segment_ids=ids,
        scores=figures[0],
        mask_ious=figures[1],
        context_ious=figures[2],
    )
