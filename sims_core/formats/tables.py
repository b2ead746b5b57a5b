"""Sharded Parquet with a schema and a version: what every artifact format is built on.

Pictures are PNG bytes in ``struct<bytes: binary, path: string>`` columns, the convention of Hugging
Face `datasets`, so an artifact opens there, in pandas and in DuckDB.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sims_core.base.artifacts import Artifact, new_artifact, open_artifact
from sims_core.base.errors import SimsError
from sims_core.base.pictures import encode_png
from sims_core.formats.kept import Columns, Kept

IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
BOX = pa.list_(pa.int32(), 4)
_VERSION_KEY = b"sims.format"
# Small row groups make one row cheap to read from a large shard: so many rows, or less where they are large.
_ROWS_PER_GROUP = 16
_BYTES_PER_GROUP = 8 * 2**20
_ROWS_PER_SHARD = 256
# Rows of photos of 1024 x 2048 take megabytes each: 256 of them would be gigabytes, to write and to hold before.
_BYTES_PER_SHARD = 128 * 2**20


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
    schema = table_format.schema.with_metadata(
        {**(table_format.schema.metadata or {}), _VERSION_KEY: table_format.stamp}
    )
    table = pa.Table.from_pylist([dict(row) for row in rows], schema=schema)
    path.parent.mkdir(parents=True, exist_ok=True)
    fitting = _BYTES_PER_GROUP * len(rows) // max(1, table.nbytes)
    rows_per_group = max(1, min(_ROWS_PER_GROUP, fitting))
    # PNG does not compress again; dictionaries help only the short text columns.
    pq.write_table(table, path, compression="zstd", row_group_size=rows_per_group, use_dictionary=False)


def picture_bytes(table_format: TableFormat, row: Mapping[str, Any]) -> int:
    """Return how many bytes the pictures of a row take, encoded."""
    cells = (row.get(field.name) for field in table_format.schema if field.type == IMAGE)
    return sum(len(cell["bytes"]) for cell in cells if cell is not None)


class ShardWriter:
    """Writes the rows of one table as `<prefix>-00000.parquet`, ...; never holds more than the rows of one shard.

    A shard has `rows_per_shard` rows, or fewer when the pictures of the next row would bring it above
    `bytes_per_shard` (encoded); a row whose own pictures are above has a shard of its own. Use inside
    `files.atomic_folder`, and close in the end.

    Attributes:
        num_rows: Number of rows added so far.
    """

    def __init__(
        self,
        folder: Path,
        prefix: str,
        table_format: TableFormat,
        rows_per_shard: int = _ROWS_PER_SHARD,
        bytes_per_shard: int = _BYTES_PER_SHARD,
    ) -> None:
        self.num_rows = 0
        self._folder = folder
        self._prefix = prefix
        self._table_format = table_format
        self._limits = (rows_per_shard, bytes_per_shard)
        self._waiting: list[Mapping[str, Any]] = []
        self._waiting_bytes = 0
        self._num_shards = 0

    def add(self, row: Mapping[str, Any]) -> None:
        """Take the next row; write the shard that is full with it, or that it does not fit into any more."""
        most_rows, most_bytes = self._limits
        row_bytes = picture_bytes(self._table_format, row)
        if self._waiting and self._waiting_bytes + row_bytes > most_bytes:
            self._write()
        self._waiting.append(row)
        self._waiting_bytes += row_bytes
        self.num_rows += 1
        if len(self._waiting) == most_rows or self._waiting_bytes >= most_bytes:
            self._write()

    def close(self) -> None:
        """Write the rows that are left; a table without rows is one empty shard."""
        if self._waiting or self._num_shards == 0:
            self._write()

    def _write(self) -> None:
        path = self._folder / f"{self._prefix}-{self._num_shards:05d}.parquet"
        write_shard(path, self._table_format, self._waiting)
        self._num_shards += 1
        self._waiting = []
        self._waiting_bytes = 0


def write_shards(
    folder: Path,
    prefix: str,
    table_format: TableFormat,
    rows: Iterable[Mapping[str, Any]],
    rows_per_shard: int = _ROWS_PER_SHARD,
) -> int:
    """Write all rows of a table as `ShardWriter` does and return how many."""
    writer = ShardWriter(folder, prefix, table_format, rows_per_shard)
    for row in rows:
        writer.add(row)
    writer.close()
    return writer.num_rows


def write_table(
    folder: Path,
    prefix: str,
    table_format: TableFormat,
    rows: Iterable[Mapping[str, Any]],
    name: str,
    inputs: Sequence[Path] = (),
    made_by: str | None = None,
    rows_per_shard: int = _ROWS_PER_SHARD,
) -> int:
    """Write an artifact that is one table, and return its number of rows; see `new_artifact` and `write_shards`.

    The stage is that of the format, unless `made_by` names another one.
    """
    with new_artifact(folder, name, made_by or table_format.made_by, inputs) as temporary:
        return write_shards(temporary, prefix, table_format, rows, rows_per_shard)


class TableReader:
    """Random access to the rows of the shards of one table, in file-name then row order."""

    def __init__(
        self, folder: Path, table_format: TableFormat, pattern: str = "*.parquet", kept: Kept | None = None
    ) -> None:
        """Open the table; a shard is compared with its digest before it is first read.

        Args:
            folder: Of the artifact.
            table_format: What is expected.
            pattern: Of the table's shards below the folder.
            kept: What it keeps in memory; tables of one folder that share it share its bounds.

        Raises:
            SimsError: No shard, one missing, foreign or damaged, another format or version, a missing column.
        """
        self.folder = folder
        self.table_format = table_format
        artifact = open_artifact(folder, table_format.made_by)
        paths = artifact.paths(pattern)
        if not paths:
            raise SimsError(
                folder,
                f"no {table_format.name} table ({pattern})",
                remedy=f"run stage '{table_format.made_by}' first",
            )
        self._paths = paths
        self._artifact = artifact
        self._pattern = pattern
        self._kept = kept or Kept()
        groups = [
            (path, group, metadata.row_group(group).num_rows)
            for path in paths
            for metadata in [self._file(path).metadata]
            for group in range(metadata.num_row_groups)
        ]
        self._groups = [(path, group) for path, group, _ in groups]
        self._starts = np.cumsum([0] + [num_rows for _, _, num_rows in groups])

    def __len__(self) -> int:
        return int(self._starts[-1])

    def row(self, index: int, columns: Columns = None) -> dict[str, Any]:
        """Return one row with all its columns, or with some: what a row costs to read grows with their number."""
        group = int(np.searchsorted(self._starts, index, side="right")) - 1
        rows = self._kept.rows(self._pattern, group, columns, lambda: self._read_group(group, columns))
        row: dict[str, Any] = rows.slice(index - int(self._starts[group]), 1).to_pylist()[0]
        return row

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self.row(index) for index in range(len(self)))

    def columns(self, *names: str) -> pa.Table:
        """Return some columns of all rows, without reading the others."""
        tables = [self._guard(file, lambda f: f.read(columns=list(names))) for file in map(self._file, self._paths)]
        return pa.concat_tables(tables)

    def column(self, name: str) -> list[Any]:
        """Return one column of all rows as Python values."""
        values: list[Any] = self.columns(name).column(name).to_pylist()
        return values

    def _file(self, path: Path) -> pq.ParquetFile:
        return self._kept.file(path, partial(_open_checked, self._artifact, self.table_format))

    def _read_group(self, group: int, columns: Columns) -> pa.Table:
        path, group_in_file = self._groups[group]
        wanted = list(columns) if columns else None
        return self._guard(self._file(path), lambda f: f.read_row_group(group_in_file, wanted, use_threads=False))

    def _guard(self, file: pq.ParquetFile, read: Any) -> pa.Table:
        try:
            return read(file)
        except (pa.ArrowInvalid, OSError) as error:
            raise _damaged(self.folder, self.table_format, error) from error


def _open_checked(artifact: Artifact, table_format: TableFormat, path: Path) -> pq.ParquetFile:
    try:
        # What it reads ahead it would keep for as long as the file is open.
        file = pq.ParquetFile(artifact.verified(path), pre_buffer=False)
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
