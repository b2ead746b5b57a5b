"""The depth network: section `depth` of params.yaml."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sims_core.base.parameters import Channels, Levels
from sims_core.training.settings.trainer import FitConfig


class DepthConfig(FitConfig):
    """The depth network: a U-Net of `num_levels` sizes with `base_channels` at the first.

    `source` says what it learns from: the training `scenes` that have depth, or `num_source_scenes`
    rendered ones (`synthetic_street`). A tenth of them is held out for the metric. With `none` nothing is trained, for
    depth that a sensor or another model gives.
    """

    source: Literal["scenes", "synthetic_street", "none"]
    num_source_scenes: int = Field(ge=2, le=10**6)
    base_channels: Channels
    num_levels: Levels
