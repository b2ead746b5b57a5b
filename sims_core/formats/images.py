"""data/synthesized: the synthesised photographs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sims_core.formats.tables import IMAGE, TableFormat, TableReader
from sims_core.images import decode_png

IMAGES = TableFormat(
    "images",
    1,
    "synthesize",
    pa.schema(
        [
            pa.field("scene_id", pa.string(), nullable=False),
            pa.field("variant", pa.int32(), nullable=False),
            pa.field("image", IMAGE, nullable=False),
        ]
    ),
)


def read_images(folder: Path) -> dict[tuple[str, int], NDArray[np.uint8]]:
    """Return all images, (H, W, 3) uint8 RGB, by (scene id, variant), in stored order."""
    return {(row["scene_id"], row["variant"]): decode_png(row["image"]["bytes"]) for row in TableReader(folder, IMAGES)}
