"""Text, JSON and YAML that people, programs and tools wrote, read within bounds.

What is refused, in one line with the file's name: bytes that are no UTF-8 (a byte order mark is passed over), files
that are too large, values nested too deeply, a key that is there twice, numbers that are not finite or have more than
64 bits, texts with characters that no file name and no page can hold, and YAML whose aliases stand for too much.
"""

from __future__ import annotations

import json
import re
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import CollectionNode, Node

from sims_core.base.errors import SimsError

if TYPE_CHECKING:
    from pydantic import ValidationError

# A megabyte of YAML takes the pure Python parser 5 seconds. What people write by hand has kilobytes.
MOST_YAML_BYTES = 2**20
# The largest file of a run has 100 kB; 44 MB took 3 s.
MOST_JSON_BYTES = 64 * 2**20
MOST_LEVELS = 64
_MOST_YAML_VALUES = 100_000
_LARGEST = 2**63 - 1
_SHOWN = 80
# NUL, control characters but for spaces and lines, halves of surrogate pairs.
_ODD = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def read_text(path: Path, most_bytes: int = MOST_JSON_BYTES, remedy: str | None = None) -> str:
    """Return the text of a UTF-8 file, without a byte order mark.

    Args:
        path: The file; that it exists is the caller's to check.
        most_bytes: A larger file is refused before it is read.
        remedy: What to do about a file that is wrong.

    Raises:
        SimsError: The file cannot be read, is too large, is no UTF-8, or holds control characters.
    """
    try:
        num_bytes = path.stat().st_size
        if num_bytes > most_bytes:
            raise SimsError(path, "is too large", expected=f"at most {most_bytes} bytes", found=num_bytes)
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"byte {error.object[error.start]:#04x} at place {error.start}"
        raise SimsError(path, "is no UTF-8 text", found=found, remedy=remedy or "save it as UTF-8") from error
    except OSError as error:
        raise SimsError(path, "cannot be read", found=error.strerror or error, remedy=remedy) from error
    if odd := _ODD.search(text):
        raise SimsError(path, "is no text", found=f"character {odd.group()!r} at place {odd.start()}", remedy=remedy)
    return text


def read_json(path: Path, remedy: str | None = None, most_bytes: int = MOST_JSON_BYTES) -> Any:
    """Return the content of a JSON file; arguments and errors as `read_text` and `parse_json`."""
    return parse_json(path, read_text(path, most_bytes, remedy), remedy)


def parse_json(where: object, text: str, remedy: str | None = None) -> Any:
    """Return the content of a JSON text, numbers finite and keys once.

    Raises:
        SimsError: Naming `where`; see the module for what is refused.
    """
    try:
        content = json.loads(text, object_pairs_hook=_keys_once)
    except RecursionError as error:
        raise _too_deep(where, remedy) from error
    except ValueError as error:
        raise SimsError(where, "is not valid JSON", found=_short(error), remedy=remedy) from error
    return _checked(where, content, remedy)


def read_yaml(path: Path, remedy: str | None = None) -> Any:
    """Return the content of a YAML file; arguments and errors as `read_text` and `parse_yaml`."""
    return parse_yaml(path, read_text(path, MOST_YAML_BYTES, remedy), remedy)


def parse_yaml(where: object, text: str, remedy: str | None = None) -> Any:
    """Return the content of a YAML 1.2 text (as DVC reads it, in which 1e-4 is a number), None for an empty one.

    Raises:
        SimsError: Naming `where`; see the module for what is refused.
    """
    if "&" in text and "*" in text:
        # Loading shares what aliases stand for; whoever copies it then would not.
        compose_yaml(where, text, remedy)
    try:
        content = YAML(typ="safe", pure=True).load(text)
    except RecursionError as error:
        raise _too_deep(where, remedy) from error
    # Numbers and dates that are none are plain ValueErrors, keys that are lists are TypeErrors.
    except (YAMLError, ValueError, TypeError) as error:
        raise SimsError(where, "is not valid YAML", found=_short(error), remedy=remedy) from error
    return _checked(where, content, remedy)


def compose_yaml(where: object, text: str, remedy: str | None = None) -> Node | None:
    """Return the nodes of a YAML text with their places; None for an empty one.

    Raises:
        SimsError: It is not YAML, too deep, or its aliases stand for more values than `parse_yaml` takes.
    """
    try:
        root: Node | None = YAML(typ="safe", pure=True).compose(text)
        num_values = _num_values(root, {}) if root is not None else 0
    except RecursionError as error:
        raise _too_deep(where, remedy) from error
    except YAMLError as error:
        raise SimsError(where, "is not valid YAML", found=_short(error), remedy=remedy) from error
    if num_values > _MOST_YAML_VALUES:
        raise SimsError(where, "has aliases that stand for too much", found=f"{num_values:.3g} values", remedy=remedy)
    return root


def _num_values(node: Node, known: dict[int, int]) -> int:
    """Return how many values a node stands for; an alias counts each time. A node within itself never ends."""
    if not isinstance(node, CollectionNode):
        return 1
    if id(node) not in known:
        known[id(node)] = _MOST_YAML_VALUES + 1  # until it is known: what holds itself is too much
        children = [child for item in node.value for child in (item if isinstance(item, tuple) else (item,))]
        known[id(node)] = 1 + sum(_num_values(child, known) for child in children)
    return known[id(node)]


def invalid(where: object, error: ValidationError, remedy: str | None = None) -> SimsError:
    """Return the first error of a model's validation in one line: which key, what is wrong, what was found."""
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"]) or "the content"
    message = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return SimsError(where, f"'{key}' {message}", found=shown(first["input"]), remedy=remedy)


def shown(value: object) -> str:
    """Return a value as Python writes it, cut where it is long."""
    return _cut(repr(value))


def _keys_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"key '{_cut(twice)}' twice")
    return content


def _checked(where: object, content: Any, remedy: str | None) -> Any:
    """Return content whose values are all right; raise SimsError naming the place of one that is not."""
    waiting: list[tuple[tuple[object, ...], Any]] = [((), [content])]
    while waiting:
        place, container = waiting.pop()
        if len(place) > MOST_LEVELS:
            raise _too_deep(where, remedy)
        is_mapping = isinstance(container, dict)
        for key, value in container.items() if is_mapping else enumerate(container):
            if isinstance(value, dict | list):
                waiting.append(((*place, key), value))
            elif (fault := _fault(value) or (_fault(key) if is_mapping else None)) is not None:
                # The list around the content is none of it.
                name = ".".join(str(part) for part in (*place, key)[1:]) or "the content"
                raise SimsError(where, f"'{name}' {fault}", remedy=remedy)
    return content


def _fault(value: object) -> str | None:
    """Return what is wrong with a scalar, None where nothing is."""
    if isinstance(value, float) and not isfinite(value):
        return f"is {value}, no finite number"
    if isinstance(value, int) and abs(value) > _LARGEST:
        return "is a number of more than 64 bits"
    if isinstance(value, str) and not value.isprintable() and (odd := _ODD.search(value)):
        return f"holds {odd.group()!r}, which is no text"
    return None


def _too_deep(where: object, remedy: str | None) -> SimsError:
    return SimsError(where, "is nested too deeply", expected=f"at most {MOST_LEVELS} levels", remedy=remedy)


def _short(error: Exception) -> str:
    return _cut(" ".join(str(error).split()), 4 * _SHOWN)


def _cut(text: str, length: int = _SHOWN) -> str:
    return text if len(text) <= length else f"{text[:length]}..."
