"""What every training does around its loop: build the network, fit it, save it with its card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import nn
from torch.utils.data import Dataset

from sims_core.classes import ClassTable
from sims_core.networks.blocks import num_parameters
from sims_core.parameters import Section
from sims_core.training.loop import Batch, LossFunction, fit
from sims_core.training.models import ModelCard, NetworkType, build_network, save_model
from sims_core.training.settings import FitConfig, TrainerConfig
from sims_core.training.state import state_folder


@dataclass(frozen=True, kw_only=True)
class Training:
    """What a training is called, where it runs and what it writes.

    Attributes:
        name: The network's name: its section in params.yaml, its folder in data/models and data/plots.
        trainer: Device, precision, threads.
        seed: The project's seed.
        out: Folder of the model.
        curves: Folder of the loss curves.
    """

    name: str
    trainer: TrainerConfig
    seed: int
    out: Path
    curves: Path


@dataclass(frozen=True, kw_only=True)
class Material:
    """What a network learns from.

    Attributes:
        dataset: The examples.
        files: The files behind the dataset; an unfinished training goes on only while they stay the same.
        classes: The class table of the examples.
        frame: (height, width) of the pictures in pixels.
    """

    dataset: Dataset[Batch]
    files: Sequence[Path]
    classes: ClassTable
    frame: tuple[int, int]


def train_and_save(
    training: Training,
    config: FitConfig,
    network_class: type[NetworkType],
    arguments: Mapping[str, bool | int],
    loss_function: LossFunction,
    material: Material,
    *,
    more_settings: Mapping[str, Section] | None = None,
    notes: Mapping[str, str] | None = None,
) -> nn.Module:
    """Train a new network and save it.

    Args:
        training: Names, places and trainer.
        config: The network's section.
        network_class: Its class.
        arguments: Of its constructor.
        loss_function: See `fit`.
        material: See `Material`.
        more_settings: Sections beside the network's own that shape the weights, by name.
        notes: For the card.

    Returns:
        The trained network, in evaluation mode on the CPU.
    """
    settings: dict[str, Section] = {training.name: config, "trainer": training.trainer, **(more_settings or {})}
    network = build_network(network_class, arguments, training.seed, training.name)
    summary = fit(
        network,
        loss_function,
        material.dataset,
        config,
        training.trainer,
        name=training.name,
        seed=training.seed,
        state_dir=state_folder(training.name, training.seed, material.files, list(settings.values())),
        curves_dir=training.curves,
    )
    card = ModelCard(
        network=network_class.__name__,
        arguments=dict(arguments),
        categories=material.classes,
        height_px=material.frame[0],
        width_px=material.frame[1],
        seed=training.seed,
        num_steps=summary.num_steps,
        num_parameters=num_parameters(network),
        final_losses=summary.final_losses,
        num_threads=training.trainer.num_threads,
        settings={name: section.model_dump(mode="json") for name, section in settings.items()},
        notes=dict(notes or {}),
    )
    save_model(training.out, network, card)
    return network.cpu().eval()
