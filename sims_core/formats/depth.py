"""data/depth: a depth map for every scene, with its type and where it came from.

Metric and relative depth are never in one folder: they are refused when written and when read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sims_core.base.errors import SimsError
from sims_core.base.pictures import decode_png
from sims_core.formats.scenes import decode_depth, encode_depth
from sims_core.formats.tables import IMAGE, TableFormat, TableReader, image_cell, write_table
from sims_core.scenes.depth_maps import RELATIVE, DepthMap, MetricDepth, RelativeDepth

DEPTHS = TableFormat(
    "depths",
    2,
    "estimate_depth",
    pa.schema(
        [
            pa.field("scene_id", pa.string(), nullable=False),
            pa.field("source", pa.string(), nullable=False),
            pa.field("kind", pa.string(), nullable=False),  # "metric" or "relative", the same in all rows
            # metric: uint16 centimetres, 0 = unknown, 65535 = sky.
            # relative: uint16, 0 = sky, 1 = the farthest and 65535 = the nearest pixel of the picture.
            pa.field("depth", IMAGE, nullable=False),
        ]
    ),
)
_NEAREST = 65535


def encode_disparity(disparity: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Turn disparities of `RelativeDepth` into uint16: 0 = sky, 1 = farthest, 65535 = nearest."""
    sky = np.isneginf(disparity)
    steps = np.round(np.where(sky, 0, disparity).astype(np.float64) * (_NEAREST - 1)) + 1
    return np.where(sky, 0, steps).astype(np.uint16)


def decode_disparity(encoded: NDArray[np.uint16]) -> NDArray[np.float32]:
    """Turn uint16 back into disparities of `RelativeDepth`: -inf = sky, 0 = farthest, 1 = nearest."""
    disparity = (encoded.astype(np.float32) - 1) / np.float32(_NEAREST - 1)
    disparity[encoded == 0] = -np.inf
    return disparity


def write_depth_maps(folder: Path, depths: Iterable[tuple[str, DepthMap]], inputs: Sequence[Path] = ()) -> None:
    """Write depth maps with the ids of their scenes, one by one.

    Args:
        folder: Of the artifact.
        depths: Of each scene, its id and map.
        inputs: The artifacts that they are made from.

    Raises:
        SimsError: There are metric and relative ones; nothing is written then.
    """

    def rows() -> Iterator[dict[str, Any]]:
        kinds: set[str] = set()
        for scene_id, depth in depths:
            kinds.add(depth.kind)
            _check_one_kind(folder, kinds)
            encoded = (
                encode_depth(depth.depth_m) if isinstance(depth, MetricDepth) else encode_disparity(depth.disparity)
            )
            yield {
                "scene_id": scene_id,
                "source": depth.source,
                "kind": depth.kind,
                "depth": image_cell(encoded),
            }

    write_table(folder, "depth", DEPTHS, rows(), "depth", inputs)


class DepthReader:
    """The depth maps of data/depth by scene id."""

    def __init__(self, folder: Path) -> None:
        """Open and check the folder; SimsError when it is missing, damaged, or of both types."""
        self._table = TableReader(folder, DEPTHS)
        _check_one_kind(folder, set(self._table.column("kind")))
        self._rows = {scene_id: row for row, scene_id in enumerate(self._table.column("scene_id"))}

    def load(self, scene_id: str) -> DepthMap:
        """Return one scene's depth map."""
        row = self._table.row(self._rows[scene_id])
        encoded = decode_png(row["depth"]["bytes"])
        if row["kind"] == RELATIVE:
            return RelativeDepth(decode_disparity(encoded), row["source"])
        return MetricDepth(decode_depth(encoded), row["source"])


def _check_one_kind(folder: Path, kinds: set[str]) -> None:
    if len(kinds) > 1:
        raise SimsError(
            folder,
            "metric and relative depth are mixed",
            expected="one of the two for all scenes",
            remedy="take all depth from one source: see section 'estimate_depth'",
        )
