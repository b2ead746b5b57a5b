"""Scenes of known depth -> data/models/depth: the network for scenes without."""

from __future__ import annotations

from pathlib import Path

from sims_core.base.entry import run_stage
from sims_core.base.parameters import load_parameters
from sims_core.training.loop.phase import Training
from sims_core.training.loop.run import write_metrics
from sims_core.training.settings.depth import DepthConfig
from sims_core.training.settings.trainer import TrainerConfig
from sims_core.training.tasks.depth import train_depth


def main(
    scenes: Path = Path("data/scenes"),
    out: Path = Path("data/models/depth"),
    curves: Path = Path("data/plots/depth"),
    metrics: Path = Path("metrics/train_depth.json"),
    params: Path = Path("params.yaml"),
) -> None:
    """Train the depth network and measure it on scenes that it did not see."""
    parameters = load_parameters(params)
    trainer = parameters.section("trainer", TrainerConfig)
    training = Training(name="depth", trainer=trainer, seed=parameters.seed, out=out, curves=curves)
    write_metrics(metrics, train_depth(training, parameters.section("depth", DepthConfig), scenes))


if __name__ == "__main__":
    run_stage(main)
