"""Categories that no label map has."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from sims_core.base.errors import SimsError
from sims_core.scenes.classes import ClassTable


def absent_categories(classes: ClassTable, occurs: NDArray[Any]) -> SimsError | None:
    """Return what to say of categories that never occur, None when all do.

    Args:
        classes: The class table.
        occurs: (256,) by category id, whether it occurs or in how many pixels.
    """
    absent = [name for name, found in zip(classes.names, occurs, strict=False) if not found]
    if not absent:
        return None
    return SimsError(
        "class table",
        f"{len(absent)} of {len(classes)} categories never occur: {', '.join(absent)}",
        remedy="nothing can be retrieved for them",
    )
