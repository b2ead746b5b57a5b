"""A made photograph with all that is known of its pixels: category, instance, origin, and what was pasted there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sims_core.composition.credits import Credits
from sims_core.scenes.boxes import box_slices
from sims_core.scenes.classes import VOID, ClassTable, Role
from sims_core.scenes.segmented_layout import SegmentedLayout
from sims_core.synthesis.synthesizer import RetrievedLayout, SynthesisResult

# What a pixel of `LabelledPicture.origins` says; whoever gives pixels another origin adds a number here.
ORIGINS = {0: "invented by the synthesis network", 1: "pasted from a photo"}


@dataclass(frozen=True, kw_only=True)
class LabelledPicture:
    """A photograph and its labels.

    Attributes:
        labels: (H, W) uint8 category ids, 255 = void: the layout that was asked for.
        instances: (H, W) uint16: objects are numbered from 1; 0 = no object.
        photo: (H, W, 3) uint8 RGB.
        origins: (H, W) uint8, see `ORIGINS`.
        implied: (H, W) uint8: the categories of what was pasted, 255 where nothing says what is shown.
        provenance: (H, W) uint16: i = a pixel of `sources[i]`, 0 = invented.
        sources: Segment ids, PHOTO:NUMBER; the first one is empty.
        credits: Every source photo with its share of the pixels.
    """

    labels: NDArray[np.uint8]
    instances: NDArray[np.uint16]
    photo: NDArray[np.uint8]
    origins: NDArray[np.uint8]
    implied: NDArray[np.uint8]
    provenance: NDArray[np.uint16]
    sources: tuple[str, ...]
    credits: Credits

    @property
    def share_disagreeing(self) -> float:
        """Share of the pixels that show a pasted segment of another category than the label map says."""
        return float(((self.provenance > 0) & (self.labels != VOID) & (self.implied != self.labels)).mean())


def labelled_picture(retrieved: RetrievedLayout, result: SynthesisResult, classes: ClassTable) -> LabelledPicture:
    """Return a variant of a layout with its labels."""
    return LabelledPicture(
        labels=retrieved.layout.labels,
        instances=number_objects(retrieved.layout, classes),
        photo=result.photo,
        origins=result.canvas.known.astype(np.uint8),
        implied=result.canvas.implied_layout,
        provenance=result.provenance,
        sources=result.sources,
        credits=result.credits,
    )


def number_objects(layout: SegmentedLayout, classes: ClassTable) -> NDArray[np.uint16]:
    """Number the segments of categories that are objects, (H, W) uint16 from 1; 0 elsewhere.

    Where instances were annotated, each has one number. Elsewhere a connected component has one, so that objects of a
    category that touch count as one.
    """
    numbered = np.zeros(layout.shape, dtype=np.uint16)
    objects = set(classes.ids_with_role(Role.OBJECT))
    own = [segment for segment in layout.segments if segment.category in objects]
    for number, segment in enumerate(own, start=1):
        np.copyto(numbered[box_slices(segment.box)], number, where=segment.mask)
    return numbered
