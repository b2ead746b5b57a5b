"""Depth of every scene: the sensor's, that of the project's own network, or of a local `transformers` model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from sims_core.base.errors import SimsError
from sims_core.base.parameters import Section
from sims_core.depth.metrics import PROTOCOL, depth_errors, mean_errors
from sims_core.formats.depth import write_depth_maps
from sims_core.scenes.category_names import canonical_labels
from sims_core.scenes.classes import ClassTable
from sims_core.scenes.depth_maps import DepthMap, MetricDepth
from sims_core.scenes.scene import Scene
from sims_core.scenes.street_categories import SKY

# (photo, canonical labels) -> depth, also in the sky
DepthEstimator = Callable[[NDArray[np.uint8], NDArray[np.uint8]], DepthMap]


class EstimateDepthConfig(Section):
    """Where depth comes from.

    `source` is `auto` (sensor where the scene has it, else the network), `sensor` or `network` only, or
    `transformers`: the depth estimator in the folder `model`, for all scenes. `output` says what that one gives,
    `metric` or `relative`; with `config` its configuration has to say it.
    """

    source: Literal["auto", "sensor", "network", "transformers"]
    model: str | None
    output: Literal["config", "relative", "metric"]

    @model_validator(mode="after")
    def _has_its_model(self) -> Self:
        if self.source == "transformers" and self.model is None:
            raise ValueError("source 'transformers' needs 'model', the folder of a depth estimator")
        return self


def choose_depth(
    scene: Scene, classes: ClassTable, config: EstimateDepthConfig, estimate: DepthEstimator | None
) -> DepthMap:
    """Return one scene's depth, beyond everything wherever the layout says sky.

    Args:
        scene: With or without a sensor's depth.
        classes: Of its layout.
        config: Which depth is wanted.
        estimate: For scenes whose sensor is not wanted or missing; None where no network was trained.

    Raises:
        SimsError: The sensor's depth is asked for and the scene has none, or only a network could give it.
    """
    canonical = canonical_labels(scene.labels, classes)
    if scene.depth_m is not None and config.source in ("auto", "sensor"):
        return MetricDepth(scene.depth_m, "sensor").with_sky(canonical == SKY)
    if config.source == "sensor":
        raise SimsError(
            f"scene '{scene.scene_id}'", "has no depth", remedy="set estimate_depth.source to auto or network"
        )
    if estimate is None:
        raise SimsError(
            f"scene '{scene.scene_id}'",
            "has no depth, and no network was trained to estimate it (depth.source: none)",
            remedy="set depth.source to synthetic_street or scenes, or estimate_depth.source to transformers",
        )
    return estimate(scene.photo, canonical).with_sky(canonical == SKY)


def write_depths(
    folder: Path,
    scenes: Iterable[Scene],
    classes: ClassTable,
    config: EstimateDepthConfig,
    estimate: DepthEstimator | None,
    inputs: Sequence[Path] = (),
) -> dict[str, Any]:
    """Write the depth of every scene and return the content of metrics/figures/estimate_depth.json.

    The estimator's error is measured on validation scenes that have a sensor's depth, whatever is written for them;
    relative depth has no error in metres, so of it there is none.

    Raises:
        SimsError: See `choose_depth`.
    """
    counts: Counter[str] = Counter()
    errors: dict[str, list[dict[str, float]]] = {}

    def depths() -> Iterator[tuple[str, DepthMap]]:
        for scene in scenes:
            depth = choose_depth(scene, classes, config, estimate)
            counts[depth.source] += 1
            if scene.split == "val" and scene.depth_m is not None and estimate is not None:
                estimated = depth
                if depth.source == "sensor":
                    estimated = estimate(scene.photo, canonical_labels(scene.labels, classes))
                found = _errors(scene, classes, estimated)
                errors.setdefault(estimated.source, []).extend([] if found is None else [found])
            yield scene.scene_id, depth

    write_depth_maps(folder, depths(), inputs)
    content: dict[str, Any] = {f"num_{source}": counts[source] for source in ("sensor", "network", "transformers")}
    for source, measured in errors.items():
        if measured:
            summary = mean_errors(measured) | {"num_scenes": len(measured), "protocol": PROTOCOL}
            content[f"{source}_on_val"] = summary
    return content


def _errors(scene: Scene, classes: ClassTable, estimated: DepthMap) -> dict[str, float] | None:
    """Compare metric depth with the sensor's; None where they cannot be compared."""
    if scene.depth_m is None or not isinstance(estimated, MetricDepth):
        return None
    truth = MetricDepth(scene.depth_m, "sensor").with_sky(canonical_labels(scene.labels, classes) == SKY)
    return depth_errors(estimated.depth_m, truth.depth_m)
