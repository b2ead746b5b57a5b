"""Patterns that find some files of a folder and no others."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from glob import escape
from pathlib import Path, PurePath

from sims_core.base.errors import SimsError
from sims_core.datasets.settings import Patterns


def patterns_of(root: Path, paths: Sequence[Path], end: str, find: Callable[[Patterns], set[Path]]) -> Patterns:
    """Return the shortest patterns that find exactly some files.

    Args:
        root: The folder that patterns are relative to.
        paths: The files, at least one.
        end: What their stems end in.
        find: Returns what patterns find.

    Raises:
        SimsError: Every pattern finds others as well.
    """
    names = sorted({f"*{escape(end)}{escape(path.suffix)}" for path in paths})
    found: set[Path] = set()
    for folders in _folders(root, paths):
        patterns = tuple(f"{folder}/{name}" if folder else name for folder in folders for name in names)
        found = find(patterns)
        if found == set(paths):
            return patterns[0] if len(patterns) == 1 else patterns
    other = min(found ^ set(paths))
    raise SimsError(
        other,
        f"no pattern tells this file from {min(paths).name} and its like",
        expected="photos, label maps and other pictures in folders of their own, or with names of different endings",
        remedy="move what does not belong to another folder",
    )


def _folders(root: Path, paths: Sequence[Path]) -> Iterator[list[str]]:
    """Yield patterns of the files' folders: the folder, all below their common one, one star for each, all of them."""
    folders = sorted({path.parent.relative_to(root) for path in paths})
    if len(folders) == 1:
        yield [_escaped(folders[0].parts)]
        return
    common = Path(os.path.commonpath([root / folder for folder in folders])).relative_to(root)
    yield [_escaped(common.parts, "**")]
    if len({len(folder.parts) for folder in folders}) == 1:
        levels = [sorted(set(level)) for level in zip(*(folder.parts for folder in folders), strict=True)]
        yield ["/".join(escape(level[0]) if len(level) == 1 else "*" for level in levels)]
    yield [_escaped(folder.parts) for folder in folders]


def _escaped(parts: Sequence[str], *more: str) -> str:
    return PurePath(*(escape(part) for part in parts), *more).as_posix() if parts or more else ""
