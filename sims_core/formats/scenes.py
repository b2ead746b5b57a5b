"""data/scenes: the scenes of both splits and the class table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import ValidationError

from sims_core.base.artifacts import new_artifact, open_artifact
from sims_core.base.errors import SimsError
from sims_core.base.files import opened_once, read_json, write_json
from sims_core.base.pictures import decode_png
from sims_core.formats.tables import IMAGE, ShardWriter, TableFormat, TableReader, image_cell
from sims_core.scenes.classes import ClassTable
from sims_core.scenes.scene import SPLITS, Scene, Split

SCENES = TableFormat(
    "scenes",
    2,
    "prepare",
    pa.schema(
        [
            pa.field("scene_id", pa.string(), nullable=False),
            pa.field("split", pa.string(), nullable=False),
            pa.field("photo", IMAGE, nullable=False),
            pa.field("labels", IMAGE, nullable=False),
            pa.field("instances", IMAGE),
            pa.field("depth", IMAGE),
            pa.field("coarse_labels", IMAGE),
            pa.field("licence", pa.string(), nullable=False),
        ]
    ),
)
CLASSES = "classes.json"
_FAR = 65535


def encode_depth(depth_m: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Turn metres into uint16 centimetres: 0 = unknown, 65535 = infinitely far (sky)."""
    centimetres = np.round(np.where(np.isinf(depth_m), 0, depth_m) * 100)
    encoded = np.clip(centimetres, 0, _FAR - 1).astype(np.uint16)
    encoded[(depth_m > 0) & (encoded == 0)] = 1
    encoded[np.isinf(depth_m)] = _FAR
    return encoded


def decode_depth(encoded: NDArray[np.uint16]) -> NDArray[np.float32]:
    """Turn uint16 centimetres back into float32 metres: 0 = unknown, inf = sky."""
    depth_m = encoded.astype(np.float32) / np.float32(100)
    depth_m[encoded == _FAR] = np.inf
    return depth_m


def write_scenes(folder: Path, classes: ClassTable, scenes: Iterable[Scene]) -> dict[Split, int]:
    """Write scenes (in the order given, shards per split) and the class table; return the counts.

    Scenes are taken one by one; no more than a shard of each split is held in memory.

    Raises:
        SimsError: An id appears twice, or a split is empty; nothing is written then.
    """
    seen: set[str] = set()
    with new_artifact(folder, "scenes", SCENES.made_by) as temporary:
        writers = {split: ShardWriter(temporary, split, SCENES) for split in SPLITS}
        for scene in scenes:
            if scene.scene_id in seen:
                raise SimsError(folder, f"scene id '{scene.scene_id}' appears twice", remedy="ids must be unique")
            seen.add(scene.scene_id)
            writers[scene.split].add(_to_row(scene))
        for split, writer in writers.items():
            if writer.num_rows == 0:
                raise SimsError(folder, f"split '{split}' is empty", expected="at least one scene")
            writer.close()
        write_json(temporary / CLASSES, classes.model_dump(mode="json"))
    return {split: writer.num_rows for split, writer in writers.items()}


class SceneReader:
    """Random access to the scenes of data/scenes by id."""

    def __init__(self, folder: Path) -> None:
        """Open and check the folder; SimsError when it is missing or damaged."""
        self.folder = folder
        self.classes = read_classes(folder)
        self._tables = {split: TableReader(folder, SCENES, f"{split}-*.parquet") for split in SPLITS}
        self._index = {
            scene_id: (split, row)
            for split, table in self._tables.items()
            for row, scene_id in enumerate(table.column("scene_id"))
        }

    def ids(self, split: Split) -> list[str]:
        """Return the scene ids of a split in stored order."""
        return [scene_id for scene_id, (where, _) in self._index.items() if where == split]

    def frame(self) -> tuple[int, int]:
        """Return the (height, width) in pixels that all scenes have."""
        height_px, width_px = self.load(self.ids("train")[0]).labels.shape
        return height_px, width_px

    def without_coarse_labels(self) -> list[str]:
        """Return the ids of the scenes that have no coarse layout; no picture is decoded."""
        return [
            scene_id
            for split in SPLITS
            for scene_id, cell in zip(self.ids(split), self._tables[split].column("coarse_labels"), strict=True)
            if cell is None
        ]

    def load(self, scene_id: str) -> Scene:
        """Return one scene."""
        split, row = self._index[scene_id]
        return _from_row(self._tables[split].row(row))

    def scenes(self, split: Split) -> Iterator[Scene]:
        """Yield the scenes of a split in stored order."""
        return (self.load(scene_id) for scene_id in self.ids(split))


open_scenes = opened_once(SceneReader)


def read_classes(folder: Path) -> ClassTable:
    """Read the class table of a scenes folder; SimsError when missing or wrong."""
    path = open_artifact(folder, SCENES.made_by).file(CLASSES)
    try:
        return ClassTable.model_validate(read_json(path, SCENES.made_by))
    except ValidationError as error:
        raise SimsError(path, "is not a class table", found=error.errors()[0]["msg"]) from error


def _to_row(scene: Scene) -> dict[str, Any]:
    return {
        "scene_id": scene.scene_id,
        "split": scene.split,
        "photo": image_cell(scene.photo, f"{scene.scene_id}.png"),
        "labels": image_cell(scene.labels),
        "instances": None if scene.instances is None else image_cell(scene.instances),
        "depth": None if scene.depth_m is None else image_cell(encode_depth(scene.depth_m)),
        "coarse_labels": None if scene.coarse_labels is None else image_cell(scene.coarse_labels),
        "licence": scene.licence,
    }


def _from_row(row: dict[str, Any]) -> Scene:
    instances, depth, coarse = row["instances"], row["depth"], row["coarse_labels"]
    return Scene(
        scene_id=row["scene_id"],
        split=row["split"],
        photo=decode_png(row["photo"]["bytes"]),
        labels=decode_png(row["labels"]["bytes"]),
        instances=None if instances is None else decode_png(instances["bytes"]),
        depth_m=None if depth is None else decode_depth(decode_png(depth["bytes"])),
        coarse_labels=None if coarse is None else decode_png(coarse["bytes"]),
        licence=row["licence"],
    )
