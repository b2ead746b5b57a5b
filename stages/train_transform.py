"""Simulated pairs -> data/models/transform: the network that aligns a segment with its place."""

from __future__ import annotations

from pathlib import Path

from sims_core.base.entry import run_stage
from sims_core.base.parameters import load_parameters
from sims_core.training.loop.phase import Training
from sims_core.training.loop.run import write_metrics
from sims_core.training.settings.trainer import TrainerConfig
from sims_core.training.settings.transform import TransformConfig
from sims_core.training.tasks.transform import train_transform


def main(
    pairs: Path = Path("data/simulated/transform"),
    scenes: Path = Path("data/scenes"),
    out: Path = Path("data/models/transform"),
    curves: Path = Path("data/plots/transform"),
    metrics: Path = Path("metrics/train_transform.json"),
    params: Path = Path("params.yaml"),
) -> None:
    """Train the transformation network on perturbed segments."""
    parameters = load_parameters(params)
    trainer = parameters.section("trainer", TrainerConfig)
    training = Training(name="transform", trainer=trainer, seed=parameters.seed, out=out, curves=curves)
    write_metrics(
        metrics,
        train_transform(training, parameters.section("transform", TransformConfig), pairs, scenes),
    )


if __name__ == "__main__":
    run_stage(main)
