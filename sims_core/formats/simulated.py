"""data/simulated: what the networks train on, in four tables, each in a folder of its name.

`transform` pairs of a perturbed segment and its place; `ordering` pairs of adjacent segments with the front
one; `canvases` simulated canvases; `stencils` the segments that further canvases may be cut with. Rows of split
"val" are held out for evaluation. A training depends on its own tables alone: other canvases leave the
transformation and ordering networks as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from sims_core.formats.tables import IMAGE, TableFormat, TableReader

TRANSFORM_PAIRS = TableFormat(
    "transform_pairs",
    1,
    "simulate",
    pa.schema(
        [
            pa.field("scene_id", pa.string(), nullable=False),
            pa.field("split", pa.string(), nullable=False),
            pa.field("component", pa.int32(), nullable=False),
            pa.field("category_id", pa.int32(), nullable=False),
            pa.field("segment", IMAGE, nullable=False),  # perturbed segment, RGB, black outside its mask
            pa.field("segment_mask", IMAGE, nullable=False),
            pa.field("target", IMAGE, nullable=False),  # the segment where it belongs, RGB, black outside
            pa.field("target_mask", IMAGE, nullable=False),
            pa.field("layout", IMAGE, nullable=False),  # label ids
            # Row-major 2x3: normalised output coordinates -> normalised input coordinates ([-1, 1], x then y).
            pa.field("theta", pa.list_(pa.float32(), 6), nullable=False),
        ]
    ),
)

ORDERING_PAIRS = TableFormat(
    "ordering_pairs",
    2,
    "simulate",
    pa.schema(
        [
            pa.field("scene_id", pa.string(), nullable=False),
            pa.field("split", pa.string(), nullable=False),
            pa.field("component_a", pa.int32(), nullable=False),
            pa.field("component_b", pa.int32(), nullable=False),
            pa.field("category_a", pa.int32(), nullable=False),
            pa.field("category_b", pa.int32(), nullable=False),
            pa.field("mask_a", IMAGE, nullable=False),
            pa.field("mask_b", IMAGE, nullable=False),
            pa.field("layout", IMAGE, nullable=False),  # label ids
            pa.field("b_in_front", pa.bool_(), nullable=False),
            pa.field("by_rule", pa.bool_(), nullable=False),  # an object stands on planar ground, whatever depth says
            pa.field("depth_source", pa.string(), nullable=False),  # "sensor", "network" or "transformers"
            pa.field("depth_kind", pa.string(), nullable=False),  # "metric" or "relative"
            # Medians on either side of the boundary: in metres where depth is metric, of 0..1 where it is relative.
            pa.field("depth_a_m", pa.float32()),
            pa.field("depth_b_m", pa.float32()),
            pa.field("disparity_a", pa.float32()),
            pa.field("disparity_b", pa.float32()),
        ]
    ),
)

SIMULATED_CANVASES = TableFormat(
    "simulated_canvases",
    1,
    "simulate",
    pa.schema(
        [
            pa.field("scene_id", pa.string(), nullable=False),
            pa.field("variant", pa.int32(), nullable=False),
            pa.field("canvas", IMAGE, nullable=False),  # RGB; black = nothing there, white = elided
            pa.field("known", IMAGE, nullable=False),  # mask of pixels that carry photo content
            pa.field("layout", IMAGE, nullable=False),  # label ids with simulated noise, 255 = unlabelled
        ]
    ),
)

# Scenes in training order, components ascending; a component that no other photo matches has no row.
STENCILS = TableFormat(
    "stencils",
    1,
    "simulate",
    pa.schema(
        [
            pa.field("scene_id", pa.string(), nullable=False),
            pa.field("component", pa.int32(), nullable=False),
            pa.field("segment_ids", pa.list_(pa.string()), nullable=False),  # of the bank, best match first
        ]
    ),
)


def stencil_rows(stencils: Mapping[str, Mapping[int, Sequence[str]]]) -> Iterator[dict[str, Any]]:
    """Yield the rows of the stencils table.

    Args:
        stencils: By scene id and component, the ids of bank segments; in the order of the table.
    """
    for scene_id, by_component in stencils.items():
        for component, segment_ids in by_component.items():
            yield {"scene_id": scene_id, "component": component, "segment_ids": list(segment_ids)}


def read_stencils(folder: Path) -> dict[str, dict[int, list[str]]]:
    """Read data/simulated/stencils: by scene id and component, the ids of bank segments, best match first.

    A scene without any is absent.

    Raises:
        SimsError: The table is missing or damaged.
    """
    names = ("scene_id", "component", "segment_ids")
    found: dict[str, dict[int, list[str]]] = {}
    for row in TableReader(folder, STENCILS).columns(*names).to_pylist():
        found.setdefault(row["scene_id"], {})[row["component"]] = row["segment_ids"]
    return found
