"""What the readers of JSON files of annotation tools share: finding them, and saying where they are wrong."""

from __future__ import annotations

import math
import mmap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sims_core.base.errors import SimsError
from sims_core.datasets.annotations.regions import Corners
from sims_core.datasets.raw_files import read_json_file

EXPORT_AGAIN = "export the annotations again"
_MIN_CORNERS = 3
_MAX_CHANNEL = 255


def files_below(root: Path, suffix: str) -> list[Path]:
    """Return the files below a folder whose names end in a suffix in any case, but no hidden ones, sorted."""
    return sorted(
        path
        for path in root.rglob("*")
        if path.suffix.lower() == suffix
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(root).parts)
    )


def json_documents(root: Path, is_of_tool: Callable[[Any], bool]) -> Iterator[tuple[Path, Any]]:
    """Yield the JSON files below a folder whose content is of a tool, with their content.

    Args:
        root: The folder.
        is_of_tool: Says so of a content.

    Raises:
        SimsError: A file is no JSON.
    """
    for path in files_below(root, ".json"):
        content = read_json_file(path, EXPORT_AGAIN)
        if is_of_tool(content):
            yield path, content


def holds(path: Path, *words: bytes) -> bool:
    """Say whether a file holds all of some words; it may be larger than what one would read for that."""
    if path.stat().st_size == 0:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return all(content.find(word) >= 0 for word in words)


@contextmanager
def in_the_form_of(tool: str, path: Path) -> Iterator[None]:
    """Turn what looking into a document of another form raises into SimsError.

    Args:
        tool: Whose form it should have.
        path: The file, for the error.
    """
    try:
        yield
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
        what = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise SimsError(path, f"is not of {tool}'s form", found=what, remedy=EXPORT_AGAIN) from error


def corners_of(points: Sequence[Any]) -> Corners:
    """Return [[x, y], ...] as corners of a polygon.

    Raises:
        ValueError: Fewer than three points, or a coordinate that is no finite number.
        TypeError: As for points that are none.
    """
    corners = tuple(float(value) for x, y in points for value in (x, y))
    if len(corners) < 2 * _MIN_CORNERS:
        raise ValueError(f"a polygon of {len(points)} points")
    if not all(math.isfinite(value) for value in corners):
        raise ValueError("a coordinate that is no finite number")
    return corners


def rgb_of(channels: Sequence[Any]) -> tuple[int, int, int]:
    """Return three numbers from 0 to 255 as a colour; TypeError or ValueError where they are something else."""
    red, green, blue = (int(channel) for channel in channels)
    if not all(0 <= channel <= _MAX_CHANNEL for channel in (red, green, blue)):
        raise ValueError(f"the colour {red}, {green}, {blue}")
    return red, green, blue


def size_of(height: Any, width: Any) -> tuple[int, int]:
    """Return (height, width) as the document says it; TypeError or ValueError where these are no numbers."""
    return int(height), int(width)
