"""Rows of the bank -> its partitions, one per category, in shards of bounded size."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from sims_core.formats.bank import BANK, partition_name
from sims_core.formats.tables import picture_bytes, write_shard
from sims_core.scenes.classes import ClassTable

_ROWS_PER_SHARD = 512
# Rows wait in every category: at 1024 x 2048, and 512 of each, they would be gigabytes.
_MOST_BYTES_WAITING = 256 * 2**20


class PartitionWriter:
    """Writes `category=<name>/part-00000.parquet`, ...; use inside `files.atomic_folder`, and close in the end.

    A shard has 512 rows, the last one of a category what is left. When the pictures of all rows that wait take more
    than `most_bytes` (encoded), the category with the most of them becomes a shard at once.
    """

    def __init__(self, folder: Path, classes: ClassTable, most_bytes: int = _MOST_BYTES_WAITING) -> None:
        self._folder = folder
        self._classes = classes
        self._most_bytes = most_bytes
        self._waiting: dict[int, list[dict[str, Any]]] = defaultdict(list)
        self._waiting_bytes: dict[int, int] = defaultdict(int)
        self._num_shards: dict[int, int] = defaultdict(int)

    def add(self, row: dict[str, Any]) -> None:
        """Take the next row; write the shards that are due."""
        category = row["category_id"]
        self._waiting[category].append(row)
        self._waiting_bytes[category] += picture_bytes(BANK, row)
        if len(self._waiting[category]) == _ROWS_PER_SHARD:
            self._write(category)
        elif sum(self._waiting_bytes.values()) > self._most_bytes:
            self._write(max(sorted(self._waiting_bytes), key=self._waiting_bytes.__getitem__))

    def close(self) -> None:
        """Write the rows that are left."""
        for category in sorted(self._waiting):
            self._write(category)

    def _write(self, category: int) -> None:
        name = f"part-{self._num_shards[category]:05d}.parquet"
        rows = self._waiting.pop(category)
        write_shard(self._folder / partition_name(self._classes.names[category]) / name, BANK, rows)
        self._num_shards[category] += 1
        del self._waiting_bytes[category]
