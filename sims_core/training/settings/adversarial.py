"""What the rivals that are trained against a critic have in common in params.yaml."""

from __future__ import annotations

from pydantic import Field

from sims_core.base.parameters import Channels, Weight
from sims_core.training.settings.trainer import FitConfig


class AdversarialConfig(FitConfig):
    """A generator that is trained against pix2pix's discriminator with pix2pix's loss.

    `base_channels` is the width of the generator at full size, 64 in the papers. `adam_beta1` is Adam's, of both
    networks. The weights are those of the generator's loss terms; pix2pix's paper has 1 and 100.
    """

    base_channels: Channels
    adam_beta1: float = Field(ge=0, lt=1)
    adversarial_weight: Weight
    pixel_weight: Weight
