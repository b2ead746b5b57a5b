"""The evaluation's segmenter: section `segmenter` of params.yaml."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from sims_core.base.parameters import Channels, Levels, Weight
from sims_core.training.settings.trainer import FitConfig

# Of EfficientNet-Lite0; the network's own module would load torch.
_NUM_LITE0_SIZES = 5


class SegmenterConfig(FitConfig):
    """The evaluation's segmenter, and how it is trained.

    `encoder: unet` is a U-Net of `num_levels` sizes with `base_channels` at the first, from random weights. `lite0` is
    EfficientNet-Lite0 with ImageNet's weights, whose `num_levels` coarsest of five sizes (1/2 to 1/32 of the photo's)
    a feature pyramid of `base_channels` puts together.

    The loss is the cross-entropy and, `lovasz_weight` times, the Lovasz-softmax loss: a bound of 1 - mean IoU, in which
    a rare category counts as much as the road.
    """

    encoder: Literal["unet", "lite0"]
    base_channels: Channels
    num_levels: Levels
    lovasz_weight: Weight

    @model_validator(mode="after")
    def _has_so_many_levels(self) -> Self:
        if self.encoder == "lite0" and self.num_levels > _NUM_LITE0_SIZES:
            raise ValueError(f"encoder 'lite0' has {_NUM_LITE0_SIZES} sizes: lower 'num_levels'")
        return self
