"""Saved models: an artifact with `weights.safetensors` and `card.json`, which says what the weights are."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from sims_core.base.artifacts import open_artifact
from sims_core.base.errors import SimsError
from sims_core.base.files import read_json
from sims_core.base.text_files import invalid
from sims_core.networks.baselines import Baseline
from sims_core.scenes.classes import ClassTable

WEIGHTS = "weights.safetensors"
CARD = "card.json"
NetworkType = TypeVar("NetworkType", bound=nn.Module)


class ModelCard(BaseModel):
    """What a folder of weights is and how it came about.

    Attributes:
        format_version: Of this folder's layout.
        network: Name of the network's class.
        arguments: Of its constructor.
        categories: The class table that it was trained with.
        height_px: Height of the pictures that it was trained on.
        width_px: Their width.
        seed: The project's seed.
        num_steps: Length of the training; 0 where nothing was trained.
        kept_step: The step whose weights these are.
        num_parameters: Trained numbers.
        final_losses: Means over the last logged interval.
        validation_losses: Of training photos held out, with these weights.
        num_threads: CPU threads of the training; predictions use as many, so that they repeat to the bit.
        settings: The sections of params.yaml that the training took, by name.
        notes: Anything else that shaped the weights, such as the origin of perceptual features.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: Literal[2] = 2
    network: str
    arguments: dict[str, bool | int]
    categories: ClassTable
    height_px: int = Field(ge=1)
    width_px: int = Field(ge=1)
    seed: int
    num_steps: int
    kept_step: int
    num_parameters: int
    final_losses: dict[str, float]
    validation_losses: dict[str, float]
    num_threads: int = Field(ge=1)
    settings: dict[str, dict[str, Any]]
    notes: dict[str, str] = {}


def read_card(folder: Path) -> ModelCard:
    """Read what a folder of weights is, without the weights; SimsError when the card is missing or damaged.

    Args:
        folder: Named after its training, e.g. data/models/transform.
    """
    stage = training_stage(folder.name)
    artifact = open_artifact(folder, stage)
    path = artifact.file(CARD)
    try:
        return ModelCard.model_validate(read_json(path, stage))
    except ValidationError as error:
        raise invalid(path, error, f"run stage '{stage}' again") from error


def load_model(folder: Path, network_class: type[NetworkType]) -> tuple[NetworkType, ModelCard]:
    """Read a model in evaluation mode, on the CPU.

    Args:
        folder: Named after its training, e.g. data/models/transform.
        network_class: What the folder is expected to hold.

    Raises:
        SimsError: Missing or damaged files, another network, or weights that are not finite or do not fit it.
    """
    card = read_card(folder)
    artifact = open_artifact(folder, training_stage(folder.name))
    again = f"run stage '{artifact.card.made_by}' again"
    card_path, weights_path = folder / CARD, artifact.file(WEIGHTS)
    if card.network != network_class.__name__:
        raise SimsError(card_path, "another network", expected=network_class.__name__, found=card.network)
    try:
        network = network_class(**card.arguments)
    except TypeError as error:
        raise SimsError(card_path, "'arguments' do not fit the network", found=error, remedy=again) from error
    try:
        weights = load_file(weights_path)
        network.load_state_dict(weights)
    except (SafetensorError, RuntimeError, OSError) as error:
        found = str(error).strip().split("\n")[-1].strip()[:160]
        raise SimsError(weights_path, "weights are damaged", found=found, remedy=again) from error
    for name, tensor in weights.items():
        if not tensor.isfinite().all():
            raise SimsError(weights_path, f"weights '{name}' are not finite", remedy=again)
    return network.eval(), card


def training_stage(model: str) -> str:
    """Return the stage of dvc.yaml that makes data/models/`model`."""
    return f"train_baseline@{model}" if model in set(Baseline) else f"train_{model}"
