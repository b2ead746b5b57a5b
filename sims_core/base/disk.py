"""What a disk refuses, said in one line: read-only places, full disks, paths below a file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sims_core.base.errors import SimsError

# What to do when results of a command cannot be written.
OTHER_OUT = "name another place with -o, or make room"


def check_writable(path: Path, remedy: str) -> None:
    """Raise SimsError when a file or folder cannot be made at a path, as far as that shows before long work.

    Args:
        path: What is to be written; folders of it that are missing will be made.
        remedy: What to do.
    """
    above = next(folder for folder in Path(os.path.abspath(path)).parents if os.path.lexists(folder))
    if not above.is_dir():
        raise SimsError(path, "cannot be written", found=f"{above} is a file", remedy=remedy)
    if not os.access(above, os.W_OK | os.X_OK):
        raise SimsError(path, "cannot be written", found=f"{above} is read-only", remedy=remedy)


@contextmanager
def disk_errors(path: Path, remedy: str) -> Iterator[None]:
    """Turn what the disk refuses within the block into a SimsError.

    Args:
        path: What is written; said where the error names no file, or a temporary one.
        remedy: What to do.
    """
    try:
        yield
    except OSError as error:
        named = None if error.filename is None else Path(os.fsdecode(error.filename))
        is_temporary = named is None or named.name.startswith(".")
        where = path if is_temporary else named
        raise SimsError(
            where, "cannot be read or written", found=error.strerror or str(error), remedy=remedy
        ) from error
