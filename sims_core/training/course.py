"""What a training is: its name and places, and the courses that it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn

from sims_core.training.batches import Batch, Examples
from sims_core.training.settings import FitConfig, TrainerConfig

LossFunction = Callable[[nn.Module, Batch], dict[str, Tensor]]


@dataclass(frozen=True, kw_only=True)
class Training:
    """What a training is called, where it runs and what it writes.

    Attributes:
        name: The network's name: its section in params.yaml, its folder in data/models and data/plots.
        trainer: Device, precision, threads.
        seed: The project's seed.
        out: Folder of the model.
        curves: Folder of the curves.
    """

    name: str
    trainer: TrainerConfig
    seed: int
    out: Path
    curves: Path


@dataclass(frozen=True, kw_only=True)
class Course:
    """One course of a training; those after the first go on at a finer resolution.

    Attributes:
        config: Length, batches, learning rate.
        arguments: Of the network's constructor.
        loss_function: (network, batch) -> weighted terms by name; the loss is their sum. Of equal parts of a batch it
            must give terms whose mean is that of the batch.
        examples: What it learns from; not empty.
        frame: (height, width) of the pictures in pixels.
    """

    config: FitConfig
    arguments: Mapping[str, bool | int]
    loss_function: LossFunction
    examples: Examples
    frame: tuple[int, int]
