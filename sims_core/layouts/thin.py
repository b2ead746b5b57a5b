"""Layouts that ask for little: what is void or of one category alone is for the network to invent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sims_core.base.errors import few
from sims_core.scenes.classes import VOID, ClassTable

_MAX_VOID_SHARE = 0.5


class ThinLayouts:
    """Remembers which of many layouts are mostly void, or show one category alone."""

    def __init__(self, classes: ClassTable, is_refined: bool) -> None:
        """Start with none.

        Args:
            classes: Of the layouts.
            is_refined: Whether void is filled in before a photograph is made.
        """
        self._classes = classes
        self._is_refined = is_refined
        self._void: list[str] = []
        self._single: list[str] = []

    def look(self, labels: NDArray[np.uint8], path: Path) -> None:
        """Look at a layout, (H, W) uint8 category ids, 255 = void."""
        share = float((labels == VOID).mean())
        if share > _MAX_VOID_SHARE:
            self._void.append(f"{path.name} ({share:.0%})")
        categories = np.unique(labels[labels != VOID])
        if len(categories) == 1:
            self._single.append(f"{path.name} ('{self._classes.names[categories[0]]}')")

    def lines(self) -> list[str]:
        """Return what to say of them, at most a line for each of the two."""
        filled = "which the layout network fills in" if self._is_refined else "where the network invents what is there"
        lines = [f"mostly void, {filled}: {few(self._void)}"] if self._void else []
        if self._single:
            lines.append(f"one category alone, what its segments leave open is invented: {few(self._single)}")
        return lines
