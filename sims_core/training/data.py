"""Rows of tables, and scenes, as training examples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from sims_core.formats.scenes import open_scenes
from sims_core.formats.tables import TableFormat, TableReader
from sims_core.scene import Scene

Example = dict[str, Tensor]


class LazyTable:
    """A table that each process opens itself, when it first reads a row."""

    def __init__(self, folder: Path, table_format: TableFormat, pattern: str) -> None:
        self._source = (folder, table_format, pattern)
        self._reader: TableReader | None = None

    def row(self, index: int) -> dict[str, Any]:
        """Return one row with all its columns."""
        if self._reader is None:
            self._reader = TableReader(*self._source)
        return self._reader.row(index)

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"_reader": None}


class TableDataset(Dataset[Example]):
    """Some rows of a table, decoded when asked for."""

    def __init__(self, table: LazyTable, rows: Sequence[int], decode: Callable[[dict[str, Any]], Example]) -> None:
        self._table = table
        self._rows = list(rows)
        self._decode = decode

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> Example:
        return self._decode(self._table.row(self._rows[index]))


class SceneDataset(Dataset[Example]):
    """Scenes by id, as they are and then mirrored: twice as many examples as scenes."""

    def __init__(
        self, load: Callable[[str], Scene], scene_ids: Sequence[str], encode: Callable[[Scene], Example]
    ) -> None:
        self._load = load
        self._scene_ids = list(scene_ids)
        self._encode = encode

    def __len__(self) -> int:
        return 2 * len(self._scene_ids)

    def __getitem__(self, index: int) -> Example:
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
