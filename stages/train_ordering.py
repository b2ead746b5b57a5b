"""Simulated pairs -> data/models/ordering: the network that says which of two segments is in front."""

from __future__ import annotations

from pathlib import Path

from sims_core.base.entry import run_stage
from sims_core.base.parameters import load_parameters
from sims_core.training.loop.phase import Training
from sims_core.training.loop.run import write_metrics
from sims_core.training.settings.ordering import OrderingConfig
from sims_core.training.settings.trainer import TrainerConfig
from sims_core.training.tasks.ordering import train_ordering


def main(
    pairs: Path = Path("data/simulated/ordering"),
    scenes: Path = Path("data/scenes"),
    out: Path = Path("data/models/ordering"),
    curves: Path = Path("data/plots/ordering"),
    metrics: Path = Path("metrics/train_ordering.json"),
    params: Path = Path("params.yaml"),
) -> None:
    """Train the ordering network on adjacent segments of known depth."""
    parameters = load_parameters(params)
    trainer = parameters.section("trainer", TrainerConfig)
    training = Training(name="ordering", trainer=trainer, seed=parameters.seed, out=out, curves=curves)
    write_metrics(
        metrics,
        train_ordering(training, parameters.section("ordering", OrderingConfig), pairs, scenes),
    )


if __name__ == "__main__":
    run_stage(main)
