"""Validation layout and its matches -> the rows of its canvases: what a worker of stage `compose` does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sims_core.composition.composer import ComposeConfig
from sims_core.composition.elision import ElisionConfig
from sims_core.formats.canvases import canvas_row
from sims_core.formats.matches import ComponentMatches
from sims_core.formats.scenes import open_scenes
from sims_core.retrieval.search import RetrieveConfig
from sims_core.retrieval.touching import layout_of_scene
from sims_core.scenes.segmented_layout import SegmentsConfig
from sims_core.synthesis.project import ComposerFiles, open_composer


@dataclass(frozen=True)
class MatchedLayout:
    """What is asked of a worker; `str` is the layout's id."""

    scene_id: str
    matches: list[ComponentMatches]

    def __str__(self) -> str:
        return self.scene_id


@dataclass(frozen=True, kw_only=True)
class CanvasRows:
    """Composes layouts; can be pickled, and each process opens the files once."""

    files: ComposerFiles
    config: ComposeConfig
    retrieve: RetrieveConfig
    segments: SegmentsConfig
    elision: ElisionConfig
    seed: int

    def __call__(self, layout: MatchedLayout) -> list[dict[str, Any]]:
        """Return the rows of all variants of a layout.

        Raises:
            SimsError: A part of the composer is missing, damaged, or of another run than the others.
        """
        composer = open_composer(self.files, self.config, self.segments, self.elision)
        scene = open_scenes(self.files.scenes).load(layout.scene_id)
        asked = layout_of_scene(scene, composer.bank, composer.classes, self.retrieve, self.segments)
        canvases = composer.variants(asked, layout.matches, self.config.num_variants, self.seed)
        return [canvas_row(layout.scene_id, variant, canvas) for variant, canvas in enumerate(canvases)]
