"""Rows of tables, and scenes, as training examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from sims_core.base.seeding import derive_seed
from sims_core.formats.scenes import open_scenes
from sims_core.formats.tables import TableFormat, TableReader
from sims_core.scenes.scene import Scene
from sims_core.training.examples.batches import Batch, Examples


def split_scenes(scene_ids: Sequence[str], num_held_out: int, seed: int) -> tuple[list[str], list[str]]:
    """Divide scenes into those to learn from and those to measure the progress on; both in the order given.

    Whether a scene is held out hardly depends on which others there are, so that all trainings hold out the same.
    At most a fourth of the scenes is held out.
    """
    by_chance = sorted(scene_ids, key=lambda scene_id: derive_seed(seed, "validation", scene_id))
    held_out = set(by_chance[: min(num_held_out, len(scene_ids) // 4)])
    return [i for i in scene_ids if i not in held_out], [i for i in scene_ids if i in held_out]


class LazyTable:
    """A table that each process opens itself, when it first reads a row."""

    def __init__(self, folder: Path, table_format: TableFormat) -> None:
        self._source = (folder, table_format)
        self._reader: TableReader | None = None

    def row(self, index: int) -> dict[str, Any]:
        """Return one row with all its columns."""
        if self._reader is None:
            self._reader = TableReader(*self._source)
        return self._reader.row(index)

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"_reader": None}


class TableDataset(Dataset[Batch]):
    """Some rows of a table, decoded when asked for."""

    def __init__(self, table: LazyTable, rows: Sequence[int], decode: Callable[[dict[str, Any]], Batch]) -> None:
        self._table = table
        self._rows = list(rows)
        self._decode = decode

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> Batch:
        return self._decode(self._table.row(self._rows[index]))


def table_examples(
    source: tuple[Path, TableFormat],
    rows_by_scene: Mapping[str, Sequence[int]],
    decode: Callable[[dict[str, Any]], Batch],
    num_held_out: int,
    seed: int,
) -> Examples:
    """Return the rows of a table as examples, those of some scenes held out.

    Args:
        source: Folder and format of the table.
        rows_by_scene: Indices of the rows to use.
        decode: Makes an example of a row.
        num_held_out: Scenes to hold out.
        seed: The project's seed.
    """
    learned, held_out = split_scenes(list(rows_by_scene), num_held_out, seed)
    rows = [[row for scene_id in scene_ids for row in rows_by_scene[scene_id]] for scene_ids in (learned, held_out)]
    training, validation = (TableDataset(LazyTable(*source), part, decode) for part in rows)
    return Examples(training, validation if rows[1] else None)


def scene_examples(
    load: Callable[[str], Scene],
    scene_ids: Sequence[str],
    encode: Callable[[Scene], Batch],
    num_held_out: int,
    seed: int,
) -> Examples:
    """Return scenes as examples, each also mirrored, some of them held out and not mirrored."""
    learned, held_out = split_scenes(scene_ids, num_held_out, seed)
    validation = SceneDataset(load, held_out, encode, mirrors=False) if held_out else None
    return Examples(SceneDataset(load, learned, encode), validation)


class SceneDataset(Dataset[Batch]):
    """Scenes by id, as they are and, with `mirrors`, once more mirrored: twice as many examples as scenes."""

    def __init__(
        self,
        load: Callable[[str], Scene],
        scene_ids: Sequence[str],
        encode: Callable[[Scene], Batch],
        mirrors: bool = True,
    ) -> None:
        self._load = load
        self._scene_ids = list(scene_ids)
        self._encode = encode
        self._num_views = 2 if mirrors else 1

    def __len__(self) -> int:
        return self._num_views * len(self._scene_ids)

    def __getitem__(self, index: int) -> Batch:
        mirrored, position = divmod(index, len(self._scene_ids))
        example = self._encode(self._load(self._scene_ids[position]))
        if not mirrored:
            return example
        return {name: planes.flip(1) for name, planes in example.items()}


class SceneSource:
    """Loads scenes of a folder by id, in any process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, scene_id: str) -> Scene:
        """Return one scene."""
        return open_scenes(self.folder).load(scene_id)


def tensor(array: NDArray[Any]) -> Tensor:
    """Return an array as a tensor of its own memory."""
    return torch.from_numpy(np.ascontiguousarray(array))
