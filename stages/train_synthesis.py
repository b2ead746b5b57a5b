"""Simulated canvases and photos -> data/models/synthesis: the network that turns a canvas into a photograph."""

from __future__ import annotations

from pathlib import Path

from sims_core.base.entry import run_stage
from sims_core.base.parameters import load_parameters
from sims_core.composition.elision import ElisionConfig
from sims_core.simulation.settings import SimulationConfig
from sims_core.simulation.simulator import CanvasSimulator
from sims_core.training.loop.phase import Training
from sims_core.training.loop.run import write_metrics
from sims_core.training.settings.synthesis import SynthesisConfig
from sims_core.training.settings.trainer import TrainerConfig
from sims_core.training.tasks.synthesis import SynthesisData, train_synthesis


def main(
    canvases: Path = Path("data/simulated/canvases"),
    stencils: Path = Path("data/simulated/stencils"),
    scenes: Path = Path("data/scenes"),
    bank: Path = Path("data/bank"),
    depth: Path = Path("data/depth"),
    perceptual: Path = Path("data/models/perceptual"),
    out: Path = Path("data/models/synthesis"),
    curves: Path = Path("data/plots/synthesis"),
    metrics: Path = Path("metrics/train_synthesis.json"),
    params: Path = Path("params.yaml"),
) -> None:
    """Train the synthesis network on simulated canvases, stored or fresh, from coarse to fine."""
    parameters = load_parameters(params)
    trainer = parameters.section("trainer", TrainerConfig)
    training = Training(name="synthesis", trainer=trainer, seed=parameters.seed, out=out, curves=curves)
    simulator = CanvasSimulator(
        scenes=scenes,
        bank=bank,
        depth=depth,
        config=parameters.section("simulation", SimulationConfig).canvas,
        elision=parameters.section("elision", ElisionConfig),
        seed=parameters.seed,
    )
    data = SynthesisData(canvases=canvases, stencils=stencils, perceptual=perceptual, simulator=simulator)
    write_metrics(metrics, train_synthesis(training, parameters.section("synthesis", SynthesisConfig), data))


if __name__ == "__main__":
    run_stage(main)
