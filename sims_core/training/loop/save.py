"""A network before and after its training: new random weights, and the folder that holds the trained ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors.torch import save
from torch import nn

from sims_core.base.files import atomic_folder, write_json
from sims_core.base.seeding import derive_seed
from sims_core.networks.determinism import seeded
from sims_core.networks.saved import CARD, WEIGHTS, ModelCard, NetworkType


def build_network(
    network_class: type[NetworkType], arguments: Mapping[str, bool | int], seed: int, name: str
) -> NetworkType:
    """Return a new network whose random weights depend on seed and name alone."""
    with seeded(derive_seed(seed, name, "weights")):
        return network_class(**arguments)


def save_model(folder: Path, network: nn.Module, card: ModelCard, beside: Mapping[str, Any] | None = None) -> None:
    """Write a model; it appears whole or not at all. The same weights and card give the same bytes.

    Args:
        folder: Of the model.
        network: Its weights.
        card: What they are.
        beside: Content of further JSON files by name, for what belongs to the weights.
    """
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    with atomic_folder(folder) as temporary:
        # Python says why a disk refuses, the library's own writer does not.
        (temporary / WEIGHTS).write_bytes(save(tensors))
        for name, content in {CARD: card.model_dump(mode="json"), **(beside or {})}.items():
            write_json(temporary / name, content)
