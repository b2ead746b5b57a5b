"""Candidates of a layout -> layers: each read and aligned once, whatever number of variants shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sims_core.base.errors import SimsError
from sims_core.composition.alignment import ShadedSegment, ThetaPredictor, align_segments
from sims_core.composition.elision import ElisionConfig, shadow_band
from sims_core.formats.bank import BankReader
from sims_core.formats.matches import ComponentMatches
from sims_core.scenes.classes import ClassTable, Role
from sims_core.scenes.segmented_layout import SegmentedLayout


@dataclass(frozen=True)
class Layer:
    """A candidate for a component, in its place.

    Attributes:
        segment_id: Its id in the bank.
        photo_id: Its photo.
        licence: Of the photo.
        segment: Its pixels.
    """

    segment_id: str
    photo_id: str
    licence: str
    segment: ShadedSegment


class Layers:
    """The candidates of one layout in their places.

    What is kept are crops: memory grows with the pixels of the segments, not with frames.
    """

    def __init__(
        self,
        layout: SegmentedLayout,
        bank: BankReader,
        classes: ClassTable,
        elision: ElisionConfig,
        transform: ThetaPredictor | None,
    ) -> None:
        self._layout = layout
        self._bank = bank
        self._classes = classes
        self._elision = elision
        self._transform = transform
        self._known: dict[tuple[int, str], Layer] = {}

    def of(self, matches: Sequence[ComponentMatches], num_layers: int) -> dict[int, list[Layer]]:
        """Return the first candidates of each component that has any, best first.

        The transformation network is asked once, about all that are new.

        Args:
            matches: One per component of the layout.
            num_layers: At most so many candidates of a component.

        Raises:
            SimsError: The bank's photos have another size than the layout.
        """
        wanted = {match.component: match.segment_ids[:num_layers] for match in matches if match.segment_ids}
        pairs = [(component, segment_id) for component, ids in wanted.items() for segment_id in ids]
        self._place([pair for pair in pairs if pair not in self._known])
        return {component: [self._known[component, each] for each in ids] for component, ids in wanted.items()}

    def _place(self, pairs: Sequence[tuple[int, str]]) -> None:
        layers = [self._read(*pair) for pair in pairs]
        segments = [layer.segment for layer in layers]
        if self._transform is not None:
            places = [self._layout.segments[component].place for component, _ in pairs]
            segments = align_segments(segments, places, self._layout.labels, self._transform)
        for pair, layer, segment in zip(pairs, layers, segments, strict=True):
            self._known[pair] = replace(layer, segment=segment)

    def _read(self, component: int, segment_id: str) -> Layer:
        """Return a candidate where its photo has it."""
        category = self._classes.categories[self._layout.segments[component].category]
        is_ground = category.role is Role.PLANAR
        segment = self._bank.segment(segment_id, category.name, with_context=is_ground)
        shape = self._layout.shape
        if segment.frame != shape:
            raise SimsError(
                self._bank.folder,
                "the bank's photos have another size than the layout",
                expected=f"{shape[1]} x {shape[0]}",
                found=f"{segment.frame[1]} x {segment.frame[0]}",
                remedy="run stage 'extract_bank' again",
            )
        shadow = shadow_band(segment, self._classes, self._elision) if is_ground else np.zeros_like(segment.mask)
        placed = ShadedSegment(segment.box, segment.mask, segment.crop, shadow)
        return Layer(segment_id, segment.scene_id, segment.licence, placed)
