"""A finished project as a library: a layout becomes photographs, and each says where its pixels came from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sims_core.bank.ids import BankIds
from sims_core.base.artifacts import check_together
from sims_core.base.errors import SimsError
from sims_core.base.parameters import load_parameters
from sims_core.composition.composer import ComposeConfig
from sims_core.composition.credits import Credits, credits_of
from sims_core.composition.elision import ElisionConfig
from sims_core.formats.bank import BankReader
from sims_core.formats.canvases import Canvas
from sims_core.formats.matches import ComponentMatches
from sims_core.networks.trained.synthesis import SynthesisPredictor
from sims_core.retrieval.candidates import match_layouts
from sims_core.retrieval.known_categories import check_categories_known
from sims_core.retrieval.search import RetrieveConfig
from sims_core.retrieval.touching import split_touching
from sims_core.scenes.classes import VOID
from sims_core.scenes.segmented_layout import SegmentedLayout, SegmentsConfig
from sims_core.synthesis.control import NOTHING, Control, check_control
from sims_core.synthesis.packed import PARAMS, open_project
from sims_core.synthesis.project import ComposerFiles, load_composer

# No photo has an empty name, so that none is left out of the search.
_SCENE_ID = ""


@dataclass(frozen=True)
class RetrievedLayout:
    """A layout with its candidates, from which any number of variants are made.

    Attributes:
        layout: What is asked for; a component's number is its index in the layout's segments.
        matches: Of each component in order, best first, without what is banned; pins are not in it.
        large: The components above the minimum size; the others have no candidates.
        control: What was decided for it.
        banned: All that is banned, by the parameters or for this layout.
    """

    layout: SegmentedLayout
    matches: list[ComponentMatches]
    large: frozenset[int]
    control: Control
    banned: frozenset[str]


@dataclass(frozen=True)
class SynthesisResult:
    """A photograph and where it came from.

    Attributes:
        photo: (H, W, 3) uint8 RGB.
        canvas: The pasted segments that the network made it of.
        banned: Ids of the photos and segments that were kept from it.
    """

    photo: NDArray[np.uint8]
    canvas: Canvas
    banned: frozenset[str]

    @property
    def provenance(self) -> NDArray[np.uint16]:
        """(H, W) uint16: where each pixel came from, as an index into `sources`; 0 = invented by the network."""
        return self.canvas.provenance

    @property
    def sources(self) -> tuple[str, ...]:
        """Segment ids, PHOTO:NUMBER, by the values of `provenance`; the first one is empty, for invented pixels."""
        return ("", *self.canvas.segment_ids)

    @property
    def credits(self) -> Credits:
        """Every source photo with its share of the pixels, its segments and its licence; ready to be JSON."""
        return credits_of(self.canvas, self.banned)


class Synthesizer:
    """The networks and the bank of a finished project; loaded once, asked for any number of layouts.

    Six variants of a layout, of which component 3 shows a segment chosen by hand:

        synthesizer = Synthesizer("project.zip")
        retrieved = synthesizer.retrieve(labels, control=Control(pins={3: "photo_12:0004"}))
        photos = [result.photo for result in synthesizer.variants(retrieved, 6)]

    Attributes:
        bank: The memory bank.
        classes: The project's class table.
        frame: (height, width) in pixels of the pictures that it makes.
    """

    def __init__(self, project: Path | str, params: Path | str | None = None) -> None:
        """Load a project's artifacts.

        Args:
            project: Its folder, in which `dvc repro` has finished, or a file of `sims project pack`.
            params: A parameter file in place of the project's `params.yaml`.

        Raises:
            SimsError: A parameter is wrong, `retrieve.banned` names something unknown, or an artifact is missing,
                damaged or of another run than the others.
        """
        folder = open_project(Path(project))
        params = folder / PARAMS if params is None else Path(params)
        parameters = load_parameters(params)
        data = folder / "data"
        files = ComposerFiles(
            scenes=data / "scenes",
            bank=data / "bank",
            transform=data / "models" / "transform",
            ordering=data / "models" / "ordering",
        )
        self._seed = parameters.seed
        self._retrieve = parameters.section("retrieve", RetrieveConfig)
        self._composer = load_composer(
            files,
            parameters.section("compose", ComposeConfig),
            parameters.section("segments", SegmentsConfig),
            parameters.section("elision", ElisionConfig),
        )
        self._ids = BankIds(self._composer.bank)
        self._ids.check_known(self._retrieve.banned, f"{params}: retrieve.banned")
        check_together(files.scenes, files.bank, data / "models" / "synthesis")
        self._predictor = SynthesisPredictor(data / "models" / "synthesis")
        self.bank: BankReader = self._composer.bank
        self.classes = self._composer.classes
        self.frame = (self._predictor.card.height_px, self._predictor.card.width_px)

    def synthesize(
        self, labels: NDArray[np.uint8], where: object = "layout", control: Control = NOTHING
    ) -> SynthesisResult:
        """Make the first variant of one layout; see `retrieve` for arguments and errors."""
        return next(self.variants(self.retrieve(labels, where, control), 1))

    def check(self, labels: NDArray[np.uint8], where: object = "layout", control: Control = NOTHING) -> frozenset[str]:
        """Check quickly that there are segments for a layout; arguments and errors are those of `retrieve`.

        Returns:
            All that is banned for it.
        """
        self._check_form(labels, where)
        check_categories_known(labels, self.bank, self.classes, where)
        self._ids.check_known(sorted(control.banned), "--ban")
        banned = control.banned | set(self._retrieve.banned)
        if banned:
            self._check_something_left(labels, banned, where)
        return banned

    def retrieve(
        self, labels: NDArray[np.uint8], where: object = "layout", control: Control = NOTHING
    ) -> RetrievedLayout:
        """Find the candidates of one layout.

        Args:
            labels: (H, W) uint8 ids of `classes`, of the size `frame`, 255 = void.
            where: What the layout is called in errors.
            control: What is decided instead of retrieval and ordering.

        Raises:
            SimsError: The layout has another form; it shows a category of which the bank has no segment, or none that
                is not banned; or a decision cannot be carried out.
        """
        return self.retrieve_named(_SCENE_ID, labels, None, where, control)

    def retrieve_named(
        self,
        name: str,
        labels: NDArray[np.uint8],
        instances: NDArray[np.uint16] | None,
        where: object = "layout",
        control: Control = NOTHING,
    ) -> RetrievedLayout:
        """Find the candidates of a layout that has a name, and instances perhaps, as stage `retrieve` does.

        Args:
            name: A photo of this name in the bank is not used; it keys the random streams.
            labels: As `retrieve`.
            instances: (H, W) uint16, 0 = none. Without any, touching objects are taken apart where the bank is sure.
            where: What the layout is called in errors.
            control: What is decided instead of retrieval and ordering.

        Raises:
            SimsError: As `retrieve`.
        """
        composer = self._composer
        banned = self.check(labels, where, control)
        layout = SegmentedLayout.of(name, labels, self.classes, instances)
        if instances is None:
            layout = split_touching(layout, self.bank, self.classes, self._retrieve, composer.segments)
        check_control(control, banned, layout, self._ids, self.classes)
        large = frozenset(layout.large(composer.segments))
        config = self._retrieve.model_copy(update={"banned": tuple(sorted(banned))})
        matches = match_layouts([layout], self.bank, self.classes, config, composer.segments)
        return RetrievedLayout(layout, matches[layout.name], large, control, banned)

    def variants(self, retrieved: RetrievedLayout, num_variants: int) -> Iterator[SynthesisResult]:
        """Yield the variants of a layout, as stage `compose` makes them: the best one first.

        The same layout and decisions give the same bytes, however many variants are asked for.
        """
        control = retrieved.control
        canvases = self._composer.variants(
            retrieved.layout, retrieved.matches, num_variants, self._seed, control.pins, control.edges
        )
        for canvas in canvases:
            photo = self._predictor.synthesize(canvas.canvas, canvas.known, retrieved.layout.labels)
            yield SynthesisResult(photo, canvas, retrieved.banned)

    def _check_form(self, labels: NDArray[np.uint8], where: object) -> None:
        if labels.shape != self.frame or labels.dtype != np.uint8:
            raise SimsError(
                where,
                "is no layout of this project",
                expected=f"an array of shape {self.frame} and type uint8",
                found=f"shape {labels.shape} and type {labels.dtype}",
            )
        unknown = labels[(labels >= len(self.classes)) & (labels != VOID)]
        if unknown.size:
            raise SimsError(
                where,
                "holds a value that is no category",
                expected=f"0 to {len(self.classes) - 1}, or {VOID} for void",
                found=unknown[0],
            )

    def _check_something_left(self, labels: NDArray[np.uint8], banned: frozenset[str], where: object) -> None:
        left = set(self._ids.left(banned).values())
        for category in np.unique(labels[labels != VOID]):
            name = self.classes.names[category]
            if name not in left:
                raise SimsError(
                    where,
                    f"shows category '{name}', of which every segment of the bank is banned",
                    remedy="ban fewer, or repaint it",
                )
