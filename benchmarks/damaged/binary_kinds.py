"""Ways to damage Parquet shards, weights and packed projects: files that stay well formed and say something else."""

from __future__ import annotations

import io
import json
import stat
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors.numpy import load, save

from benchmarks.damaged.kinds import Damage, Stream, of_bytes, rewrite

_GARBAGE = b"\x89PNG\r\n\x1a\n" + bytes(40)


def _table(change: Callable[[pa.Table, Stream], pa.Table]) -> Damage:
    def damage(path: Path, stream: Stream) -> None:
        changed = change(pq.read_table(path, partitioning=None), stream)
        path.unlink()
        pq.write_table(changed, path, row_group_size=16, use_dictionary=False)

    return damage


def _another_table(path: Path, stream: Stream) -> None:
    """Put a shard of another table in the place of this one."""
    data = next(folder for folder in path.parents if folder.name == "data")
    others = sorted(other for other in data.rglob("*.parquet") if other.parent != path.parent)
    rewrite(path, others[int(stream.integers(len(others)))].read_bytes())


def _neighbour(path: Path, _: Stream) -> None:
    """Put another shard or partition of the same kind in the place of this one."""
    others = sorted([*path.parent.glob("*.parquet"), *path.parent.parent.glob("category=*/*.parquet")])
    rewrite(path, next((other for other in reversed(others) if other != path), path).read_bytes())


def _column(table: pa.Table, name: str, values: list[Any]) -> pa.Table:
    index = table.column_names.index(name)
    field = table.schema.field(name)
    return table.set_column(index, field, pa.array(values, field.type))


def _every_number(change: Callable[[Any], Any]) -> Callable[[pa.Table, Stream], pa.Table]:
    """Change one value of one numeric column, or of the first list of numbers."""

    def changed(table: pa.Table, stream: Stream) -> pa.Table:
        numeric = [f.name for f in table.schema if pa.types.is_integer(f.type) or pa.types.is_floating(f.type)]
        if not numeric or not table.num_rows:
            return table.slice(0, max(0, table.num_rows - 1))
        name = numeric[int(stream.integers(len(numeric)))]
        values = table.column(name).to_pylist()
        place = int(stream.integers(len(values)))
        values[place] = change(values[place])
        return _column(table, name, values)

    return changed


def _pictures(content: bytes | None) -> Callable[[pa.Table, Stream], pa.Table]:
    """Put other bytes in the place of one picture; None: those of the same column's next picture, or of another's."""

    def changed(table: pa.Table, stream: Stream) -> pa.Table:
        names = [f.name for f in table.schema if pa.types.is_struct(f.type) and table.column(f.name).null_count == 0]
        if not names or not table.num_rows:
            return table.slice(0, max(0, table.num_rows - 1))
        name, other = (names[int(number)] for number in stream.integers(0, len(names), 2))
        cells = table.column(name).to_pylist()
        place = int(stream.integers(len(cells)))
        others = table.column(other).to_pylist()
        replaced = others[(place + 1) % len(others)]["bytes"] if content is None else content
        cells[place] = {**cells[place], "bytes": replaced}
        return _column(table, name, cells)

    return changed


def _ids(change: Callable[[str], str]) -> Callable[[pa.Table, Stream], pa.Table]:
    def changed(table: pa.Table, stream: Stream) -> pa.Table:
        names = [f.name for f in table.schema if f.type == pa.string()]
        if not table.num_rows:
            return table.drop_columns(names[:1])
        values = table.column(names[0]).to_pylist()
        place = int(stream.integers(len(values)))
        values[place] = change(values[place])
        return _column(table, names[0], values)

    return changed


PARQUET: Mapping[str, Damage] = {
    "a shard of another table": _another_table,
    "another shard of this table": _neighbour,
    "rows twice": _table(lambda table, _: pa.concat_tables([table, table])),
    "a row twice": _table(lambda table, _: pa.concat_tables([table, table.slice(0, 1)])),
    "a row missing": _table(lambda table, _: table.slice(0, table.num_rows - 1)),
    "no rows": _table(lambda table, _: table.slice(0, 0)),
    "rows in another order": _table(lambda table, _: table.take(list(range(table.num_rows))[::-1])),
    "another version": _table(lambda table, _: table.replace_schema_metadata({"sims.format": "scenes/99"})),
    "no version": _table(lambda table, _: table.replace_schema_metadata(None)),
    "a column missing": _table(lambda table, _: table.drop_columns([table.column_names[-1]])),
    "a column renamed": _table(lambda table, _: table.rename_columns(["x", *table.column_names[1:]])),
    "a foreign id": _table(_ids(lambda text: f"{text}x")),
    "an empty id": _table(_ids(lambda _: "")),
    "a number of -1": _table(_every_number(lambda _: -1)),
    "a number too large": _table(_every_number(lambda _: 2**31 - 1)),
    "a picture that is none": _table(_pictures(_GARBAGE)),
    "a picture that is empty": _table(_pictures(b"")),
    "another picture": _table(_pictures(None)),
}


def _with_header(content: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    change(header)
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + content[8 + length :]


def _first(header: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = next(value for key, value in header.items() if key != "__metadata__")
    return entry


def _one_weight(value: float) -> Callable[[bytes, Stream], bytes]:
    def change(content: bytes, stream: Stream) -> bytes:
        tensors = {name: tensor.copy() for name, tensor in load(content).items()}
        floats = sorted(name for name, tensor in tensors.items() if tensor.dtype == np.float32 and tensor.size)
        chosen = tensors[floats[int(stream.integers(len(floats)))]].reshape(-1)
        chosen[int(stream.integers(chosen.size))] = value
        return save(tensors)

    return change


def _tensors(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Damage:
    return of_bytes(lambda content, _: save(change(load(content))))


def _without_one(tensors: dict[str, Any]) -> dict[str, Any]:
    return {name: tensors[name] for name in sorted(tensors)[1:]}


SAFETENSORS: Mapping[str, Damage] = {
    "a header of 2^60 bytes": of_bytes(lambda content, _: struct.pack("<Q", 2**60) + content[8:]),
    "a header without end": of_bytes(lambda content, _: content[:8] + b"{" * (len(content) - 8)),
    "another type of numbers": of_bytes(
        lambda content, _: _with_header(content, lambda h: _first(h).update(dtype="F64"))
    ),
    "offsets beyond the end": of_bytes(
        lambda content, _: _with_header(content, lambda h: _first(h).update(data_offsets=[0, 2**40]))
    ),
    "a shape of 2^40": of_bytes(lambda content, _: _with_header(content, lambda h: _first(h).update(shape=[2**40]))),
    "a weight that is NaN": of_bytes(_one_weight(np.nan)),
    "a weight that is infinite": of_bytes(_one_weight(-np.inf)),
    "a weight of 1e30": of_bytes(_one_weight(1e30)),
    "another shape": _tensors(lambda tensors: {name: tensor.reshape(-1)[:1] for name, tensor in tensors.items()}),
    "half precision": _tensors(lambda tensors: {n: t.astype(np.float16) for n, t in tensors.items()}),
    "a tensor missing": _tensors(_without_one),
    "a tensor more": _tensors(lambda tensors: {**tensors, "unheard_of": np.zeros(3, np.float32)}),
}


def _archive(change: Callable[[dict[str, bytes]], dict[str, bytes]]) -> Damage:
    """Return the damage that packs a zip's files again, stored, with other ones among them."""

    def damaged(content: bytes, _: Stream) -> bytes:
        with ZipFile(io.BytesIO(content)) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        target = io.BytesIO()
        with ZipFile(target, "w") as archive:
            for name, data in change(files).items():
                archive.writestr(ZipInfo(name), data)
        return target.getvalue()

    return of_bytes(damaged)


def _entry(name: str, data: bytes, mode: int = 0, compression: int = 0) -> Damage:
    def damaged(content: bytes, _: Stream) -> bytes:
        target = io.BytesIO(content)
        entry = ZipInfo(name)
        entry.external_attr = mode << 16
        with ZipFile(target, "a") as archive:
            archive.writestr(entry, data, compression)
        return target.getvalue()

    return of_bytes(damaged)


def _named(ending: str, data: bytes) -> Damage:
    return _archive(lambda files: {name: data if name.endswith(ending) else old for name, old in files.items()})


def _size(content: bytes, _: Stream) -> bytes:
    """Let the directory claim 2^32 - 2 bytes for the first file."""
    place = content.rindex(b"PK\x01\x02") + 20
    return content[:place] + struct.pack("<II", 2**32 - 2, 2**32 - 2) + content[place + 8 :]


ZIP: Mapping[str, Damage] = {
    "a path upwards": _entry("../outside.txt", b"x"),
    "a path upwards inside": _entry("data/bank/../../../outside.txt", b"x"),
    "an absolute path": _entry("/tmp/outside.txt", b"x"),  # noqa: S108 - a name that must be refused
    "a drive": _entry("data/bank/C:\\outside.txt", b"x"),
    "a link": _entry("data/bank/link", b"/etc/passwd", stat.S_IFLNK | 0o777),
    "a device": _entry("data/bank/device", b"", stat.S_IFCHR | 0o666),
    "a bomb": _entry("data/bank/bomb", bytes(200_000_000), compression=ZIP_DEFLATED),
    "a foreign file": _entry("setup.py", b"x"),
    "a name of 300 characters": _entry(f"data/bank/{'x' * 300}", b"x"),
    "a file below a file": _entry("params.yaml/x", b"x"),
    "a folder below a file": _entry("data/bank/manifest.json/x", b"x"),
    "a NUL in a name": _entry("data/bank/a\0b", b"x"),
    "a size that lies": of_bytes(_size),
    "parameters missing": _archive(lambda files: {n: d for n, d in files.items() if n != "params.yaml"}),
    "the class table missing": _archive(lambda files: {n: d for n, d in files.items() if "classes" not in n}),
    "a damaged bank manifest": _named("bank/manifest.json", b"[]"),
    "a damaged card": _named("synthesis/card.json", b'{"format_version": 2}'),
    "a damaged partition": _named(".parquet", b"PAR1"),
    "damaged weights": _named(".safetensors", b"x"),
    "parameters in latin-1": _named("params.yaml", b"seed: \xe9"),
    "damaged credits": _named("CREDITS.json", b"x"),
}
