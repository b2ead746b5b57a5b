"""Scenes -> data/depth: depth of every scene, the sensor's or the network's."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

from sims_core.depth import EstimateDepthConfig, write_depths
from sims_core.depth_network import DepthPredictor
from sims_core.files import write_json
from sims_core.formats.scenes import SceneReader
from sims_core.parameters import load_parameters
from sims_core.stage import run_stage


def main(
    scenes: Path = Path("data/scenes"),
    model: Path = Path("data/models/depth"),
    out: Path = Path("data/depth"),
    metrics: Path = Path("metrics/estimate_depth.json"),
    params: Path = Path("params.yaml"),
) -> None:
    """Write a depth map for every scene of both splits."""
    config = load_parameters(params).section("estimate_depth", EstimateDepthConfig)
    reader = SceneReader(scenes)
    estimate = DepthPredictor(model).predict
    both = chain(reader.scenes("train"), reader.scenes("val"))
    write_json(metrics, write_depths(out, both, reader.classes, config, estimate))


if __name__ == "__main__":
    run_stage(main)
