"""The row groups that were read last, of one table or of several that share a bound.

A bank is a table per category. What each might keep would add up to a gigabyte at 1024 x 2048, in every worker.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any

import pyarrow as pa

Rows = list[dict[str, Any]]
_MOST_OF_ONE_TABLE = 8
_MOST_BYTES = 64 * 2**20


class RowGroups:
    """Keeps the row groups that were asked for last: 8 of each table, and 64 MiB of all tables.

    The newest group is kept whatever its size.
    """

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._num_bytes = 0
        self._kept: OrderedDict[tuple[str, int], tuple[Rows, int]] = OrderedDict()
        # A training reads ahead in one thread while it measures itself in another; an open file bears only one.
        self._lock = Lock()

    def rows(self, table: str, group: int, read: Callable[[], pa.Table]) -> Rows:
        """Return the rows of a group.

        Args:
            table: Its name among those that share the bound.
            group: Its number in the table.
            read: Reads it, where it is not kept.
        """
        key = (table, group)
        with self._lock:
            if key not in self._kept:
                self._add(key, read())
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def _add(self, key: tuple[str, int], found: pa.Table) -> None:
        rows: Rows = found.to_pylist()
        self._kept[key] = (rows, found.nbytes)
        self._num_bytes += found.nbytes
        for superfluous in [kept for kept in self._kept if kept[0] == key[0]][:-_MOST_OF_ONE_TABLE]:
            self._drop(superfluous)
        while self._num_bytes > self._most_bytes and len(self._kept) > 1:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: tuple[str, int]) -> None:
        self._num_bytes -= self._kept.pop(key)[1]
