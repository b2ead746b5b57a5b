"""Figures that only a method that pastes real photos can have: layout drift, copying, diversity.

How far the layout of the canvas drifted from the asked one, how much is copied, how much the variants of a layout
differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.progress import Progress, TaskID

from sims_core.base.csv_files import rounded
from sims_core.base.errors import SimsError
from sims_core.base.parallel import progress_bar
from sims_core.evaluation.measures.copying import COPYING_RULE, CROP_RULE, CopyCount, NearestCrops
from sims_core.evaluation.measures.diversity import SOURCES_RULE, ChangedSources, Diversity, diversity_rule
from sims_core.evaluation.measures.drift import DRIFT_RULE, LayoutDrift
from sims_core.evaluation.run.rows_of_run import Rows, ValidationScene
from sims_core.formats.canvases import Canvas, CanvasReader
from sims_core.formats.scenes import SceneReader
from sims_core.formats.synthesized import ImageReader
from sims_core.networks.determinism import fixed_threads
from sims_core.networks.perceptual import PerceptualNet


@dataclass(frozen=True)
class Features:
    """A network, what its weights are, for the protocol, and how many threads it runs on."""

    network: PerceptualNet
    name: str
    num_threads: int


class _Sources:
    """Sums over the validation layouts of a run."""

    def __init__(self, scenes: SceneReader, features: Features, seed: int) -> None:
        self._scenes = scenes
        self._features = features
        self._drift = LayoutDrift(len(scenes.classes))
        self._copies = CopyCount()
        self._crops = NearestCrops(seed)
        self._diversity = Diversity(features.network, len(scenes.classes))
        self._changed = ChangedSources()

    def add(self, found: ValidationScene, rows: Rows, variants: list[Canvas], images: ImageReader) -> None:
        """Count one layout.

        Args:
            found: The layout and its first canvas.
            rows: Every method's pictures.
            variants: Its canvases, the first included.
            images: The pictures of all variants.
        """
        name, layout = found.scene.scene_id, found.scene.labels
        pictures = [images.load(name, variant) for variant in range(len(variants))]
        if name in {photo_id for canvas in variants for photo_id in canvas.photo_ids}:
            raise SimsError(
                f"validation layout '{name}'", "is made of its own photo", remedy="run stage 'retrieve' again"
            )
        self._drift.add(layout, found.canvas.implied_layout)
        self._copies.add(found.canvas, pictures[0])
        for row, source in rows.items():
            self._crops.add(row, name, source.picture(found))
        if len(pictures) > 1:
            self._diversity.add(name, layout, pictures)
            for canvas in variants[1:]:
                self._changed.add(found.canvas, canvas)

    def summary(self, num_variants: int) -> dict[str, Any]:
        """Search the training photos for copies and return the content of metrics/figures/sources.json.

        Args:
            num_variants: Of each layout.
        """
        scenes = self._scenes
        with progress_bar() as progress:
            task = progress.add_task("search for copies", total=len(scenes.ids("train")), note="")
            distances = self._crops.distances(_counted(scenes, progress, task))
        names = scenes.classes.names
        figures: dict[str, Any] = {
            "layout_drift": self._drift.summary(),
            "copying": {
                **self._copies.summary(),
                "nearest_crop_distance": {row: float(values.mean()) for row, values in distances.items()},
            },
        }
        if num_variants > 1:
            by_category = zip(names, self._diversity.per_category.tolist(), strict=True)
            figures["diversity"] = {
                "perceptual_distance": self._diversity.mean(),
                "perceptual_distance_by_category": {name: value for name, value in by_category if not np.isnan(value)},
                "share_of_changed_sources": self._changed.share(),
            }
        return rounded(figures | {"protocol": _protocol(num_variants, self._features)})


def evaluate_sources(
    scenes: SceneReader, canvases: CanvasReader, images: ImageReader, rows: Rows, features: Features, seed: int
) -> dict[str, Any]:
    """Return the content of metrics/figures/sources.json of a finished run.

    Args:
        scenes: Of the run.
        canvases: All variants of every validation layout.
        images: Their pictures.
        rows: Every method's pictures, see `project_rows`.
        features: What the perceptual distance is measured in.
        seed: Of the crops.

    Raises:
        SimsError: A layout is made of its own photo.
    """
    ids = scenes.ids("val")
    num_variants = 1 + max(variant for _, variant in canvases)
    sources = _Sources(scenes, features, seed)
    with progress_bar() as progress, fixed_threads(features.num_threads):
        task = progress.add_task("compare variants", total=len(ids), note="")
        for name in ids:
            variants = [canvases.load(name, variant) for variant in range(num_variants)]
            sources.add(ValidationScene(scenes.load(name), variants[0]), rows, variants, images)
            progress.advance(task)
    return sources.summary(num_variants)


def _counted(scenes: SceneReader, progress: Progress, task: TaskID) -> Iterator[NDArray[np.uint8]]:
    for scene in scenes.scenes("train"):
        yield scene.photo
        progress.advance(task)


def _protocol(num_variants: int, features: Features) -> dict[str, Any]:
    protocol = {
        "layout_drift": DRIFT_RULE,
        "copying": COPYING_RULE,
        "nearest_crop_distance": CROP_RULE,
        "own_photo": "no layout is made of the photo that it was drawn from: checked",
    }
    if num_variants > 1:
        protocol |= {
            "diversity": f"{diversity_rule(features.network)}; {num_variants} variants",
            "perceptual_features": features.name,
            "share_of_changed_sources": SOURCES_RULE,
        }
    return protocol
