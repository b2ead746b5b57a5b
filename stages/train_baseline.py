"""Training photos -> data/models/<baseline>: a rival that the results are compared with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sims_core.base.entry import run_stage
from sims_core.base.parameters import load_parameters
from sims_core.networks.baselines import Baseline
from sims_core.training.loop.phase import Training
from sims_core.training.loop.run import write_metrics
from sims_core.training.settings.cascade import CrnConfig
from sims_core.training.settings.pix2pix import Pix2PixConfig
from sims_core.training.settings.spade import SpadeConfig
from sims_core.training.settings.trainer import TrainerConfig
from sims_core.training.tasks.crn import train_crn
from sims_core.training.tasks.pix2pix import train_pix2pix
from sims_core.training.tasks.spade import train_spade

_SECTIONS: Mapping[Baseline, type[CrnConfig | Pix2PixConfig | SpadeConfig]] = {
    Baseline.CRN: CrnConfig,
    Baseline.PIX2PIX: Pix2PixConfig,
    Baseline.SPADE: SpadeConfig,
}


def main(
    baseline: Baseline,
    scenes: Path = Path("data/scenes"),
    models: Path = Path("data/models"),
    plots: Path = Path("data/plots"),
    metrics: Path = Path("metrics"),
    params: Path = Path("params.yaml"),
) -> None:
    """Train a rival on the photos that everything else learns from; `crn` is compared in the perceptual features."""
    parameters = load_parameters(params)
    trainer = parameters.section("trainer", TrainerConfig)
    training = Training(
        name=baseline, trainer=trainer, seed=parameters.seed, out=models / baseline, curves=plots / baseline
    )
    config = parameters.section(baseline, _SECTIONS[baseline])
    if isinstance(config, CrnConfig):
        found = train_crn(training, config, scenes, models / "perceptual")
    elif isinstance(config, Pix2PixConfig):
        found = train_pix2pix(training, config, scenes)
    else:
        found = train_spade(training, config, scenes)
    write_metrics(metrics / f"train_{baseline}.json", found)


if __name__ == "__main__":
    run_stage(main)
