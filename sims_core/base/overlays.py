"""An overlay laid on a base: two YAML texts -> one, every comment in its place.

A text is taken apart into its keys with the lines that belong to each, and put together again line by line. So
numbers, lists and comments stay as they were written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ruamel.yaml.nodes import MappingNode, ScalarNode

from sims_core.base.errors import SimsError
from sims_core.base.text_files import MOST_YAML_BYTES, compose_yaml, read_text

_INDENTATION = "  "


@dataclass(frozen=True)
class Entry:
    """One key of a YAML mapping, in lines without the indentation of its depth.

    Attributes:
        above: The empty lines and comments above the key.
        lines: The key, its value and the comment behind; of a mapping the key's line alone.
        value: The text of a scalar, empty for anything else.
        children: By key, for a mapping that is written as lines; None for anything else.
    """

    above: list[str]
    lines: list[str]
    value: str
    children: dict[str, Entry] | None


def read_entries(path: Path) -> dict[str, Entry]:
    """Return the keys of a YAML file in order.

    Raises:
        SimsError: The file is not YAML, no mapping, or has a key twice.
    """
    text = read_text(path, MOST_YAML_BYTES)
    root = compose_yaml(path, text, "mend or remove the file")
    if not isinstance(root, MappingNode) or root.flow_style:
        raise SimsError(path, "is empty or no mapping", expected="a key a line, as in presets/demo.yaml")
    lines = text.splitlines()
    return _entries(path, root, lines, 0, len(lines))


def _entries(path: Path, mapping: MappingNode, lines: list[str], start: int, stop: int) -> dict[str, Entry]:
    """Return the keys of a mapping that is written in lines[start:stop]."""
    entries: dict[str, Entry] = {}
    first_lines = [key.start_mark.line for key, _ in mapping.value]
    for (key, value), line, following in zip(mapping.value, first_lines, [*first_lines[1:], None], strict=True):
        name = str(key.value)
        if name in entries:
            raise SimsError(path, f"key '{name}' in line {line + 1} is there twice", remedy="remove one")
        own_end = end = stop if following is None else _end(lines, following)
        children = None
        if isinstance(value, MappingNode) and not value.flow_style:
            first_child = value.value[0][0].start_mark.line
            if first_child > line:  # else an alias, whose mapping is further up
                own_end = _end(lines, first_child)
                children = _entries(path, value, lines, own_end, end)
        depth = " " * key.start_mark.column
        entries[name] = Entry(
            above=[text.removeprefix(depth).rstrip() for text in lines[start:line]],
            lines=[text.removeprefix(depth).rstrip() for text in lines[line:own_end]],
            value=value.value if isinstance(value, ScalarNode) else "",
            children=children,
        )
        start = end
    return entries


def _end(lines: list[str], following: int) -> int:
    """Return the line behind an entry: the first of the comments and empty lines above the key that follows."""
    while lines[following - 1].strip()[:1] in ("", "#"):
        following -= 1
    return following


def lay_over(base: dict[str, Entry], overlay: dict[str, Entry]) -> dict[str, Entry]:
    """Return the keys of a base, in its order, with those of an overlay in their place or at the end.

    Mappings merge, unless the overlay's has another `dataset`: other datasets have other keys. Lists, scalars, null
    and mappings in braces replace. A line of the overlay replaces the base's with the comment behind; comments above
    a key of the overlay replace those above the base's.
    """
    return base | {key: _lay_over(base[key], entry) if key in base else entry for key, entry in overlay.items()}


def _lay_over(base: Entry, overlay: Entry) -> Entry:
    above = base.above
    if any(overlay.above):
        above = [text for text in base.above if not text] + [text for text in overlay.above if text]
    children = overlay.children
    if base.children is not None and children is not None and not _is_other_dataset(base.children, children):
        children = lay_over(base.children, children)
    return replace(overlay, above=above, children=children)


def _is_other_dataset(base: dict[str, Entry], overlay: dict[str, Entry]) -> bool:
    return "dataset" in overlay and ("dataset" not in base or overlay["dataset"].value != base["dataset"].value)


def entries_text(entries: dict[str, Entry]) -> str:
    """Return keys as the text of a YAML file."""
    return "".join(f"{line}\n" for line in _lines(entries, ""))


def _lines(entries: dict[str, Entry], indentation: str) -> Iterator[str]:
    for entry in entries.values():
        yield from (f"{indentation}{line}" if line else "" for line in [*entry.above, *entry.lines])
        yield from _lines(entry.children or {}, indentation + _INDENTATION)
