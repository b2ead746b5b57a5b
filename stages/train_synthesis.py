"""Simulated canvases and photos -> data/models/synthesis: the network that turns a canvas into a photograph."""

from __future__ import annotations

from pathlib import Path

from sims_core.parameters import load_parameters
from sims_core.stage import run_stage
from sims_core.training.run import Training
from sims_core.training.settings import PerceptualConfig, SynthesisConfig, TrainerConfig
from sims_core.training.task_synthesis import train_synthesis


def main(
    simulated: Path = Path("data/simulated"),
    scenes: Path = Path("data/scenes"),
    out: Path = Path("data/models/synthesis"),
    curves: Path = Path("data/plots/synthesis"),
    params: Path = Path("params.yaml"),
) -> None:
    """Train the synthesis network on simulated canvases."""
    parameters = load_parameters(params)
    trainer = parameters.section("trainer", TrainerConfig)
    training = Training(name="synthesis", trainer=trainer, seed=parameters.seed, out=out, curves=curves)
    train_synthesis(
        training,
        parameters.section("synthesis", SynthesisConfig),
        parameters.section("perceptual", PerceptualConfig),
        simulated,
        scenes,
    )


if __name__ == "__main__":
    run_stage(main)
