"""What a training is: its name and places, and the phases that it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn

from sims_core.training.examples.batches import Examples
from sims_core.training.settings.trainer import FitConfig, TrainerConfig

# (network, batch), or with a critic (network, critic, batch), -> weighted terms by name; the loss is their sum. Of
# equal parts of a batch it must give terms whose mean is that of the batch.
LossFunction = Callable[..., dict[str, Tensor]]


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


@dataclass(frozen=True)
class Critic:
    """A second network, trained by turns with the first, that judges what the first makes.

    It takes a step before each step of the network, on the same batch, for the same phase, with an optimiser of its
    own. It is of use in the training only: nothing of it is saved with the model.

    Attributes:
        network: New, with its random weights.
        loss_function: (critic, network, batch) -> weighted terms, as in `Phase`; no gradient reaches the network.
    """

    network: nn.Module
    loss_function: LossFunction


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One phase of a training; those after the first go on at a finer resolution.

    Attributes:
        config: Length, batches, learning rate.
        arguments: Of the network's constructor.
        loss_function: See `LossFunction`.
        examples: What it learns from; not empty.
        frame: (height, width) of the pictures in pixels.
        critic: What the network is trained against, if anything. The last weights are kept then: a loss that an
            ever changing critic gives says nothing about which weights are best.
        adam_beta1: How much of the mean gradient Adam keeps from step to step, for both networks.
    """

    config: FitConfig
    arguments: Mapping[str, bool | int]
    loss_function: LossFunction
    examples: Examples
    frame: tuple[int, int]
    critic: Critic | None = None
    adam_beta1: float = 0.9
