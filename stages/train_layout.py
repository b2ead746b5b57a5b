"""Training label maps -> data/models/layout: the network that turns coarse layouts into dense ones."""

from __future__ import annotations

from pathlib import Path

from sims_core.parameters import load_parameters
from sims_core.stage import run_stage
from sims_core.training.course import Training
from sims_core.training.run import write_metrics
from sims_core.training.settings import LayoutConfig, TrainerConfig
from sims_core.training.task_layout import train_layout


def main(
    scenes: Path = Path("data/scenes"),
    out: Path = Path("data/models/layout"),
    curves: Path = Path("data/plots/layout"),
    metrics: Path = Path("metrics/train_layout.json"),
    params: Path = Path("params.yaml"),
) -> None:
    """Train on coarse annotation: simulated from the training label maps, or the dataset's own."""
    parameters = load_parameters(params)
    trainer = parameters.section("trainer", TrainerConfig)
    training = Training(name="layout", trainer=trainer, seed=parameters.seed, out=out, curves=curves)
    write_metrics(metrics, train_layout(training, parameters.section("layout", LayoutConfig), scenes))


if __name__ == "__main__":
    run_stage(main)
