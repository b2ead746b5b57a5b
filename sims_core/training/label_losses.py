"""How well a network labels photos: cross-entropy of logits with label maps, void left out."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from sims_core.networks.tensors import photo_planes
from sims_core.scenes.classes import VOID
from sims_core.training.examples.batches import Batch


def segmentation_loss(network: nn.Module, batch: Batch) -> dict[str, Tensor]:
    """Return the cross-entropy of a batch from `encode_scene`, void pixels left out."""
    return {"semantic": label_loss(network(photo_planes(batch["photo"])), batch["labels"])}


def label_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the mean cross-entropy of (B, C, H, W) logits with (B, H, W) uint8 labels, void pixels left out."""
    # A sum over counted pixels: the mean of a batch without any would be 0 / 0.
    total = F.cross_entropy(logits, labels.long(), ignore_index=VOID, reduction="sum")
    return total / (labels != VOID).sum().clamp(min=1)
