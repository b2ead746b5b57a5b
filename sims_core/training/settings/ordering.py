"""The ordering network: section `ordering` of params.yaml."""

from __future__ import annotations

from pydantic import Field

from sims_core.training.settings.trainer import FitConfig


class OrderingConfig(FitConfig):
    """The ordering network; `base_channels` and `window_px` as in `TransformConfig`.

    `dropout_percent` of the last features are left out in training; the reference has 50.
    """

    base_channels: int = Field(ge=1)
    window_px: int = Field(ge=16)
    dropout_percent: int = Field(ge=0, lt=100)
