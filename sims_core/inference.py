"""A finished project as one function: a layout becomes a photograph, with the canvas that says where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sims_core.canvas import ComposeConfig
from sims_core.elision import ElisionConfig
from sims_core.formats.canvases import Canvas
from sims_core.matching import QueryLayout, check_categories_known, match_layouts
from sims_core.parameters import load_parameters
from sims_core.predict import SynthesisPredictor
from sims_core.project import ComposerFiles, load_composer
from sims_core.retrieval import RetrieveConfig
from sims_core.seeding import random_stream
from sims_core.segments import SegmentsConfig, extract_segments


@dataclass(frozen=True)
class SynthesisResult:
    """A photograph, (H, W, 3) uint8 RGB, and the canvas it was made from."""

    photo: NDArray[np.uint8]
    canvas: Canvas


class Synthesizer:
    """The networks and the bank of a project; loaded once, asked for any number of layouts.

    Attributes:
        classes: The project's class table.
        frame: (height, width) in pixels of the pictures that it makes.
    """

    def __init__(self, project: Path, params: Path) -> None:
        """Load a project's artifacts.

        Args:
            project: Its folder, in which `dvc repro` has finished.
            params: Its parameter file.

        Raises:
            SimsError: A parameter is wrong, or an artifact is missing or damaged.
        """
        parameters = load_parameters(params)
        data = project / "data"
        files = ComposerFiles(
            scenes=data / "scenes",
            bank=data / "bank",
            simulated=data / "simulated",
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
        self._predictor = SynthesisPredictor(data / "models" / "synthesis")
        self.classes = self._composer.classes
        self.frame = (self._predictor.card.height_px, self._predictor.card.width_px)

    def synthesize(self, labels: NDArray[np.uint8], where: object) -> SynthesisResult:
        """Make a photograph of one layout; the same layout gives the same bytes.

        Args:
            labels: (H, W) uint8 of the project's `frame`, 255 = void.
            where: What the layout is called in errors.

        Raises:
            SimsError: The layout shows a category of which the bank has no segment.
        """
        composer = self._composer
        # No photo has an empty name, so that none is left out of the search.
        layout = QueryLayout("", labels, extract_segments(labels, self.classes))
        check_categories_known(layout, composer.bank, self.classes, where)
        matches = match_layouts([layout], composer.bank, self.classes, self._retrieve, composer.segments)
        canvas = composer.compose(layout, matches[""], random_stream(self._seed, "compose", "", 0))
        photo = self._predictor.synthesize(canvas.canvas, canvas.known, labels)
        return SynthesisResult(photo, canvas)
