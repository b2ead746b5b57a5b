"""What `prepare` can notice in passing, without reading a file twice; `sims data check` looks closer."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

import numpy as np

from sims_core.base.errors import SimsError
from sims_core.datasets.check.absent import absent_categories
from sims_core.datasets.check.photo_hash import Fingerprint, duplicates_across, fingerprint
from sims_core.scenes.classes import VOID, ClassTable
from sims_core.scenes.scene import Scene, Split


class SceneWatch:
    """Passes scenes on and remembers which categories occur and what the photos look like."""

    def __init__(self, classes: ClassTable) -> None:
        self._classes = classes
        self._occurs = np.zeros(VOID + 1, dtype=bool)
        self._prints: dict[Split, list[tuple[str, Fingerprint]]] = {"train": [], "val": []}
        self._void: list[str] = []

    def watch(self, scenes: Iterable[Scene]) -> Iterator[Scene]:
        """Yield the scenes as they are."""
        for scene in scenes:
            self._occurs[np.unique(scene.labels)] = True
            self._prints[scene.split].append((scene.scene_id, fingerprint(scene.photo)))
            if (scene.labels == VOID).all():
                self._void.append(scene.scene_id)
            yield scene

    def warnings(self) -> list[SimsError]:
        """Return what a user should know of the scenes that passed."""
        found = [SimsError(scene_id, "label map is void everywhere", remedy="leave it out") for scene_id in self._void]
        train, val = ([own for _, own in self._prints[split]] for split in ("train", "val"))
        for first, second in duplicates_across(train, val):
            ids = self._prints["train"][first][0], self._prints["val"][second][0]
            found.append(SimsError(ids[1], f"validation photo is training photo {ids[0]} as well", remedy="remove one"))
        absent = absent_categories(self._classes, self._occurs)
        return [*found, absent] if absent is not None else found

    def say(self) -> None:
        """Print the warnings, each as a line on stderr."""
        for warning in self.warnings():
            print(f"warning: {warning}", file=sys.stderr)  # noqa: T201
