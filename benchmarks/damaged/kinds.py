"""Ways to damage a file, by what the file is: each takes a path and a random stream and writes the damage there."""

from __future__ import annotations

import json
import re
import struct
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

Stream = np.random.Generator
Damage = Callable[[Path, Stream], None]
_DEPTH = 100_000
_HUGE_DIGITS = "9" * 5000
_JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"
# A key and its scalar value, in block or flow style.
_PAIR = re.compile(r"([\w. -]*\w): *([^\s{\[,}\]#|&*][^,}\]\n#]*)")


def rewrite(path: Path, content: bytes) -> None:
    """Put other content at a path, in a file of its own: what was there may be a link to an original."""
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def of_bytes(change: Callable[[bytes, Stream], bytes]) -> Damage:
    """Return the damage that changes the content of a file."""
    return lambda path, stream: rewrite(path, change(path.read_bytes(), stream))


def of_text(change: Callable[[str, Stream], str]) -> Damage:
    """Return the damage that changes the text of a file."""
    return of_bytes(lambda content, stream: change(content.decode(), stream).encode())


def _flip(content: bytes, stream: Stream) -> bytes:
    damaged = bytearray(content)
    for place in stream.integers(0, len(damaged), size=1 + len(damaged) // 4096):
        damaged[place] ^= int(stream.integers(1, 256))
    return bytes(damaged)


def _overwrite(content: bytes, stream: Stream) -> bytes:
    start = int(stream.integers(0, max(1, len(content) - 64)))
    return content[:start] + bytes(min(64, len(content) - start)) + content[start + 64 :]


def _folder(path: Path, _: Stream) -> None:
    path.unlink()
    path.mkdir()


def _link(path: Path, _: Stream) -> None:
    path.unlink()
    path.symlink_to(path.name)


# For every file, whatever it holds.
ANY: Mapping[str, Damage] = {
    "removed": lambda path, _: path.unlink(),
    "a folder in its place": _folder,
    "a link to itself": _link,
    "emptied": of_bytes(lambda _, __: b""),
    "truncated": of_bytes(lambda content, stream: content[: int(stream.integers(1, max(2, len(content))))]),
    "last byte missing": of_bytes(lambda content, _: content.rstrip()[:-1]),
    "bytes flipped": of_bytes(_flip),
    "bytes zeroed": of_bytes(_overwrite),
    "doubled": of_bytes(lambda content, _: content + content),
    "another type: zip": of_bytes(lambda _, __: b"PK\x05\x06" + bytes(18)),
    "another type: JPEG": of_bytes(lambda _, __: _JPEG),
    "another type: text": of_bytes(lambda _, __: b"no such content\n"),
}

TEXT: Mapping[str, Damage] = {
    "BOM": of_bytes(lambda content, _: b"\xef\xbb\xbf" + content),
    "UTF-16": of_bytes(lambda content, _: content.decode().encode("utf-16")),
    "latin-1": of_bytes(lambda content, stream: _insert(content, b"\xe9\xfc", stream)),
    "NUL": of_bytes(lambda content, stream: _insert(content, b"\x00", stream)),
    "control characters": of_bytes(lambda content, stream: _insert(content, b"\x1b[2J\x07", stream)),
    "lines of Windows": of_bytes(lambda content, _: content.replace(b"\n", b"\r\n")),
}


def _insert(content: bytes, extra: bytes, stream: Stream) -> bytes:
    place = int(stream.integers(0, len(content) + 1))
    return content[:place] + extra + content[place:]


def _nodes(content: Any) -> list[tuple[Any, Any]]:
    """Return every container of a JSON document with each of its keys."""
    items = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    return [node for key, value in items for node in [(content, key), *_nodes(value)]]


def json_value(raw: str) -> Damage:
    """Return the damage that puts a raw text in the place of one value, at any depth."""

    def change(text: str, stream: Stream) -> str:
        content = json.loads(text)
        nodes = _nodes(content)
        if not nodes:
            return raw
        container, key = nodes[int(stream.integers(len(nodes)))]
        container[key] = "@@damaged@@"
        return json.dumps(content).replace('"@@damaged@@"', raw)

    return of_text(change)


def _without_key(text: str, stream: Stream) -> str:
    content = json.loads(text)
    places = [(container, key) for container, key in _nodes(content) if isinstance(container, dict)]
    if places:
        container, key = places[int(stream.integers(len(places)))]
        del container[key]
    return json.dumps(content)


def _twice_a_key(text: str, stream: Stream) -> str:
    """Repeat the first key of the document with another value."""
    content = json.loads(text)
    if not isinstance(content, dict) or not content:
        return text[:-2]
    key = list(content)[int(stream.integers(len(content)))]
    return "{" + f"{json.dumps(key)}: 7, " + text.strip()[1:]


JSON: Mapping[str, Damage] = {
    "null in place of a value": json_value("null"),
    "-1 in place of a value": json_value("-1"),
    "text in place of a value": json_value('"x"'),
    "a list in place of a value": json_value("[]"),
    "a mapping in place of a value": json_value('{"x": 1}'),
    "1e400": json_value("1e400"),
    "1e30": json_value("1e30"),
    "5000 digits": json_value(_HUGE_DIGITS),
    "NaN": json_value("NaN"),
    "Infinity": json_value("-Infinity"),
    "a lone surrogate": json_value('"\\ud800"'),
    "a NUL in a text": json_value('"a\\u0000b"'),
    "a path upwards": json_value('"../../x"'),
    "a key missing": of_text(_without_key),
    "a key more": of_text(lambda text, _: '{"unheard_of": 1, ' + text.strip()[1:]),
    "a key twice": of_text(_twice_a_key),
    "a list at the top": of_text(lambda text, _: f"[{text}]"),
    "a number at the top": of_text(lambda _, __: "7"),
    "null at the top": of_text(lambda _, __: "null"),
    "nested deeply": of_text(lambda _, __: "[" * _DEPTH + "]" * _DEPTH),
    "mappings nested deeply": of_text(lambda _, __: '{"a":' * _DEPTH + "1" + "}" * _DEPTH),
    "50 million characters": of_text(lambda text, _: text + " " * 50_000_000 + "x"),
}


def yaml_value(raw: str) -> Damage:
    """Return the damage that puts a raw text in the place of one scalar value of a YAML file."""

    def change(text: str, stream: Stream) -> str:
        found = list(_PAIR.finditer(text))
        if not found:
            return raw
        chosen = found[int(stream.integers(len(found)))]
        return text[: chosen.start(2)] + raw + text[chosen.end(2) :]

    return of_text(change)


def _repeat_line(text: str, stream: Stream) -> str:
    lines = text.splitlines(keepends=True)
    keyed = [number for number, line in enumerate(lines) if re.match(r" *\w+: *[^\s#]", line)]
    if not keyed:
        return text.replace("name:", "name: x, name:", 1)
    number = keyed[int(stream.integers(len(keyed)))]
    return "".join([*lines[: number + 1], *lines[number:]])


def _drop_line(text: str, stream: Stream) -> str:
    lines = text.splitlines(keepends=True)
    keyed = [number for number, line in enumerate(lines) if ":" in line and not line.startswith("#")]
    number = keyed[int(stream.integers(len(keyed)))]
    return "".join([*lines[:number], *lines[number + 1 :]])


_BOMB = "bomb0: &b0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"bomb{n}: &b{n} [{', '.join([f'*b{n - 1}'] * 10)}]\n" for n in range(1, 10)
)
YAML: Mapping[str, Damage] = {
    "null in place of a value": yaml_value("null"),
    "-1 in place of a value": yaml_value("-1"),
    "text in place of a value": yaml_value("x y"),
    "a list in place of a value": yaml_value("[]"),
    "a mapping in place of a value": yaml_value("{x: 1}"),
    "1e400": yaml_value("1e400"),
    "1e30": yaml_value("1e30"),
    "5000 digits": yaml_value(_HUGE_DIGITS),
    "NaN": yaml_value(".nan"),
    "Infinity": yaml_value("-.inf"),
    "a date": yaml_value("2026-02-30"),
    "a tag that builds objects": yaml_value("!!python/object/apply:os.getcwd []"),
    "a tag with bytes": yaml_value("!!binary aGVsbG8="),
    "a tag with a wrong number": yaml_value("!!int x"),
    "a NUL in a text": yaml_value('"a\\0b"'),
    "an alias of nothing": yaml_value("*nowhere"),
    "an alias of itself": yaml_value("&self [*self]"),
    "an alias bomb": of_text(lambda text, _: _BOMB + text),
    "a bomb for a value": of_text(lambda text, stream: _BOMB + _PAIR.sub(r"\1: *b9", text, count=1)),
    "a key missing": of_text(_drop_line),
    "a key more": of_text(lambda text, _: text + "\nunheard_of: 1\n"),
    "a list for a key": of_text(lambda text, _: text + "\n? [a, b]\n: 1\n"),
    "a key twice": of_text(_repeat_line),
    "a list at the top": of_text(lambda _, __: "- 1\n- 2\n"),
    "two documents": of_text(lambda text, _: text + "\n---\n" + text),
    "nested deeply": of_text(lambda text, _: text + "\nx: " + "[" * _DEPTH + "]" * _DEPTH + "\n"),
    "mappings nested deeply": of_text(lambda text, _: text + "\nx: " + "{a: " * _DEPTH + "1" + "}" * _DEPTH + "\n"),
    "a tab for indentation": of_text(lambda text, _: text.replace("\n  ", "\n\t", 1) + "\t\n"),
}


def _cell(value: str) -> Callable[[str, Stream], str]:
    def change(text: str, stream: Stream) -> str:
        separator = "\t" if "\t" in text.partition("\n")[0] else ","
        rows = [line.split(separator) for line in text.splitlines()]
        row = int(stream.integers(1, max(2, len(rows)))) % len(rows)
        rows[row][int(stream.integers(len(rows[row])))] = value
        return "".join(separator.join(cells) + "\n" for cells in rows)

    return change


CSV: Mapping[str, Damage] = {
    "a cell of text": of_text(_cell("x")),
    "an empty cell": of_text(_cell("")),
    "nan": of_text(_cell("nan")),
    "inf": of_text(_cell("-inf")),
    "1e400": of_text(_cell("1e400")),
    "another separator": of_text(lambda text, _: text.replace(",", ";").replace("\t", ";")),
    "a cell missing": of_text(lambda text, _: re.sub(r"[,\t][^,\t\n]*\n\Z", "\n", text)),
    "a cell more": of_text(lambda text, _: text.rstrip("\n") + ",1,2\n"),
    "no header": of_text(lambda text, _: text.partition("\n")[2]),
    "the header alone": of_text(lambda text, _: text.partition("\n")[0] + "\n"),
    "a quote that never ends": of_text(lambda text, _: text + '"x'),
    "a row twice": of_text(lambda text, _: text + text.splitlines()[-1] + "\n"),
    "a cell of 200,000 characters": of_text(_cell("9" * 200_000)),
}


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(width: int, height: int, depth: int, colour: int, rows: bytes) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


PNG: Mapping[str, Damage] = {
    "a bomb of 100,000 x 100,000": of_bytes(lambda _, __: _png(100_000, 100_000, 8, 0, b"")),
    "a bomb of 30,000 x 30,000, whole": of_bytes(lambda _, __: _png(30_000, 30_000, 1, 0, bytes(3751 * 30_000))),
    "no pixels": of_bytes(lambda _, __: _png(0, 0, 8, 0, b"")),
    "one pixel": of_bytes(lambda _, __: _png(1, 1, 8, 0, b"\x00\x01")),
    "fewer rows than its head says": of_bytes(lambda _, __: _png(64, 64, 8, 0, bytes(65 * 10))),
    "a wrong checksum": of_bytes(lambda content, _: content[:29] + bytes(4) + content[33:]),
    "16 bits": of_bytes(lambda _, __: _png(64, 64, 16, 0, (b"\x00" + b"\x12\x34" * 64) * 64)),
    "a text of 50 MB": of_bytes(
        lambda content, _: content[:33] + _chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(50_000_000))) + content[33:]
    ),
}


# Of these a right file of the same form may come; nobody can tell that it was another one. The project's own artifacts
# have digests, so this is said of what people write alone.
_MAY_BE_RIGHT = frozenset(
    (
        *("removed", "a folder in its place", "a link to itself", "last byte missing"),
        *(f"{value} in place of a value" for value in ("null", "-1", "text")),
        "1e30",
        "a date",
        "a path upwards",
        "a key missing",
        *("one pixel", "a bomb of 30,000 x 30,000, whole"),
        "a cell of text",
        "an empty cell",
        "the header alone",
        "a row twice",
    )
)


# And of these a shorter list, another comment, another name.
_TEXTS = (".yaml", ".txt", ".md", ".py")
_MAY_BE_RIGHT_TEXT = ("truncated", "emptied", "bytes flipped", "doubled", "latin-1", "another type: text")


def may_be_right(path: Path, kind: str) -> bool:
    """Return whether a damaged file, relative to the project, may be a right one of other content."""
    if path.parts[0] == "data":
        return False
    return kind in _MAY_BE_RIGHT or (path.suffix in _TEXTS and kind in _MAY_BE_RIGHT_TEXT)


def damages_of(name: str) -> Mapping[str, Damage]:
    """Return all damages for a file by its name: those of its type after those of every file."""
    from benchmarks.damaged.binary_kinds import PARQUET, SAFETENSORS, ZIP

    own: Mapping[str, Mapping[str, Damage]] = {
        ".json": {**TEXT, **JSON},
        ".yaml": {**TEXT, **YAML},
        ".csv": {**TEXT, **CSV},
        ".tsv": {**TEXT, **CSV},
        ".txt": TEXT,
        ".png": PNG,
        ".parquet": PARQUET,
        ".safetensors": SAFETENSORS,
        ".zip": ZIP,
    }
    return {**ANY, **own.get(Path(name).suffix, {})}
