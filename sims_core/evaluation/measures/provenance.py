"""Checks on provenance: every pixel taken from a photo says so, and only training photos are used."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np

from sims_core.formats.canvases import Canvas


@dataclass
class ProvenanceCount:
    """Sums over canvases.

    Attributes:
        num_pixels: Pixels of all canvases.
        num_known: Pixels that carry photo content.
        num_traced: Known pixels whose provenance names a segment.
        photos: Ids of the photos that any known pixel came from.
    """

    num_pixels: int
    num_known: int
    num_traced: int
    photos: set[str]

    @classmethod
    def empty(cls) -> ProvenanceCount:
        """Return a count of nothing."""
        return cls(0, 0, 0, set())

    def add(self, canvas: Canvas) -> None:
        """Count one canvas."""
        self.num_pixels += canvas.known.size
        self.num_known += int(canvas.known.sum())
        named = (canvas.provenance > 0) & (canvas.provenance <= len(canvas.photo_ids))
        self.num_traced += int((canvas.known & named).sum())
        used = np.unique(canvas.provenance[canvas.known & named])
        self.photos |= {canvas.photo_ids[index - 1] for index in used.tolist()}

    def join(self, other: ProvenanceCount) -> None:
        """Add the canvases of another count."""
        self.num_pixels += other.num_pixels
        self.num_known += other.num_known
        self.num_traced += other.num_traced
        self.photos |= other.photos

    def summary(self, training_photos: AbstractSet[str]) -> dict[str, float | int]:
        """Return the figures for the metrics file."""
        return {
            "share_of_known_pixels": self.num_known / max(self.num_pixels, 1),
            "share_of_known_pixels_with_provenance": self.num_traced / max(self.num_known, 1),
            "num_source_photos": len(self.photos),
            "num_source_photos_not_in_training": len(self.photos - training_photos),
        }
