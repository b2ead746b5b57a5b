"""Temporary folders beside no artifact: below `.sims/tmp`, removed by the next run when their process was killed."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

from sims_core.base.locks import try_lock
from sims_core.base.places import OWN_FOLDER, project_folder

_LOCK, _PREVIOUS, _PLACE = "lock", "previous", "place"


@contextmanager
def temporary_folder(target: Path) -> Iterator[Path]:
    """Yield a new folder from which a rename reaches a place; it is removed when the block ends.

    The folder lies in `.sims/tmp` of the project that the place is in. Where there is no project, or its `.sims` is on
    another file system, the folder is a hidden one beside the place. The folder's name says which process on which
    host made it, and it holds a lock that ends with this process: a folder without owner is removed by the next run.

    Args:
        target: The place; folders above it are made.

    Raises:
        OSError: The disk refuses.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    area = _area(target.parent)
    area[0].mkdir(parents=True, exist_ok=True)
    _clear_once(*area)
    folder, lock = _claim(*area)
    try:
        (folder / "new").mkdir()
        yield folder
    finally:
        with suppress(OSError):
            _restore(folder)
        shutil.rmtree(folder, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def replace_folder(new: Path, target: Path, folder: Path) -> None:
    """Rename a folder to a place; what lies there goes.

    A process that is killed in the midst of that leaves a record, by which the next run brings back what lay there.

    Args:
        new: Below `folder`.
        target: The place.
        folder: From `temporary_folder`.
    """
    if os.path.lexists(target):
        (folder / _PLACE).write_text(os.fspath(target), encoding="utf-8")
        target.rename(folder / _PREVIOUS)
    new.rename(target)


def clear_leftovers(place: Path) -> None:
    """Remove what killed processes left in `.sims/tmp` of a place's project, and finish what they were about."""
    project = project_folder(place)
    if project is not None:
        _clear(project / OWN_FOLDER / "tmp", "")


def _area(parent: Path) -> tuple[Path, str]:
    """Return in which folder temporary ones for a place lie, and how their names begin."""
    project = project_folder(parent)
    if project is not None:
        own = project / OWN_FOLDER
        if (own if own.exists() else project).stat().st_dev == parent.stat().st_dev:
            return own / "tmp", ""
    return parent, f"{OWN_FOLDER}-"


def _claim(area: Path, prefix: str) -> tuple[Path, int | None]:
    while True:
        # Host and process are for people: whether the process is there, the lock says.
        folder = Path(tempfile.mkdtemp(prefix=f"{prefix}{socket.gethostname()}-{os.getpid()}-", dir=area))
        try:
            lock = try_lock(folder / _LOCK)
        except OSError:
            if not folder.is_dir():
                continue
            # A file system without locks: nobody else can lock the folder either, so nobody removes it.
            return folder, None
        if lock is not None:
            return folder, lock


@lru_cache
def _clear_once(area: Path, prefix: str) -> None:
    _clear(area, prefix)


def _clear(area: Path, prefix: str) -> None:
    # What cannot be removed, on a disk that is read-only, harms nobody.
    with suppress(OSError):
        for folder in [path for path in area.iterdir() if path.name.startswith(prefix) and path.is_dir()]:
            with suppress(OSError):
                lock = try_lock(folder / _LOCK)
                if lock is not None:
                    _restore(folder)
                    shutil.rmtree(folder, ignore_errors=True)
                    os.close(lock)


def _restore(folder: Path) -> None:
    """Bring back what `replace_folder` had moved away when it was broken off."""
    record = folder / _PLACE
    if record.is_file() and (folder / _PREVIOUS).exists():
        place = Path(record.read_text(encoding="utf-8"))
        if not os.path.lexists(place):
            (folder / _PREVIOUS).rename(place)
