"""The ordering network: section `ordering` of params.yaml."""

from __future__ import annotations

from sims_core.base.parameters import Channels, Percent, WindowPx
from sims_core.training.settings.trainer import FitConfig


class OrderingConfig(FitConfig):
    """The ordering network; `base_channels` and `window_px` as in `TransformConfig`.

    `dropout_percent` of the last features are left out in training; the reference has 50.
    """

    base_channels: Channels
    window_px: WindowPx
    dropout_percent: Percent
