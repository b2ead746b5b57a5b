"""Where a project begins: its folder is found from any path below it."""

from __future__ import annotations

import os
from pathlib import Path

# What a project keeps for itself: temporary files, locks, logs, states of trainings. Neither git nor DVC looks at it.
OWN_FOLDER = ".sims"
_MARKS = (OWN_FOLDER, "dvc.yaml")


def project_folder(path: Path) -> Path | None:
    """Return the nearest folder, from a path upwards, that holds `.sims` or `dvc.yaml`; None where there is none."""
    place = Path(os.path.abspath(path))
    return next((folder for folder in (place, *place.parents) if _is_marked(folder)), None)


def _is_marked(folder: Path) -> bool:
    return any((folder / mark).exists() for mark in _MARKS)
