"""The rival SPADE: section `spade` of params.yaml."""

from __future__ import annotations

from sims_core.base.parameters import Channels
from sims_core.training.settings.adversarial import AdversarialConfig


class SpadeConfig(AdversarialConfig):
    """SPADE's generator, a rival, against pix2pix's discriminator.

    `critic_channels` is the width of the discriminator: pix2pix's, where the two are to be compared.
    """

    critic_channels: Channels
