"""What layout refinement is worth: coarse validation layouts before and after -> metrics/figures/layout.json."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sims_core.base.csv_files import rounded
from sims_core.base.parallel import progress_bar
from sims_core.base.seeding import random_stream
from sims_core.evaluation.measures.drift import LayoutDrift
from sims_core.formats.scenes import SceneReader
from sims_core.layouts.coarse import CoarsenConfig, LayoutSource, coarse_layout
from sims_core.scenes.classes import VOID, ClassTable
from sims_core.scenes.scene import Scene

_LAYOUTS: dict[LayoutSource, str] = {
    "simulated": "of the validation scenes, coarsened as in training by streams of their own",
    "annotated": "the dataset's own coarse annotation of the validation scenes",
}
Refine = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]


def coarse_validation_layout(
    scene: Scene, classes: ClassTable, source: LayoutSource, config: CoarsenConfig, seed: int
) -> NDArray[np.uint8]:
    """Return the coarse layout that a scene is scored with, (H, W) uint8 ids, 255 = void; see `evaluate_layout`."""
    return coarse_layout(scene, classes, source, config, random_stream(seed, "evaluate", "coarse", scene.scene_id))


def evaluate_layout(
    scenes: SceneReader, source: LayoutSource, config: CoarsenConfig, refine: Refine, seed: int, weights_sha256: str
) -> dict[str, Any]:
    """Refine the coarse layout of every validation scene, and compare both with the fine one.

    Args:
        scenes: Of the run.
        source: Of the coarse layouts, as in training.
        config: How coarse simulated ones are, as in training.
        refine: (H, W) uint8 with void -> (H, W) uint8 without.
        seed: Of the coarse annotation.
        weights_sha256: Of the network, for the protocol.

    Raises:
        SimsError: A scene has no coarse annotation and `source` asks for it.
    """
    before, after = LayoutDrift(len(scenes.classes)), LayoutDrift(len(scenes.classes))
    num_void = num_pixels = 0
    ids = scenes.ids("val")
    with progress_bar() as progress:
        task = progress.add_task("refine layouts", total=len(ids), note="")
        for scene_id in ids:
            scene = scenes.load(scene_id)
            coarse = coarse_validation_layout(scene, scenes.classes, source, config, seed)
            before.add(scene.labels, coarse)
            after.add(scene.labels, refine(coarse))
            num_void += int((coarse == VOID).sum())
            num_pixels += coarse.size
            progress.advance(task)
    return rounded(
        {
            "coarse": before.summary(),
            "refined": after.summary(),
            "share_of_void_pixels": num_void / max(num_pixels, 1),
            "protocol": {
                "layouts": _LAYOUTS[source],
                "counted": "every pixel that the fine layout labels; void pixels of the coarse layout are wrong",
                "weights_sha256": weights_sha256,
            },
        }
    )
