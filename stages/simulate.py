"""Scenes, bank and depth -> data/simulated: what the three networks train on."""

from __future__ import annotations

from pathlib import Path

from sims_core.base.entry import run_stage
from sims_core.base.files import write_json
from sims_core.base.parameters import load_parameters
from sims_core.composition.elision import ElisionConfig
from sims_core.scenes.segmented_layout import SegmentsConfig
from sims_core.simulation.settings import SimulationConfig
from sims_core.simulation.tables import Simulation, write_simulated


def main(
    scenes: Path = Path("data/scenes"),
    bank: Path = Path("data/bank"),
    depth: Path = Path("data/depth"),
    out: Path = Path("data/simulated"),
    figures: Path = Path("metrics/figures/simulate.json"),
    params: Path = Path("params.yaml"),
) -> None:
    """Simulate transform pairs, ordering pairs and canvases from the training photos."""
    parameters = load_parameters(params)
    simulation = Simulation(
        scenes=scenes,
        bank=bank,
        depth=depth,
        config=parameters.section("simulation", SimulationConfig),
        segments=parameters.section("segments", SegmentsConfig),
        elision=parameters.section("elision", ElisionConfig),
        seed=parameters.seed,
    )
    write_json(figures, write_simulated(out, simulation))


if __name__ == "__main__":
    run_stage(main)
