"""The evaluation's segmenter: section `segmenter` of params.yaml."""

from __future__ import annotations

from sims_core.base.parameters import Channels, Levels
from sims_core.training.settings.trainer import FitConfig


class SegmenterConfig(FitConfig):
    """The evaluation's segmenter: a U-Net of `num_levels` sizes with `base_channels` at the first."""

    base_channels: Channels
    num_levels: Levels
