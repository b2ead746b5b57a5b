"""How well a network labels photos: cross-entropy and Lovasz-softmax of logits with label maps, void left out."""

from __future__ import annotations

import torch
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


class LabellingLoss:
    """Cross-entropy, and where it has a weight the Lovasz-softmax loss of every second row and column."""

    def __init__(self, lovasz_weight: float) -> None:
        self.lovasz_weight = lovasz_weight

    def __call__(self, network: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """Return the weighted terms of a batch from `encode_scene`, void pixels left out."""
        logits, labels = network(photo_planes(batch["photo"])), batch["labels"]
        terms = {"semantic": label_loss(logits, labels)}
        if self.lovasz_weight:
            # Neighbours say nearly the same, and a fourth of the pixels takes a fourth of the time to sort.
            terms["lovasz"] = self.lovasz_weight * lovasz_loss(logits[..., ::2, ::2], labels[..., ::2, ::2])
        return terms


def lovasz_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the Lovasz-softmax loss (Berman, Triki and Blaschko, CVPR 2018), void pixels left out.

    It is a bound of 1 - mean IoU that has gradients: equal to it where every probability is 0 or 1.

    Args:
        logits: (B, C, H, W).
        labels: (B, H, W) uint8.

    Returns:
        The mean over the photos of the mean over the categories that a photo shows; 0 where all is void.
    """
    losses = [_lovasz_of_photo(photo, own) for photo, own in zip(logits.softmax(dim=1), labels, strict=True)]
    return torch.stack(losses).mean()


def _lovasz_of_photo(probabilities: Tensor, labels: Tensor) -> Tensor:
    """Return the loss of (C, H, W) probabilities."""
    counted = labels != VOID
    probabilities, labels = probabilities[:, counted], labels[counted].long()
    shown = torch.bincount(labels, minlength=len(probabilities)).nonzero()[:, 0]
    is_category = (labels == shown[:, None]).to(probabilities.dtype)
    errors, order = (is_category - probabilities[shown]).abs().sort(dim=1, descending=True)
    is_category = is_category.gather(1, order)
    # IoU that is left when the pixels of the largest errors, so many, are wrong.
    num_px = is_category.sum(dim=1, keepdim=True)
    wrong = is_category.cumsum(dim=1), (1 - is_category).cumsum(dim=1)
    lost = 1 - (num_px - wrong[0]) / (num_px + wrong[1])
    gains = lost.diff(dim=1, prepend=torch.zeros_like(num_px))
    loss: Tensor = (errors * gains).sum() / max(len(shown), 1)
    return loss
