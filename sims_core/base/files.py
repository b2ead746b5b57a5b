"""Atomic writes: a file or folder appears whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from sims_core.base import text_files
from sims_core.base.errors import SimsError

Reader = TypeVar("Reader")


@contextmanager
def atomic_folder(folder: Path) -> Iterator[Path]:
    """Yield a temporary sibling folder that replaces `folder` when the block ends without an error.

    On an error the temporary folder is removed and what was at `folder` stays as it was.
    """
    folder = Path(os.path.abspath(folder))
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        yield temporary
        previous = folder.with_name(f".{folder.name}.{os.getpid()}.old")
        if folder.exists():
            folder.rename(previous)
        temporary.rename(folder)
        shutil.rmtree(previous, ignore_errors=True)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Yield a temporary sibling path that replaces `path` when the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.tmp{path.suffix}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, content: Any) -> None:
    """Write JSON atomically, keys in the order given, a newline at the end."""
    with atomic_file(path) as temporary:
        temporary.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def read_json(path: Path, made_by: str) -> Any:
    """Read JSON.

    Args:
        path: The file.
        made_by: The stage that writes it, named in the error.

    Raises:
        SimsError: The file is missing, or refused by `text_files.read_json`.
    """
    if not path.is_file():
        raise SimsError(path, "not found", remedy=f"run stage '{made_by}' first")
    return text_files.read_json(path, f"run stage '{made_by}' again or 'dvc checkout'")


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def opened_once(open_folder: Callable[[Path], Reader]) -> Callable[[Path], Reader]:
    """Return a function that opens a folder once per process, and again when the folder was replaced."""

    @lru_cache(maxsize=4)
    def cached(folder: Path, identity: tuple[int, int] | None) -> Reader:
        return open_folder(folder)

    def opened(folder: Path) -> Reader:
        stat = folder.stat() if folder.is_dir() else None
        return cached(folder, None if stat is None else (stat.st_ino, stat.st_mtime_ns))

    return opened


def check_png_name(path: Path) -> None:
    """Raise SimsError when a picture is to be written under a name that is no PNG's."""
    if path.suffix.lower() != ".png":
        raise SimsError(
            path, "pictures are written as PNG", expected="a name ending in .png", found=path.suffix or "none"
        )
