"""Training photos -> data/models/perceptual: the features in which the synthesis network's pictures are compared."""

from __future__ import annotations

from pathlib import Path

from sims_core.base.entry import run_stage
from sims_core.base.parameters import load_parameters
from sims_core.training.loop.phase import Training
from sims_core.training.loop.run import write_metrics
from sims_core.training.settings.perceptual import PerceptualConfig
from sims_core.training.settings.trainer import TrainerConfig
from sims_core.training.tasks.perceptual import train_perceptual


def main(
    scenes: Path = Path("data/scenes"),
    out: Path = Path("data/models/perceptual"),
    curves: Path = Path("data/plots/perceptual"),
    metrics: Path = Path("metrics/train_perceptual.json"),
    params: Path = Path("params.yaml"),
) -> None:
    """Make the VGG-19 of the perceptual loss: random, pretrained, or trained on label maps (perceptual.weights)."""
    parameters = load_parameters(params)
    trainer = parameters.section("trainer", TrainerConfig)
    training = Training(name="perceptual", trainer=trainer, seed=parameters.seed, out=out, curves=curves)
    write_metrics(metrics, train_perceptual(training, parameters.section("perceptual", PerceptualConfig), scenes))


if __name__ == "__main__":
    run_stage(main)
