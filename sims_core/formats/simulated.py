"""data/simulated: what the networks train on, in three tables.

`transform-*` pairs of a perturbed segment and its place; `ordering-*` pairs of adjacent segments
with the front one; `canvas-*` simulated canvases. Rows of split "val" are held out for evaluation.
"""

from __future__ import annotations

import pyarrow as pa

from sims_core.formats.tables import IMAGE, TableFormat

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
    1,
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
            pa.field("depth_a_m", pa.float32(), nullable=False),
            pa.field("depth_b_m", pa.float32(), nullable=False),
            pa.field("by_rule", pa.bool_(), nullable=False),  # an object stands on planar ground, whatever depth says
            pa.field("depth_source", pa.string(), nullable=False),  # "sensor" or "network"
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
