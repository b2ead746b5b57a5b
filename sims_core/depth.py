"""Depth of every scene: the sensor's where the dataset has it, a network's estimate elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sims_core.categories import SKY, canonical_labels
from sims_core.classes import ClassTable
from sims_core.depth_metrics import PROTOCOL, depth_errors, mean_errors
from sims_core.errors import SimsError
from sims_core.files import atomic_folder
from sims_core.formats.depth import DEPTHS, DepthMap, depth_row
from sims_core.formats.tables import write_shards
from sims_core.parameters import Section
from sims_core.scene import Scene

# (photo, canonical labels) -> (H, W) float32 metres
DepthEstimator = Callable[[NDArray[np.uint8], NDArray[np.uint8]], NDArray[np.float32]]


class EstimateDepthConfig(Section):
    """Where depth comes from: `auto` (sensor where the scene has it), `sensor` only or `network` only."""

    source: Literal["auto", "sensor", "network"]


def choose_depth(
    scene: Scene, classes: ClassTable, source: Literal["auto", "sensor", "network"], estimate: DepthEstimator
) -> DepthMap:
    """Return one scene's depth, infinite wherever the layout says sky.

    Raises:
        SimsError: The sensor's depth is asked for and the scene has none.
    """
    if source == "sensor" and scene.depth_m is None:
        raise SimsError(
            f"scene '{scene.scene_id}'", "has no depth", remedy="set estimate_depth.source to auto or network"
        )
    if scene.depth_m is not None and source != "network":
        return DepthMap(_with_sky(scene.depth_m, scene.labels, classes), "sensor")
    depth_m = estimate(scene.photo, canonical_labels(scene.labels, classes))
    return DepthMap(_with_sky(depth_m, scene.labels, classes), "network")


def write_depths(
    folder: Path, scenes: Iterable[Scene], classes: ClassTable, config: EstimateDepthConfig, estimate: DepthEstimator
) -> dict[str, Any]:
    """Write the depth of every scene and return the content of metrics/estimate_depth.json.

    The network's error is measured on validation scenes that have a sensor's depth, whatever is written for them.
    """
    counts: Counter[str] = Counter()
    errors: list[dict[str, float]] = []

    def rows() -> Iterable[dict[str, Any]]:
        for scene in scenes:
            depth = choose_depth(scene, classes, config.source, estimate)
            counts[depth.source] += 1
            if scene.split == "val" and scene.depth_m is not None:
                truth_m = _with_sky(scene.depth_m, scene.labels, classes)
                found = depth_errors(estimate(scene.photo, canonical_labels(scene.labels, classes)), truth_m)
                errors.extend([] if found is None else [found])
            yield depth_row(scene.scene_id, depth)

    with atomic_folder(folder) as temporary:
        write_shards(temporary, "depth", DEPTHS, rows())
    content: dict[str, Any] = {"num_sensor": counts["sensor"], "num_network": counts["network"]}
    if errors:
        content["network_on_val"] = mean_errors(errors) | {"num_scenes": len(errors), "protocol": PROTOCOL}
    return content


def _with_sky(depth_m: NDArray[np.float32], labels: NDArray[np.uint8], classes: ClassTable) -> NDArray[np.float32]:
    return np.where(canonical_labels(labels, classes) == SKY, np.float32(np.inf), depth_m).astype(np.float32)
