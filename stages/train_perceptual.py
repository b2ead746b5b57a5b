"""Training photos -> data/models/perceptual: the features in which the synthesis network's pictures are compared."""

from __future__ import annotations

from pathlib import Path

from sims_core.parameters import load_parameters
from sims_core.stage import run_stage
from sims_core.training.course import Training
from sims_core.training.run import write_metrics
from sims_core.training.settings import PerceptualConfig, TrainerConfig
from sims_core.training.task_perceptual import train_perceptual


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
