"""The perceptual loss: how far two photographs are apart in the features of a frozen VGG-19 (reference, 6.4)."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from sims_core.networks.vgg import FEATURE_SCALE, RANDOM, VGG19, load_torchvision_weights
from sims_core.training.models import build_network
from sims_core.training.settings import PerceptualConfig

# Of conv1_2, conv2_2, conv3_2, conv4_2, conv5_2; the colours themselves have weight 1.
LAYER_WEIGHTS = (1 / 2.6, 1 / 4.8, 1 / 3.7, 1 / 5.6, 10 / 1.5)
COLOUR_SCALE = 255


class PerceptualLoss:
    """Weighted mean absolute differences of features, in the units of 0..255 colours."""

    def __init__(self, vgg: VGG19) -> None:
        self.vgg = vgg.eval()

    def __call__(self, image: Tensor, photo: Tensor) -> Tensor:
        """Compare pictures.

        Args:
            image: (B, 3, H, W) RGB, nominally in [0, 1].
            photo: (B, 3, H, W) RGB in [0, 1].

        Returns:
            The weighted sum over the layers.
        """
        self.vgg.to(photo.device)
        with torch.no_grad():
            wanted = self.vgg(photo)
        found = self.vgg(image)
        features = [
            weight * (ours - theirs).abs().mean()
            for weight, ours, theirs in zip(LAYER_WEIGHTS, found, wanted, strict=True)
        ]
        return FEATURE_SCALE * torch.stack(features).sum()


def colour_difference(image: Tensor, photo: Tensor) -> Tensor:
    """Return the mean absolute difference of two pictures in [0, 1], in units of 0..255 colours."""
    return COLOUR_SCALE * (image - photo).abs().mean()


def build_perceptual_loss(config: PerceptualConfig, seed: int) -> tuple[PerceptualLoss, str]:
    """Return the loss and where its weights come from, for the model's card.

    Raises:
        SimsError: The weight file is missing or does not fit.
    """
    vgg = build_network(VGG19, {"base_channels": config.base_channels}, seed, "perceptual")
    if config.weights == RANDOM:
        return PerceptualLoss(vgg), f"random weights, seed {seed}"
    path = Path(config.weights)
    return PerceptualLoss(vgg), f"{path.name}, sha256 {load_torchvision_weights(vgg, path)}"


def halve(picture: Tensor) -> Tensor:
    """Return a (B, C, H, W) picture at half its size, bilinear."""
    height, width = picture.shape[-2:]
    return F.interpolate(picture, size=((height + 1) // 2, (width + 1) // 2), mode="bilinear", align_corners=False)
