"""data/matches: for each component of each validation layout, its best segments of the bank."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from sims_core.formats.tables import TableFormat, TableReader

MATCHES = TableFormat(
    "matches",
    1,
    "retrieve",
    pa.schema(
        [
            pa.field("scene_id", pa.string(), nullable=False),
            pa.field("component", pa.int32(), nullable=False),
            pa.field("category_id", pa.int32(), nullable=False),
            pa.field("area_px", pa.int32(), nullable=False),
            pa.field("segment_ids", pa.list_(pa.string()), nullable=False),
            pa.field("scores", pa.list_(pa.float64()), nullable=False),
            pa.field("mask_ious", pa.list_(pa.float64()), nullable=False),
            pa.field("context_ious", pa.list_(pa.float64()), nullable=False),
        ]
    ),
)


@dataclass(frozen=True, kw_only=True)
class ComponentMatches:
    """The candidates of one component of a layout, best first; empty when nothing was found or it is small.

    Attributes:
        component: Index of the component in `extract_segments` of the layout.
        category: Category id.
        area_px: Pixels of the component.
        segment_ids: Bank segments, best first.
        scores: mask IoU + context weight * context IoU, in 0..2 at weight 1.
        mask_ious: In 0..1.
        context_ious: In 0..1.
    """

    component: int
    category: int
    area_px: int
    segment_ids: list[str]
    scores: list[float]
    mask_ious: list[float]
    context_ious: list[float]


def matches_row(scene_id: str, matches: ComponentMatches) -> dict[str, Any]:
    """Return the table row of one component's matches."""
    return {
        "scene_id": scene_id,
        "component": matches.component,
        "category_id": matches.category,
        "area_px": matches.area_px,
        "segment_ids": matches.segment_ids,
        "scores": matches.scores,
        "mask_ious": matches.mask_ious,
        "context_ious": matches.context_ious,
    }


def read_matches(folder: Path) -> dict[str, list[ComponentMatches]]:
    """Return the components' matches by scene id, components ascending."""
    found: dict[str, list[ComponentMatches]] = defaultdict(list)
    for row in TableReader(folder, MATCHES):
        found[row.pop("scene_id")].append(ComponentMatches(category=row.pop("category_id"), **row))
    return dict(found)
