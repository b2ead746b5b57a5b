"""Atomic writes: a file or folder appears whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, TypeVarTuple

from sims_core.base import text_files
from sims_core.base.errors import SimsError
from sims_core.base.places import OWN_FOLDER
from sims_core.base.temporary import replace_folder, temporary_folder

Arguments = TypeVarTuple("Arguments")
Reader = TypeVar("Reader")


@contextmanager
def atomic_folder(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder that replaces `folder` when the block ends without an error.

    On an error the temporary folder is removed and what was at `folder` stays as it was. After a kill the next run does
    the same (see `temporary_folder`).

    Raises:
        OSError: The disk refuses; the error names `folder`.
    """
    target = Path(os.path.abspath(folder))
    with _named(folder), temporary_folder(target) as temporary:
        new = temporary / "new" / target.name
        new.mkdir()
        yield new
        replace_folder(new, target, temporary)


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path of the same name that replaces `path` when the block ends without an error.

    Raises:
        OSError: The disk refuses; the error names `path`.
    """
    target = Path(os.path.abspath(path))
    with _named(path), temporary_folder(target) as temporary:
        new = temporary / "new" / target.name
        yield new
        new.replace(target)


@contextmanager
def _named(target: Path) -> Iterator[None]:
    """Let an OSError of a temporary file name what is written."""
    try:
        yield
    except OSError as error:
        parts = [] if error.filename is None else Path(os.fsdecode(error.filename)).parts
        if error.errno is not None and (not parts or any(part.startswith(OWN_FOLDER) for part in parts)):
            error.filename, error.filename2 = os.fspath(target), None
        raise


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


def opened_once(open_folders: Callable[[*Arguments], Reader]) -> Callable[[*Arguments], Reader]:
    """Return a function that opens folders once per process, and again when one among its arguments was replaced."""

    @lru_cache(maxsize=4)
    def cached(identities: tuple[tuple[int, int] | None, ...], *args: *Arguments) -> Reader:
        return open_folders(*args)

    def opened(*args: *Arguments) -> Reader:
        return cached(tuple(_identity(value) for value in args if isinstance(value, Path)), *args)

    return opened


def _identity(folder: Path) -> tuple[int, int] | None:
    if not folder.is_dir():
        return None
    stat = folder.stat()
    return stat.st_ino, stat.st_mtime_ns


def check_png_name(path: Path) -> None:
    """Raise SimsError when a picture is to be written under a name that is no PNG's."""
    if path.suffix.lower() != ".png":
        raise SimsError(
            path, "pictures are written as PNG", expected="a name ending in .png", found=path.suffix or "none"
        )
