"""Layouts x memory bank -> ranked candidates for each component (paper section 3, equation for sigma).

The batched arithmetic is in `retrieval`; here layouts become queries and results become ids.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from sims_core.bank.descriptors import DescriptorSet, describe
from sims_core.bank.ids import is_banned
from sims_core.formats.bank import BankReader
from sims_core.formats.matches import ComponentMatches
from sims_core.retrieval.search import RetrieveConfig, top_k
from sims_core.scenes.classes import ClassTable
from sims_core.scenes.segmented_layout import SegmentedLayout, SegmentsConfig
from sims_core.scenes.segments import Segment


@dataclass(frozen=True)
class CategoryDescriptors:
    """One category of the bank, ready to be searched.

    Attributes:
        segment_ids: Row order.
        photos: Source photo of each row.
        descriptors: Of each row.
        tie_ranks: (N,) int64, rank of each row's id among the ids; equal scores go by it.
    """

    segment_ids: list[str]
    photos: list[str]
    descriptors: DescriptorSet
    tie_ranks: NDArray[np.int64]


def read_category(bank: BankReader, name: str, num_categories: int, banned: frozenset[str]) -> CategoryDescriptors:
    """Read the retrieval columns of one category, but for the segments that are banned themselves or by their photo."""
    table = bank.table(name).columns("segment_id", "scene_id", "mask_bits", "context_bits")
    columns = {column: table.column(column).to_pylist() for column in table.column_names}
    if banned:
        kept = [not is_banned(segment_id, banned) for segment_id in columns["segment_id"]]
        columns = {column: list(compress(values, kept)) for column, values in columns.items()}
    where = bank.folder / f"category={name}"
    descriptors = DescriptorSet.from_bytes(
        columns["mask_bits"], columns["context_bits"], bank.grid, num_categories, where
    )
    tie_ranks = np.empty(len(descriptors), dtype=np.int64)
    tie_ranks[np.argsort(np.array(columns["segment_id"]), kind="stable")] = np.arange(len(descriptors))
    return CategoryDescriptors(columns["segment_id"], columns["scene_id"], descriptors, tie_ranks)


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
            stored = read_category(bank, name, len(classes), frozenset(config.banned))
            if stored.segment_ids:
                found |= _match_category(queries, stored, bank, classes, config, exclude_own_photo)
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
    stored: CategoryDescriptors,
    bank: BankReader,
    classes: ClassTable,
    config: RetrieveConfig,
    exclude_own_photo: bool,
) -> dict[tuple[str, int], tuple[list[str], list[list[float]]]]:
    described = [
        describe(
            layout.segments[index].full_mask(layout.shape),
            layout.labels,
            layout.segments[index].box,
            bank.grid,
            len(classes),
            bank.manifest["context_enlargement"],
        )
        for layout, index in queries
    ]
    photo_codes = {photo: code for code, photo in enumerate(sorted(set(stored.photos)))}
    matches = top_k(
        DescriptorSet.stack(described, bank.grid, len(classes)),
        stored.descriptors,
        config.num_candidates,
        context_weight=config.context_weight,
        bank_ids=stored.tie_ranks,
        query_photos=np.array([photo_codes.get(layout.name, -1) if exclude_own_photo else -1 for layout, _ in queries]),
        bank_photos=np.array([photo_codes[photo] for photo in stored.photos]),
        one_per_photo=config.one_per_photo,
    )
    id_of_rank = sorted(stored.segment_ids)
    found = {}
    for row, (layout, index) in enumerate(queries):
        num_found = int((matches.ids[row] >= 0).sum())
        ids = [id_of_rank[rank] for rank in matches.ids[row, :num_found]]
        figures = [
            [float(v) for v in values[row, :num_found]]
            for values in (matches.scores, matches.mask_ious, matches.context_ious)
        ]
        found[layout.name, index] = (ids, figures)
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
