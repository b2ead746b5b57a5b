"""What every training does around its loop: build the network, fit it at each resolution, save it with its card."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic

from torch import nn

from sims_core.base.artifacts import ancestry
from sims_core.base.metrics import write_figures
from sims_core.base.parameters import Section
from sims_core.base.processes import is_first_process
from sims_core.networks.blocks import num_parameters
from sims_core.networks.saved import ModelCard, NetworkType
from sims_core.scenes.classes import ClassTable
from sims_core.training.loop.launch import say, start_fabric, wait_for_all
from sims_core.training.loop.loop import FitSummary, fit
from sims_core.training.loop.phase import Phase, Training
from sims_core.training.loop.save import build_network, save_model
from sims_core.training.loop.state import state_folder


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What the weights come from.

    Attributes:
        classes: The class table of the examples.
        made_from: The artifacts behind the weights; an unfinished training goes on only while they stay the same.
        settings: The sections of params.yaml that shape the weights, beside the trainer's, by name.
        notes: Anything else, for the card.
        task: The module that trains, by its dotted name; an unfinished training goes on only while that module and
            what it imports stay the same.
        beside: Content of further JSON files in the model's folder, by name.
    """

    classes: ClassTable
    made_from: Sequence[Path]
    settings: Mapping[str, Section]
    notes: Mapping[str, str]
    task: str
    beside: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Trained(Generic[NetworkType]):
    """What a training has come to, and is about to be saved.

    Attributes:
        network: With the weights that are kept.
        summary: Of the last phase.
        notes: What was carried over between phases.
        state: The folder to be removed when the model is safe.
    """

    network: NetworkType
    summary: FitSummary
    notes: Mapping[str, str]
    state: Path | None


def train_and_save(
    training: Training,
    network_class: type[NetworkType],
    phases: Sequence[Phase],
    origin: Origin,
    begin: Callable[[NetworkType], object] = lambda network: None,
) -> dict[str, Any]:
    """Train a new network, phase after phase, save it, and return the content of its metrics file; see below."""
    trained = train_phases(training, network_class, phases, origin, begin)
    return save_trained(training, trained, phases[-1].arguments, phases[-1].frame, origin)


def train_phases(
    training: Training,
    network_class: type[NetworkType],
    phases: Sequence[Phase],
    origin: Origin,
    begin: Callable[[NetworkType], object] = lambda network: None,
) -> Trained[NetworkType]:
    """Train a new network, phase after phase, each going on from the weights of the one before.

    Args:
        training: Names, places and trainer.
        network_class: Its class.
        phases: At least one.
        origin: Shapes the key of the state.
        begin: Called with the new network before the first phase.
    """
    fabric = start_fabric(training.trainer)
    sections = [*origin.settings.values(), training.trainer]
    state = state_folder(training.name, training.seed, ancestry(origin.made_from), sections, origin.task)
    # What cannot be made is said before curves are replaced.
    state.mkdir(parents=True, exist_ok=True)
    notes: dict[str, str] = {}
    network = build_network(network_class, phases[0].arguments, training.seed, training.name)
    begin(network)
    for number, phase in enumerate(phases):
        height_px = phase.frame[0]
        if number > 0:
            coarser, network = network, build_network(network_class, phase.arguments, training.seed, training.name)
            notes[f"begin_at_{height_px}_px"] = carry_over(coarser.cpu(), network)
            say(f"{training.name} at {height_px} px: {notes[f'begin_at_{height_px}_px']}")
        curves = training.curves if number == 0 else training.curves / str(height_px)
        summary = fit(fabric, network, phase, training, state / str(height_px), curves)
    return Trained(network=network.cpu().eval(), summary=summary, notes=notes, state=state)


def save_trained(
    training: Training,
    trained: Trained[NetworkType],
    arguments: Mapping[str, bool | int],
    frame: tuple[int, int],
    origin: Origin,
) -> dict[str, Any]:
    """Save a network with its card, remove the state of its training, and return the content of its metrics file.

    Args:
        training: Names, places and trainer.
        trained: What is saved.
        arguments: Of the network's constructor.
        frame: (height, width) of the pictures in pixels.
        origin: For the card.
    """
    summary = trained.summary
    settings: dict[str, Section] = {**origin.settings, "trainer": training.trainer}
    card = ModelCard(
        network=type(trained.network).__name__,
        arguments=dict(arguments),
        categories=origin.classes,
        height_px=frame[0],
        width_px=frame[1],
        seed=training.seed,
        num_steps=summary.num_steps,
        kept_step=summary.kept_step,
        num_parameters=num_parameters(trained.network),
        final_losses=summary.final_losses,
        validation_losses=summary.validation_losses,
        num_threads=training.trainer.num_threads,
        settings={name: section.model_dump(mode="json") for name, section in settings.items()},
        notes={**origin.notes, **trained.notes},
    )
    # Before the state goes, every process has read the weights that are kept from it.
    wait_for_all()
    if is_first_process():
        save_model(training.out, training.name, trained.network, card, origin.made_from, origin.beside)
        if trained.state is not None:
            shutil.rmtree(trained.state, ignore_errors=True)
    wait_for_all()
    return _metrics(card)


def carry_over(coarse: nn.Module, fine: nn.Module) -> str:
    """Copy the weights of equal name and shape, and return in words which those are and which are new."""
    weights = coarse.state_dict()
    own = fine.state_dict()
    shared = {
        name: weights[name] for name, weight in own.items() if getattr(weights.get(name), "shape", ()) == weight.shape
    }
    fine.load_state_dict(shared, strict=False)
    new = {name: weight.numel() for name, weight in own.items() if name not in shared}
    num_shared = sum(weight.numel() for weight in shared.values())
    return (
        f"{len(shared)} tensors of {num_shared:,} numbers carried over, "
        f"{len(new)} of {sum(new.values()):,} are new: {', '.join(new) or 'none'}"
    )


def write_metrics(path: Path, content: Mapping[str, Any]) -> None:
    """Write all figures of a training, and as headline figure the validation loss where there is one.

    Only the first process of a run writes.

    Args:
        path: Of the headline figures, metrics/train_<net>.json.
        content: What `save_trained` returned.
    """
    if is_first_process():
        losses = content.get("validation_losses")
        write_figures(path, content, {"validation_loss": losses["loss"]} if losses else {})


def _metrics(card: ModelCard) -> dict[str, Any]:
    """Return what of a card is a figure, to six digits, and its notes as protocol."""
    losses = {"final_losses": card.final_losses, "validation_losses": card.validation_losses}
    return {
        "num_steps": card.num_steps,
        "kept_step": card.kept_step,
        "num_parameters": card.num_parameters,
        **{
            kind: {term: float(f"{value:.6g}") for term, value in terms.items()}
            for kind, terms in losses.items()
            if terms
        },
        "protocol": {
            "final_losses": "means over the last interval of the curves, at the end of the training",
            "validation_losses": "of training photos that were held out, with the weights that were kept",
            **card.notes,
        },
    }
