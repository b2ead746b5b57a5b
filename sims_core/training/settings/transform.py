"""The transformation network: section `transform` of params.yaml."""

from __future__ import annotations

from sims_core.base.parameters import Channels, Weight, WindowPx
from sims_core.training.settings.trainer import FitConfig


class TransformConfig(FitConfig):
    """The transformation network and the weights of its three loss terms (see `training.tasks.transform`).

    `base_channels` is the width of the first convolution; the reference has 64. `window_px` is the side of the
    square that the surroundings of segment and place are resized to (see `window`).
    """

    base_channels: Channels
    window_px: WindowPx
    photometric_weight: Weight
    mask_weight: Weight
    displacement_weight: Weight
