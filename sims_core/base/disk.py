"""What a disk refuses, said in one line: read-only places, full disks, paths below a file."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sims_core.base.errors import SimsError

# What to do when results of a command cannot be written.
OTHER_OUT = "name another place with -o, or make room"
_REMEDIES = {
    errno.ENOSPC: "make room on this disk and run the command again",
    errno.EDQUOT: "make room within your quota and run the command again",
    errno.EROFS: "work in a copy of the project on a disk that may be written",
    errno.EACCES: "check its permissions",
    errno.EPERM: "check its permissions",
    errno.ENOENT: "a missing artifact comes back by `dvc checkout` or `dvc repro`",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EMFILE: "raise the limit of open files: ulimit -n 4096",
}


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
        raise refused(error, path, remedy) from error


def refused(error: OSError, where: object, remedy: str | None = None) -> SimsError:
    """Return what a disk refused as one line.

    Args:
        error: Names its file, if it knows one.
        where: Said where the error names no file.
        remedy: What to do; by default, what helps against most errors of this kind.
    """
    named = where if error.filename is None else os.fsdecode(error.filename)
    remedy = remedy or _REMEDIES.get(error.errno or 0, "check that it is there and may be read and written")
    return SimsError(named, "cannot be read or written", found=error.strerror or str(error), remedy=remedy)
