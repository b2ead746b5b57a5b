"""A network before and after its training: new random weights, and the folder that holds the trained ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from safetensors.torch import save
from torch import nn

from sims_core.base.artifacts import new_artifact
from sims_core.base.files import write_json
from sims_core.base.seeding import derive_seed
from sims_core.networks.determinism import seeded
from sims_core.networks.saved import CARD, WEIGHTS, ModelCard, NetworkType, training_stage


def build_network(
    network_class: type[NetworkType], arguments: Mapping[str, bool | int], seed: int, name: str
) -> NetworkType:
    """Return a new network whose random weights depend on seed and name alone."""
    with seeded(derive_seed(seed, name, "weights")):
        return network_class(**arguments)


def save_model(
    folder: Path,
    name: str,
    network: nn.Module,
    card: ModelCard,
    made_from: Sequence[Path] = (),
    beside: Mapping[str, Any] | None = None,
) -> None:
    """Write a model; it appears whole or not at all. The same weights and card give the same bytes.

    Args:
        folder: Of the model.
        name: Of its training.
        network: Its weights.
        card: What they are.
        made_from: The artifacts behind the weights.
        beside: Content of further JSON files by name, for what belongs to the weights.
    """
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    with new_artifact(folder, f"models/{name}", training_stage(name), made_from) as temporary:
        # Python says why a disk refuses, the library's own writer does not.
        (temporary / WEIGHTS).write_bytes(save(tensors))
        for file_name, content in {CARD: card.model_dump(mode="json"), **(beside or {})}.items():
            write_json(temporary / file_name, content)
