"""Locks that die with their process: nobody ever has to remove one by hand."""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sims_core.base.errors import SimsError
from sims_core.base.places import OWN_FOLDER, project_folder


def try_lock(path: Path) -> int | None:
    """Lock a file, which is made if it is not there.

    The kernel gives the lock back when the process ends, however it ends.

    Args:
        path: The lock's file. Who holds the lock may remove the file, or a folder above it.

    Returns:
        The file descriptor that holds the lock until it is closed; None where another holds it, or has just removed
        the file.

    Raises:
        OSError: The file cannot be made, or the file system knows no locks.
    """
    descriptor = None
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Another who held the lock may have removed the file in between: this would be the lock of nothing.
        if os.path.samestat(path.stat(), os.fstat(descriptor)):
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    except BaseException:
        _close(descriptor)
        raise
    _close(descriptor)
    return None


@contextmanager
def only_writer(place: Path) -> Iterator[None]:
    """Let no other process that asks the same write to a place during the block.

    Args:
        place: A file or folder, which need not be there. Several files that belong together have one of them, or the
            name that they share, as their place.

    Raises:
        SimsError: Another process writes there.
    """
    project = project_folder(place)
    folder = Path(tempfile.gettempdir()) / f"sims-{os.getuid()}" if project is None else project / OWN_FOLDER / "locks"
    path = folder / hashlib.sha256(os.path.abspath(place).encode()).hexdigest()[:16]
    try:
        folder.mkdir(mode=0o700 if project is None else 0o777, parents=True, exist_ok=True)
        lock = try_lock(path)
    except OSError:
        # No locks on this file system, or no room for one: every single file is still written as a whole.
        yield
        return
    if lock is None:
        raise SimsError(place, "another process is writing this at the moment", remedy="wait until it has ended")
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink()
        os.close(lock)


def _close(descriptor: int | None) -> None:
    if descriptor is not None:
        os.close(descriptor)
