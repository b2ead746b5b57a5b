"""data/depth: a depth map for every scene, with where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sims_core.formats.scenes import decode_depth, encode_depth
from sims_core.formats.tables import IMAGE, TableFormat, TableReader, image_cell
from sims_core.images import decode_png

DepthSource = Literal["sensor", "network"]

DEPTHS = TableFormat(
    "depths",
    1,
    "estimate_depth",
    pa.schema(
        [
            pa.field("scene_id", pa.string(), nullable=False),
            pa.field("source", pa.string(), nullable=False),
            pa.field("depth", IMAGE, nullable=False),  # uint16 centimetres, 0 = unknown, 65535 = sky
        ]
    ),
)


@dataclass(frozen=True)
class DepthMap:
    """Metric depth of one scene: (H, W) float32 metres, 0 = unknown, inf = sky; and its source."""

    depth_m: NDArray[np.float32]
    source: DepthSource


def depth_row(scene_id: str, depth: DepthMap) -> dict[str, Any]:
    """Return the table row of a depth map."""
    return {"scene_id": scene_id, "source": depth.source, "depth": image_cell(encode_depth(depth.depth_m))}


class DepthReader:
    """The depth maps of data/depth by scene id."""

    def __init__(self, folder: Path) -> None:
        """Open and check the folder."""
        self._table = TableReader(folder, DEPTHS)
        self._rows = {scene_id: row for row, scene_id in enumerate(self._table.column("scene_id"))}

    def load(self, scene_id: str) -> DepthMap:
        """Return one scene's depth map."""
        row = self._table.row(self._rows[scene_id])
        return DepthMap(decode_depth(decode_png(row["depth"]["bytes"])), row["source"])
