"""The network whose features pictures are compared in, data/models/perceptual: a VGG-19 or EfficientNet-Lite0."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor

from sims_core.networks.efficientnet_lite0 import PYRAMID_CHANNELS, Lite0Encoder
from sims_core.networks.saved import ModelCard, load_model, read_card
from sims_core.networks.vgg import VGG19


class Lite0Features(Lite0Encoder):
    """Features of EfficientNet-Lite0 at five sizes.

    Attributes:
        layer_weights: (5,) as of `VGG19`; made for the photos that are compared, and saved with the weights.
    """

    LAYERS: ClassVar[str] = "EfficientNet-Lite0 features at 1/2, 1/4, 1/8, 1/16 and 1/32 of the picture's size"
    layer_weights: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("layer_weights", torch.ones(len(PYRAMID_CHANNELS)))

    def forward(self, image: Tensor) -> list[Tensor]:
        """Return the five feature maps of (B, 3, H, W) RGB in [0, 1], from fine to coarse."""
        return self.pyramid(image)


PerceptualNet = VGG19 | Lite0Features


def load_perceptual(folder: Path) -> tuple[PerceptualNet, ModelCard]:
    """Read data/models/perceptual, whichever network it holds; see `load_model` for errors."""
    if read_card(folder).network == Lite0Features.__name__:
        return load_model(folder, Lite0Features)
    return load_model(folder, VGG19)
