"""data/canvases: composed canvases with their known-masks and per-pixel provenance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sims_core.base.pictures import decode_mask, decode_png
from sims_core.formats.tables import IMAGE, TableFormat, TableReader, image_cell

CANVASES = TableFormat(
    "canvases",
    2,
    "compose",
    pa.schema(
        [
            pa.field("scene_id", pa.string(), nullable=False),
            pa.field("variant", pa.int32(), nullable=False),
            pa.field("canvas", IMAGE, nullable=False),
            pa.field("known", IMAGE, nullable=False),
            pa.field("provenance", IMAGE, nullable=False),
            pa.field("components", pa.list_(pa.int32()), nullable=False),
            pa.field("segment_ids", pa.list_(pa.string()), nullable=False),
            pa.field("photo_ids", pa.list_(pa.string()), nullable=False),
            pa.field("licences", pa.list_(pa.string()), nullable=False),
            pa.field("implied_layout", IMAGE, nullable=False),
        ]
    ),
)


@dataclass(frozen=True, kw_only=True)
class Canvas:
    """What was pasted for one layout, and where each pixel came from.

    Attributes:
        canvas: (H, W, 3) uint8 RGB; black where nothing was pasted, white where content was elided.
        known: (H, W) bool, True where the pixel carries photo content.
        provenance: (H, W) uint16, 0 = none, i = `segment_ids[i - 1]`; nonzero exactly where known.
        components: Which component of the layout each segment was pasted for, in paste order (back to front);
            the last one of a component lies on top, those before it show where it leaves the component open.
        segment_ids: The bank segment of each of `components`.
        photo_ids: The source photo of each of `segment_ids`.
        licences: The licence of each of `photo_ids`.
        implied_layout: (H, W) uint8 labels that the canvas realises; the asked layout is never changed.
    """

    canvas: NDArray[np.uint8]
    known: NDArray[np.bool_]
    provenance: NDArray[np.uint16]
    components: list[int]
    segment_ids: list[str]
    photo_ids: list[str]
    licences: list[str]
    implied_layout: NDArray[np.uint8]


def canvas_row(scene_id: str, variant: int, canvas: Canvas) -> dict[str, Any]:
    """Return the table row of a canvas."""
    return {
        "scene_id": scene_id,
        "variant": variant,
        "canvas": image_cell(canvas.canvas),
        "known": image_cell(canvas.known),
        "provenance": image_cell(canvas.provenance),
        "components": canvas.components,
        "segment_ids": canvas.segment_ids,
        "photo_ids": canvas.photo_ids,
        "licences": canvas.licences,
        "implied_layout": image_cell(canvas.implied_layout),
    }


class CanvasReader:
    """The canvases of data/canvases by (scene id, variant)."""

    def __init__(self, folder: Path) -> None:
        """Open and check the folder."""
        self._table = TableReader(folder, CANVASES)
        keys = zip(self._table.column("scene_id"), self._table.column("variant"), strict=True)
        self._rows = {key: row for row, key in enumerate(keys)}

    def __iter__(self) -> Iterator[tuple[str, int]]:
        """Iterate over the (scene id, variant) pairs in stored order."""
        return iter(self._rows)

    def load(self, scene_id: str, variant: int) -> Canvas:
        """Return one canvas."""
        row = self._table.row(self._rows[scene_id, variant])
        return Canvas(
            canvas=decode_png(row["canvas"]["bytes"]),
            known=decode_mask(row["known"]["bytes"]),
            provenance=decode_png(row["provenance"]["bytes"]).astype(np.uint16),
            components=row["components"],
            segment_ids=row["segment_ids"],
            photo_ids=row["photo_ids"],
            licences=row["licences"],
            implied_layout=decode_png(row["implied_layout"]["bytes"]),
        )
