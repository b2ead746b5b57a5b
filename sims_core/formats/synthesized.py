"""data/synthesized: the synthesised photographs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sims_core.base.pictures import decode_png
from sims_core.formats.tables import IMAGE, TableFormat, TableReader

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


class ImageReader:
    """Random access to the images of one folder by (scene id, variant)."""

    def __init__(self, folder: Path) -> None:
        """Open and check the folder."""
        self.folder = folder
        self._table = TableReader(folder, IMAGES)
        keys = zip(self._table.column("scene_id"), self._table.column("variant"), strict=True)
        self._rows = {key: row for row, key in enumerate(keys)}

    def __iter__(self) -> Iterator[tuple[str, int]]:
        """Iterate over the (scene id, variant) pairs in stored order."""
        return iter(self._rows)

    def load(self, scene_id: str, variant: int) -> NDArray[np.uint8]:
        """Return one image, (H, W, 3) uint8 RGB."""
        return decode_png(self._table.row(self._rows[scene_id, variant])["image"]["bytes"])


def read_images(folder: Path) -> dict[tuple[str, int], NDArray[np.uint8]]:
    """Return all images, (H, W, 3) uint8 RGB, by (scene id, variant), in stored order."""
    reader = ImageReader(folder)
    return {key: reader.load(*key) for key in reader}
