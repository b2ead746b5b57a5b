"""The features that pictures are compared in: section `perceptual` of params.yaml."""

from __future__ import annotations

from pydantic import Field

from sims_core.base.parameters import Channels
from sims_core.training.settings.trainer import FitConfig


class PerceptualConfig(FitConfig):
    """The frozen network whose features the synthesis network is compared in: a VGG-19, or EfficientNet-Lite0.

    `weights` is `random` (seeded), `learned` (trained to label the training photos; the phase of a training is for
    this one alone), `imagenet` (the file that `sims weights fetch` gets) or the path of such weights in
    torchvision's layout (.safetensors or .pth). `base_channels` is 64 for the last two. `lite0` is another network,
    with the ImageNet weights that are installed with the project; it has no use for `base_channels`.
    """

    weights: str = Field(min_length=1, max_length=1024)
    base_channels: Channels
