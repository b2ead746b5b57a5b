"""Sharded Parquet with a schema and a version: what every artifact format is built on.

Pictures are PNG bytes in ``struct<bytes: binary, path: string>`` columns, the convention of Hugging
Face `datasets`, so an artifact opens there, in pandas and in DuckDB.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sims_core.errors import SimsError
from sims_core.images import encode_png

IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
BOX = pa.list_(pa.int32(), 4)
_VERSION_KEY = b"sims.format"
# Small row groups make one row cheap to read from a large shard.
_ROWS_PER_GROUP = 16


@dataclass(frozen=True)
class TableFormat:
    """A named, versioned schema; `made_by` is the stage that writes it."""

    name: str
    version: int
    made_by: str
    schema: pa.Schema

    @property
    def stamp(self) -> bytes:
        """What the schema metadata says of name and version."""
        return f"{self.name}/{self.version}".encode()


def image_cell(picture: NDArray[Any], path: str | None = None) -> dict[str, Any]:
    """Return the cell of an image column."""
    return {"bytes": encode_png(picture), "path": path}


def write_shard(path: Path, table_format: TableFormat, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write one Parquet file; use inside `files.atomic_folder`."""
    schema = table_format.schema.with_metadata({_VERSION_KEY: table_format.stamp})
    table = pa.Table.from_pylist([dict(row) for row in rows], schema=schema)
    path.parent.mkdir(parents=True, exist_ok=True)
    # PNG does not compress again; dictionaries help only the short text columns.
    pq.write_table(table, path, compression="zstd", row_group_size=_ROWS_PER_GROUP, use_dictionary=False)


def write_shards(
    folder: Path, prefix: str, table_format: TableFormat, rows: Iterable[Mapping[str, Any]], rows_per_shard: int = 256
) -> int:
    """Write rows as `<prefix>-00000.parquet`, ... and return how many; an empty table gives one empty shard."""
    waiting: list[Mapping[str, Any]] = []
    num_shards = num_rows = 0
    for row in rows:
        waiting.append(row)
        num_rows += 1
        if len(waiting) == rows_per_shard:
            write_shard(folder / f"{prefix}-{num_shards:05d}.parquet", table_format, waiting)
            num_shards += 1
            waiting = []
    if waiting or num_shards == 0:
        write_shard(folder / f"{prefix}-{num_shards:05d}.parquet", table_format, waiting)
    return num_rows


class TableReader:
    """Random access to the rows of the shards of one table, in file-name then row order."""

    def __init__(self, folder: Path, table_format: TableFormat, pattern: str = "*.parquet") -> None:
        """Check every shard of the table.

        Raises:
            SimsError: No shard, a damaged file, another format or version, a missing column.
        """
        self.folder = folder
        self.table_format = table_format
        paths = sorted(folder.glob(pattern)) if folder.is_dir() else []
        if not paths:
            raise SimsError(
                folder,
                f"no {table_format.name} table ({pattern})",
                remedy=f"run stage '{table_format.made_by}' first",
            )
        self._files = [_open_checked(path, table_format) for path in paths]
        groups = [
            (file_index, group, file.metadata.row_group(group).num_rows)
            for file_index, file in enumerate(self._files)
            for group in range(file.metadata.num_row_groups)
        ]
        self._groups = [(file_index, group) for file_index, group, _ in groups]
        self._starts = np.cumsum([0] + [num_rows for _, _, num_rows in groups])
        self._read_group = lru_cache(maxsize=8)(self._read_group_uncached)

    def __len__(self) -> int:
        return int(self._starts[-1])

    def row(self, index: int) -> dict[str, Any]:
        """Return one row with all its columns."""
        group = int(np.searchsorted(self._starts, index, side="right")) - 1
        row: dict[str, Any] = self._read_group(group)[index - int(self._starts[group])]
        return row

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self.row(index) for index in range(len(self)))

    def columns(self, *names: str) -> pa.Table:
        """Return some columns of all rows, without reading the others."""
        tables = [self._guard(file, lambda f: f.read(columns=list(names))) for file in self._files]
        return pa.concat_tables(tables)

    def column(self, name: str) -> list[Any]:
        """Return one column of all rows as Python values."""
        values: list[Any] = self.columns(name).column(name).to_pylist()
        return values

    def _read_group_uncached(self, group: int) -> list[dict[str, Any]]:
        file_index, group_in_file = self._groups[group]
        table = self._guard(self._files[file_index], lambda f: f.read_row_group(group_in_file))
        rows: list[dict[str, Any]] = table.to_pylist()
        return rows

    def _guard(self, file: pq.ParquetFile, read: Any) -> pa.Table:
        try:
            return read(file)
        except (pa.ArrowInvalid, OSError) as error:
            raise _damaged(self.folder, self.table_format, error) from error


def _open_checked(path: Path, table_format: TableFormat) -> pq.ParquetFile:
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise _damaged(path, table_format, error) from error
    schema = file.schema_arrow
    stamp = (schema.metadata or {}).get(_VERSION_KEY, b"none")
    again = f"run stage '{table_format.made_by}' again"
    if stamp != table_format.stamp:
        raise SimsError(
            path, "another format", expected=table_format.stamp.decode(), found=stamp.decode(), remedy=again
        )
    for field in table_format.schema:
        found = schema.field(field.name).type if field.name in schema.names else "no such column"
        if found != field.type:
            raise SimsError(path, f"column '{field.name}'", expected=field.type, found=found, remedy=again)
    return file


def _damaged(path: Path, table_format: TableFormat, error: Exception) -> SimsError:
    first_line = str(error).split(". ", maxsplit=1)[0]
    remedy = f"run stage '{table_format.made_by}' again or 'dvc checkout'"
    return SimsError(path, "Parquet file is damaged", found=first_line, remedy=remedy)
