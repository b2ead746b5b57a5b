"""Scenes -> data/depth: depth of every scene, the sensor's or an estimate."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

from sims_core.base.entry import run_stage
from sims_core.base.files import write_json
from sims_core.base.parameters import load_parameters
from sims_core.depth.estimate import EstimateDepthConfig, write_depths
from sims_core.depth.transformers import TransformersDepth
from sims_core.formats.scenes import SceneReader
from sims_core.networks.trained.depth import DepthPredictor
from sims_core.training.settings.depth import DepthConfig


def main(
    scenes: Path = Path("data/scenes"),
    model: Path = Path("data/models/depth"),
    out: Path = Path("data/depth"),
    figures: Path = Path("metrics/figures/estimate_depth.json"),
    params: Path = Path("params.yaml"),
) -> None:
    """Write a depth map for every scene of both splits."""
    parameters = load_parameters(params)
    config = parameters.section("estimate_depth", EstimateDepthConfig)
    reader, inputs = SceneReader(scenes), [scenes]
    estimate: TransformersDepth | DepthPredictor | None = None
    if config.source == "transformers" and config.model is not None:
        estimate = TransformersDepth(Path(config.model), config.output)
    elif parameters.section("depth", DepthConfig).source != "none":
        estimate = DepthPredictor(model)
        inputs.append(model)
    both = chain(reader.scenes("train"), reader.scenes("val"))
    content = write_depths(out, both, reader.classes, config, estimate, inputs)
    protocol = {"protocol": estimate.protocol} if isinstance(estimate, TransformersDepth) else {}
    write_json(figures, content | protocol)


if __name__ == "__main__":
    run_stage(main)
