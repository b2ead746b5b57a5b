"""Layout and candidates -> canvas: the best segment of each component is aligned, put in order and pasted.

Paper section 4; reference, section 7, with its bugs mended. The layout that was asked for is never changed. What the
canvas shows instead, where a segment's shape differs, is the implied layout beside it. Beyond the paper, segments may
be cut to the layout, as those of simulated canvases are. Further candidates may fill what the best one leaves open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sims_core.base.parameters import Section
from sims_core.base.seeding import random_stream
from sims_core.composition.alignment import ThetaPredictor
from sims_core.composition.claims import allowed
from sims_core.composition.class_prior import ClassPrior
from sims_core.composition.elision import ElisionConfig, contact_band, elide_patch
from sims_core.composition.layers import Layer, Layers
from sims_core.composition.paste_order import Edge, FrontPredictor, paste_order, predicted_edges, prior_rank
from sims_core.composition.pasting import WorkingCanvas
from sims_core.composition.relations import adjacent_pairs
from sims_core.composition.variants import pinned, variant_matches
from sims_core.formats.bank import BankReader
from sims_core.formats.canvases import Canvas
from sims_core.formats.matches import ComponentMatches
from sims_core.scenes.boxes import box_slices, whole_frame
from sims_core.scenes.classes import VOID, ClassTable, Role
from sims_core.scenes.segmented_layout import SegmentedLayout, SegmentsConfig


class ComposeConfig(Section):
    """How canvases are made of a layout, and how many.

    `align`: the transformation network moves segments into their places. `order`: the ordering `network` says
    what is in front, or the `class_prior` counted on the training pairs. `clip`: a segment shows only where the layout
    asks for its category. `num_backing` further candidates lie beneath each segment, where it leaves the component
    open. Of `num_variants` canvases the first shows the best candidates, the
    others draw theirs at a `temperature`, in units of the score (see `variants`).
    """

    align: bool
    order: Literal["network", "class_prior"]
    clip: bool
    num_backing: int = Field(ge=0, le=20)
    num_variants: int = Field(ge=1, le=100)
    temperature: float = Field(ge=0, le=1000)


@dataclass(frozen=True, kw_only=True)
class Composer:
    """Everything a canvas is made with, whatever the layout.

    Attributes:
        config: How.
        bank: The memory bank.
        classes: Its class table.
        segments: The minimum size of a segment.
        elision: What is not taken over from the photos.
        prior: The class order, for pairs that no network orders.
        transform: The transformation network, or None to paste segments where their photo has them.
        ordering: The ordering network, or None to go by the prior.
    """

    config: ComposeConfig
    bank: BankReader
    classes: ClassTable
    segments: SegmentsConfig
    elision: ElisionConfig
    prior: ClassPrior
    transform: ThetaPredictor | None
    ordering: FrontPredictor | None

    def variants(
        self,
        layout: SegmentedLayout,
        matches: Sequence[ComponentMatches],
        num_variants: int,
        seed: int,
        pins: Mapping[int, str] = MappingProxyType({}),
        in_front: Sequence[Edge] = (),
    ) -> Iterator[Canvas]:
        """Yield canvases of one layout: the first shows the best candidates, the others draw theirs.

        The same arguments give the same bytes, however many variants are asked for.

        Args:
            layout: What is asked for.
            matches: Of each component, best first.
            num_variants: How many.
            seed: The project's seed.
            pins: Segments that take the first place of a component, whatever the variant.
            in_front: See `compose`.
        """
        layers, order = self.layers(layout), self.order(layout, in_front)
        for variant in range(num_variants):
            shown = variant_matches(matches, layout.name, variant, self.config.temperature, seed)
            stream = random_stream(seed, "compose", layout.name, variant)
            yield self._compose(layout, layers, order, pinned(shown, pins), stream, in_front)

    def compose(
        self,
        layout: SegmentedLayout,
        matches: Sequence[ComponentMatches],
        stream: np.random.Generator,
        in_front: Sequence[Edge] = (),
    ) -> Canvas:
        """Compose one canvas.

        Args:
            layout: What is asked for.
            matches: One per component of the layout; the first candidate is taken, further ones back it.
            stream: Decides which border pixels fade.
            in_front: Relations that hold whatever networks and prior say, without a cycle; the one in front also
                shows where it reaches into the other's place, although the layout asks for another category there.

        Raises:
            SimsError: The bank's photos have another size than the layout.
        """
        return self._compose(layout, self.layers(layout), self.order(layout, in_front), matches, stream, in_front)

    def _compose(
        self,
        layout: SegmentedLayout,
        layers: Layers,
        order: Sequence[int],
        matches: Sequence[ComponentMatches],
        stream: np.random.Generator,
        in_front: Sequence[Edge],
    ) -> Canvas:
        """Paste the layers of all components in order; what variants have in common comes from outside."""
        shape = layout.shape
        candidates = layers.of(matches, 1 + self.config.num_backing)
        canvas, implied = WorkingCanvas(shape), np.full(shape, VOID, dtype=np.uint8)
        pasted: list[tuple[int, Layer]] = []
        for component in order:
            own = layout.segments[component]
            if component not in candidates:
                canvas.punch(own.mask, own.box)
                np.copyto(implied[box_slices(own.box)], own.category, where=own.mask)
            for rank, layer in reversed(list(enumerate(candidates.get(component, [])))):
                pasted.append((component, layer))
                segment = layer.segment
                role = self.classes.categories[own.category].role
                patch = elide_patch(segment, segment.shadow, role, self.elision, shape, stream)
                shown = own.place.within(segment.box)
                if rank == 0:
                    shown = allowed(layout, component, segment.box, self.config.clip, in_front)
                canvas.paste(segment.rgb, patch.within(shown), len(pasted))
                np.copyto(implied[box_slices(segment.box)], own.category, where=segment.mask & shown)
        self._restore_background(implied, layout.labels)
        canvas.punch(contact_band(implied, self.classes, self.elision), whole_frame(shape))
        return Canvas(
            canvas=canvas.pixels,
            known=canvas.known,
            provenance=canvas.provenance,
            components=[component for component, _ in pasted],
            segment_ids=[layer.segment_id for _, layer in pasted],
            photo_ids=[layer.photo_id for _, layer in pasted],
            licences=[layer.licence for _, layer in pasted],
            implied_layout=implied,
        )

    def layers(self, layout: SegmentedLayout) -> Layers:
        """Return what reads and aligns the candidates of a layout."""
        return Layers(layout, self.bank, self.classes, self.elision, self.transform)

    def order(self, layout: SegmentedLayout, in_front: Sequence[Edge] = ()) -> list[int]:
        """Return all components back to front; those below the minimum size go by the prior alone.

        Args:
            layout: What is asked for.
            in_front: See `compose`.
        """
        segments = layout.segments
        pairs = adjacent_pairs(segments, layout.large(self.segments), layout.shape)
        edges = predicted_edges(pairs, segments, layout.labels, self.classes, self.prior, self.ordering)
        return paste_order(range(len(segments)), edges, prior_rank(segments, self.prior), in_front)

    def _restore_background(self, implied: NDArray[np.uint8], asked: NDArray[np.uint8]) -> None:
        """Give uncovered ground, foliage and other background its asked category; uncovered objects stay void."""
        background = self.classes.role_mask(asked, Role.PLANAR, Role.FOLIAGE, Role.STUFF)
        uncovered = (implied == VOID) & background
        implied[uncovered] = asked[uncovered]
