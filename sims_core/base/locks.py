"""Locks that die with their process: nobody ever has to remove one by hand."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


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


def _close(descriptor: int | None) -> None:
    if descriptor is not None:
        os.close(descriptor)
