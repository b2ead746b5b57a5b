"""What readers keep in memory, of one table or of several that share a bound: open files and row groups.

A bank is a table per category. What each might keep would add up to a gigabyte at 1024 x 2048, in every worker.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from threading import RLock

import pyarrow as pa
import pyarrow.parquet as pq

# Of a table; None for all.
Columns = tuple[str, ...] | None
_Key = tuple[str, int, Columns]
# An open file takes 0.6 MiB, what its end says of 32 row groups, and 1.5 ms to open again.
_MOST_FILES = 64
_MOST_GROUPS_OF_ONE_TABLE = 8
_MOST_BYTES = 64 * 2**20


class Kept:
    """Keeps what was asked for last: 64 files, and row groups, 8 of each table and 64 MiB of all tables.

    The newest group is kept whatever its size.
    """

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._num_bytes = 0
        self._files: OrderedDict[Path, pq.ParquetFile] = OrderedDict()
        self._groups: OrderedDict[_Key, pa.Table] = OrderedDict()
        # A training reads ahead in one thread while it measures itself in another; an open file bears only one.
        self._lock = RLock()

    def file(self, path: Path, open_file: Callable[[Path], pq.ParquetFile]) -> pq.ParquetFile:
        """Return an open file; `open_file` opens it where it is not kept."""
        with self._lock:
            if path not in self._files:
                self._files[path] = open_file(path)
                if len(self._files) > _MOST_FILES:
                    self._files.popitem(last=False)
            self._files.move_to_end(path)
            return self._files[path]

    def rows(self, table: str, group: int, columns: Columns, read: Callable[[], pa.Table]) -> pa.Table:
        """Return columns of the rows of a group.

        Args:
            table: Its name among those that share the bound.
            group: Its number in the table.
            columns: Which.
            read: Reads it, where it is not kept.
        """
        key = (table, group, columns)
        with self._lock:
            if key not in self._groups:
                self._add(key, read())
            self._groups.move_to_end(key)
            return self._groups[key]

    def _add(self, key: _Key, found: pa.Table) -> None:
        self._groups[key] = found
        self._num_bytes += found.nbytes
        for superfluous in [kept for kept in self._groups if kept[0] == key[0]][:-_MOST_GROUPS_OF_ONE_TABLE]:
            self._drop(superfluous)
        while self._num_bytes > self._most_bytes and len(self._groups) > 1:
            self._drop(next(iter(self._groups)))

    def _drop(self, key: _Key) -> None:
        self._num_bytes -= self._groups.pop(key).nbytes
