"""The perceptual loss: how far two photographs are apart in the features of a frozen network (reference, 6.4)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from sims_core.networks.perceptual import PerceptualNet

COLOUR_SCALE = 255


class PerceptualLoss:
    """Weighted mean absolute differences of features, in the units of 0..255 colours.

    The network is frozen: it passes gradients on to the picture, and its own weights take no memory for theirs.
    """

    def __init__(self, network: PerceptualNet) -> None:
        self.network = network.eval().requires_grad_(False)

    def __call__(self, image: Tensor, photo: Tensor) -> Tensor:
        """Compare pictures.

        Args:
            image: (B, 3, H, W) RGB, nominally in [0, 1].
            photo: (B, 3, H, W) RGB in [0, 1]; its features are computed once, without gradients.

        Returns:
            The sum over the layers, each times its weight.
        """
        self.network.to(photo.device)
        with torch.no_grad():
            wanted = self.network(photo)
        return self.network.layer_weights @ layer_differences(self.network(image), wanted)


def layer_differences(features: list[Tensor], others: list[Tensor]) -> Tensor:
    """Return (layers,) float32 mean absolute differences, averaged in full precision whatever the features have."""
    pairs = zip(features, others, strict=True)
    return torch.stack([(ours - theirs).abs().float().mean() for ours, theirs in pairs])


def colour_difference(image: Tensor, photo: Tensor) -> Tensor:
    """Return the mean absolute difference of two pictures in [0, 1], in units of 0..255 colours."""
    return COLOUR_SCALE * (image - photo).abs().mean()


def halve(picture: Tensor) -> Tensor:
    """Return a (B, C, H, W) picture at half its size, bilinear."""
    height, width = picture.shape[-2:]
    return F.interpolate(picture, size=((height + 1) // 2, (width + 1) // 2), mode="bilinear", align_corners=False)
