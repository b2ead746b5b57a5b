"""The transformation network: section `transform` of params.yaml."""

from __future__ import annotations

from pydantic import Field

from sims_core.training.settings.trainer import FitConfig


class TransformConfig(FitConfig):
    """The transformation network and the weights of its three loss terms (see `training.tasks.transform`).

    `base_channels` is the width of the first convolution; the reference has 64. `window_px` is the side of the
    square that the surroundings of segment and place are resized to (see `window`).
    """

    base_channels: int = Field(ge=1)
    window_px: int = Field(ge=16)
    photometric_weight: float = Field(ge=0)
    mask_weight: float = Field(ge=0)
    displacement_weight: float = Field(ge=0)
