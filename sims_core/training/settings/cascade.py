"""Cascaded refinement networks, and section `crn` of params.yaml."""

from __future__ import annotations

from pydantic import Field

from sims_core.base.parameters import Channels, Weight
from sims_core.training.settings.trainer import FitConfig


class CascadeConfig(FitConfig):
    """A cascaded refinement network.

    `base_channels` is the width of the sixth and seventh module, 512 in the paper; the coarser ones have twice as many.
    Of `num_modules` the last is as fine as the scenes and each before it half as fine; the paper has 7 at 256 rows.
    """

    base_channels: Channels
    num_modules: int = Field(ge=1, le=9)


class CrnConfig(CascadeConfig):
    """The cascade that makes photographs, a rival, and the weights of its two loss terms; the paper has 1 and 1."""

    pixel_weight: Weight
    perceptual_weight: Weight
