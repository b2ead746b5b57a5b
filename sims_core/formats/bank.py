"""data/bank: THE memory bank, one Parquet partition per category.

A query searches the index of one category; the pictures of a segment are read when it is chosen.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from glob import escape
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sims_core.base.artifacts import open_artifact
from sims_core.base.errors import SimsError
from sims_core.base.files import opened_once, read_json
from sims_core.base.pictures import decode_mask, decode_png
from sims_core.formats.kept import Kept
from sims_core.formats.search_index import SearchIndex, read_index
from sims_core.formats.tables import BOX, IMAGE, TableFormat, TableReader, image_cell
from sims_core.scenes.boxes import Box, box_slices
from sims_core.scenes.scene import Scene
from sims_core.scenes.segments import Segment

BANK = TableFormat(
    "bank",
    2,
    "extract_bank",
    pa.schema(
        [
            pa.field("segment_id", pa.string(), nullable=False),
            pa.field("scene_id", pa.string(), nullable=False),
            pa.field("component", pa.int32(), nullable=False),
            pa.field("category_id", pa.int32(), nullable=False),
            pa.field("frame_height_px", pa.int32(), nullable=False),
            pa.field("frame_width_px", pa.int32(), nullable=False),
            pa.field("area_px", pa.int32(), nullable=False),
            pa.field("box", BOX, nullable=False),
            pa.field("crop", IMAGE, nullable=False),
            pa.field("mask", IMAGE, nullable=False),
            pa.field("merged_mask", IMAGE, nullable=False),
            pa.field("context_box", BOX, nullable=False),
            pa.field("context_labels", IMAGE, nullable=False),
            pa.field("licence", pa.string(), nullable=False),
        ]
    ),
)


# What of a row makes a segment, and what its surroundings.
_PICTURES = (
    "segment_id",
    "scene_id",
    "category_id",
    "frame_height_px",
    "frame_width_px",
    "box",
    "crop.bytes",
    "mask.bytes",
    "licence",
)
_CONTEXT = ("context_box", "context_labels.bytes")


@dataclass(frozen=True)
class SegmentContext:
    """What surrounds a segment in its photo.

    Attributes:
        box: The segment's box enlarged, clipped to the frame.
        labels: uint8 labels inside `box`.
    """

    box: Box
    labels: NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class BankSegment:
    """One segment of the bank with its pictures.

    Attributes:
        segment_id: `<scene_id>:<component>`, stable when other photos come or go.
        scene_id: The source photo.
        category: Category id.
        frame: (height, width) of the source photo in pixels.
        box: (top, left, bottom, right) of the segment in the source photo.
        crop: (h, w, 3) uint8 RGB: the photo inside `box`, also outside the mask.
        mask: (h, w) bool, the segment's exact shape.
        licence: Of the source photo.
        context: What surrounds it, where that was asked for.
    """

    segment_id: str
    scene_id: str
    category: int
    frame: tuple[int, int]
    box: Box
    crop: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    licence: str
    context: SegmentContext | None = None


def partition_name(category_name: str) -> str:
    """Return the hive partition folder of a category, e.g. `category=traffic light`."""
    return f"category={category_name}"


def index_name(category_name: str) -> str:
    """Return where below the bank's folder the search index of a category lies."""
    # Readers of whole Parquet folders pass over names that begin so.
    return f"{partition_name(category_name)}/_search_index.arrow"


def segment_id_of(scene_id: str, component: int) -> str:
    """Return the id of a segment by its photo and its index there."""
    return f"{scene_id}:{component:04d}"


def photo_of(segment_id: str) -> str:
    """Return the id of the photo that a segment was cut from."""
    return segment_id.rpartition(":")[0]


def bank_row(scene: Scene, component: int, segment: Segment, context: Box) -> dict[str, Any]:
    """Return the table row of a segment.

    Args:
        scene: Its photo.
        component: Its index among the segments of the scene.
        segment: Its shape.
        context: Its box enlarged.
    """
    return {
        "segment_id": segment_id_of(scene.scene_id, component),
        "scene_id": scene.scene_id,
        "component": component,
        "category_id": segment.category,
        "frame_height_px": scene.labels.shape[0],
        "frame_width_px": scene.labels.shape[1],
        "area_px": segment.area_px,
        "box": segment.box,
        "crop": image_cell(scene.photo[box_slices(segment.box)]),
        "mask": image_cell(segment.mask),
        "merged_mask": image_cell(segment.merged_mask),
        "context_box": context,
        "context_labels": image_cell(scene.labels[box_slices(context)]),
        "licence": scene.licence,
    }


class BankReader:
    """The memory bank: tables and search indexes of categories opened when first asked for, segments by id.

    Attributes:
        photos: Ids of the photos that have segments, sorted.
    """

    def __init__(self, folder: Path) -> None:
        """Check that the bank and its manifest exist."""
        self.folder = folder
        manifest = open_artifact(folder, BANK.made_by).file("manifest.json")
        self.manifest: dict[str, Any] = read_json(manifest, BANK.made_by)
        self.grid: tuple[int, int] = (self.manifest["grid"][0], self.manifest["grid"][1])
        self.photos = sorted(self.manifest["photos"])
        self._kept = Kept()
        self._table = cache(self._open)
        self._index = cache(self._map_index)
        self._sorted = cache(self._sort)

    @property
    def categories(self) -> list[str]:
        """Names of the categories that have segments, sorted."""
        return sorted(self.manifest["num_segments"])

    def table(self, category_name: str) -> TableReader:
        """Return the table of one category.

        Raises:
            SimsError: The bank holds no segment of the category, or its file is damaged.
        """
        return self._table(category_name)

    def index(self, category_name: str) -> SearchIndex:
        """Return the search index of one category; its photos' codes are places in `photos`.

        Raises:
            SimsError: The bank holds no segment of the category, or its file is damaged.
        """
        return self._index(category_name)

    def segment(self, segment_id: str, category_name: str, *, with_context: bool = False) -> BankSegment:
        """Return one segment with its pictures; its surroundings are read where they are asked for."""
        ids, rows = self._sorted(category_name)
        wanted = segment_id.encode()
        place = int(np.searchsorted(ids, wanted))
        if place == len(ids) or ids[place] != wanted:
            raise SimsError(self.folder, f"no segment '{segment_id}' of category '{category_name}'")
        columns = _PICTURES + _CONTEXT if with_context else _PICTURES
        row = self.table(category_name).row(int(rows[place]), columns)
        context = None
        if with_context:
            context = SegmentContext(tuple(row["context_box"]), decode_png(row["context_labels"]["bytes"]))
        return BankSegment(
            segment_id=row["segment_id"],
            scene_id=row["scene_id"],
            category=row["category_id"],
            frame=(row["frame_height_px"], row["frame_width_px"]),
            box=tuple(row["box"]),
            crop=decode_png(row["crop"]["bytes"]),
            mask=decode_mask(row["mask"]["bytes"]),
            licence=row["licence"],
            context=context,
        )

    def _open(self, category_name: str) -> TableReader:
        self._check_known(category_name)
        return TableReader(self.folder, BANK, f"{escape(partition_name(category_name))}/*.parquet", self._kept)

    def _map_index(self, category_name: str) -> SearchIndex:
        self._check_known(category_name)
        return read_index(open_artifact(self.folder, BANK.made_by).file(index_name(category_name)))

    def _check_known(self, category_name: str) -> None:
        if category_name not in self.manifest["num_segments"]:
            raise SimsError(
                self.folder,
                f"category '{category_name}' is unknown to the bank",
                expected=f"one of {', '.join(self.categories)}",
                remedy="add training photos that show it, or repaint it in the layout",
            )

    def _sort(self, category_name: str) -> tuple[NDArray[np.bytes_], NDArray[np.int64]]:
        """Return the ids of a category, sorted, with their rows: a sixth of a dictionary, in every worker."""
        ids = np.array([name.encode() for name in self.table(category_name).column("segment_id")])
        order = np.argsort(ids)
        return ids[order], order


open_bank = opened_once(BankReader)
