"""Training label maps -> data/models/layout: the network that turns coarse layouts into dense ones."""

from __future__ import annotations

from pathlib import Path

from sims_core.base.entry import run_stage
from sims_core.base.parameters import load_parameters
from sims_core.training.loop.phase import Training
from sims_core.training.loop.run import write_metrics
from sims_core.training.settings.layout import LayoutConfig
from sims_core.training.settings.trainer import TrainerConfig
from sims_core.training.tasks.layout import train_layout


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
