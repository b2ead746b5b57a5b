"""The rival pix2pix: section `pix2pix` of params.yaml."""

from __future__ import annotations

from sims_core.base.parameters import Levels, Percent
from sims_core.training.settings.adversarial import AdversarialConfig


class Pix2PixConfig(AdversarialConfig):
    """Generator and discriminator of pix2pix, a rival; the discriminator has `base_channels`, too.

    The generator halves the scenes `num_levels` times, 8 in the paper, and `dropout_percent` of the features of its
    first three decoder layers are left out, when generating as well; 50 in the paper.
    """

    num_levels: Levels
    dropout_percent: Percent
