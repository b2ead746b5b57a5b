"""Training photos -> data/models/segmenter: the evaluation's measuring stick."""

from __future__ import annotations

from pathlib import Path

from sims_core.base.entry import run_stage
from sims_core.base.parameters import load_parameters
from sims_core.training.loop.phase import Training
from sims_core.training.loop.run import write_metrics
from sims_core.training.settings.segmenter import SegmenterConfig
from sims_core.training.settings.trainer import TrainerConfig
from sims_core.training.tasks.segmenter import train_segmenter


def main(
    scenes: Path = Path("data/scenes"),
    out: Path = Path("data/models/segmenter"),
    curves: Path = Path("data/plots/segmenter"),
    metrics: Path = Path("metrics/train_segmenter.json"),
    params: Path = Path("params.yaml"),
) -> None:
    """Train the segmenter on real photos."""
    parameters = load_parameters(params)
    trainer = parameters.section("trainer", TrainerConfig)
    training = Training(name="segmenter", trainer=trainer, seed=parameters.seed, out=out, curves=curves)
    write_metrics(metrics, train_segmenter(training, parameters.section("segmenter", SegmenterConfig), scenes))


if __name__ == "__main__":
    run_stage(main)
