"""The rival pix2pix: section `pix2pix` of params.yaml."""

from __future__ import annotations

from pydantic import Field

from sims_core.base.parameters import Channels, Levels, Percent, Weight
from sims_core.training.settings.trainer import FitConfig


class Pix2PixConfig(FitConfig):
    """Generator and discriminator of pix2pix, a rival, and the weights of the generator's loss terms (paper: 1, 100).

    Both have `base_channels` at their first convolution, 64 in the paper. The generator halves the scenes `num_levels`
    times, 8 in the paper, and `dropout_percent` of the features of its first three decoder layers are left out, when
    generating as well; 50 in the paper. `adam_beta1` is Adam's, of both.
    """

    base_channels: Channels
    num_levels: Levels
    dropout_percent: Percent
    adam_beta1: float = Field(ge=0, lt=1)
    adversarial_weight: Weight
    pixel_weight: Weight
