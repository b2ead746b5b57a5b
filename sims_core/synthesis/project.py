"""Open a finished project: bank, class order and the two networks that composition needs, as one composer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sims_core.base.artifacts import check_together
from sims_core.base.files import opened_once
from sims_core.composition.class_prior import read_prior
from sims_core.composition.composer import ComposeConfig, Composer
from sims_core.composition.elision import ElisionConfig
from sims_core.formats.bank import BankReader
from sims_core.formats.scenes import read_classes
from sims_core.networks.trained.ordering import OrderingPredictor
from sims_core.networks.trained.transform import TransformPredictor
from sims_core.scenes.segmented_layout import SegmentsConfig


@dataclass(frozen=True)
class ComposerFiles:
    """Where the parts of a composer lie."""

    scenes: Path
    bank: Path
    transform: Path
    ordering: Path


def load_composer(
    files: ComposerFiles, config: ComposeConfig, segments: SegmentsConfig, elision: ElisionConfig
) -> Composer:
    """Load bank, class order and the networks that take part.

    Raises:
        SimsError: A part is missing, damaged, or of another run than the others.
    """
    classes = read_classes(files.scenes)
    prior = read_prior(files.ordering, classes)
    composer = Composer(
        config=config,
        bank=BankReader(files.bank),
        classes=classes,
        segments=segments,
        elision=elision,
        prior=prior,
        transform=TransformPredictor(files.transform) if config.align else None,
        ordering=OrderingPredictor(files.ordering, prior.log_odds) if config.order == "network" else None,
    )
    models = [files.transform] * config.align + [files.ordering]
    check_together(files.scenes, files.bank, *models)
    return composer


def open_composer(
    files: ComposerFiles, config: ComposeConfig, segments: SegmentsConfig, elision: ElisionConfig
) -> Composer:
    """Load a composer once per process; see `load_composer` for errors."""
    return _opened(files.scenes, files.bank, files.transform, files.ordering, config, segments, elision)


@opened_once
def _opened(
    scenes: Path,
    bank: Path,
    transform: Path,
    ordering: Path,
    config: ComposeConfig,
    segments: SegmentsConfig,
    elision: ElisionConfig,
) -> Composer:
    return load_composer(ComposerFiles(scenes, bank, transform, ordering), config, segments, elision)
