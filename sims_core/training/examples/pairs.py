"""What the trainings on simulated pairs have in common: rows of a table, seen through a square window."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sims_core.formats.scenes import read_classes
from sims_core.formats.tables import TableFormat
from sims_core.networks.saved import NetworkType
from sims_core.training.examples.batches import Batch
from sims_core.training.examples.tables import table_examples
from sims_core.training.loop.phase import LossFunction, Phase, Training
from sims_core.training.loop.run import Origin, train_and_save
from sims_core.training.settings.ordering import OrderingConfig
from sims_core.training.settings.transform import TransformConfig


def train_on_pairs(
    training: Training,
    network_class: type[NetworkType],
    config: OrderingConfig | TransformConfig,
    *,
    arguments: Mapping[str, bool | int],
    loss_function: LossFunction,
    source: tuple[Path, TableFormat],
    rows_by_scene: Mapping[str, Sequence[int]],
    decode: Callable[..., Batch],
    scenes: Path,
    task: str,
    beside: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """Train on rows of a table, write model and curves, and return the metrics.

    Args:
        training: Names, places and trainer.
        network_class: Its class.
        config: Its section.
        arguments: Of the network's constructor.
        loss_function: See `Phase`.
        source: Folder and format of the table.
        rows_by_scene: Indices of the rows to use.
        decode: Makes an example of a row and `window_px`.
        scenes: The scenes of the pairs.
        task: See `Origin`.
        beside: See `Origin`.

    Raises:
        SimsError: See `fit`.
    """
    phase = Phase(
        config=config,
        arguments={**arguments, "base_channels": config.base_channels},
        loss_function=loss_function,
        examples=table_examples(
            source,
            rows_by_scene,
            partial(decode, window_px=config.window_px),
            training.trainer.num_validation_scenes,
            training.seed,
        ),
        frame=(config.window_px, config.window_px),
    )
    origin = Origin(
        classes=read_classes(scenes),
        made_from=[scenes, source[0]],
        settings={training.name: config},
        notes={},
        task=task,
        beside=beside,
    )
    return train_and_save(training, network_class, [phase], origin)
