"""How results are scored: section `evaluate` of params.yaml."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sims_core.base.parameters import Count, Section
from sims_core.networks.baselines import Baseline


class EvaluateConfig(Section):
    """How results are scored.

    `batch_size` is the number of pictures or pairs that a network sees at once. The kernel distance is
    the mean over `kernel_num_subsets` random subsets of `kernel_subset_size` pictures; the size must be
    below the number of validation scenes, and figures with different sizes are not comparable. Intervals
    come from `num_resamples` resamples of the pictures. `rivals` are those that are trained and compared: dvc.yaml
    makes their stages of this list.
    """

    batch_size: int = Field(ge=1, le=65536)
    kernel_num_subsets: Count
    kernel_subset_size: int = Field(ge=2, le=10**6)
    num_resamples: int = Field(ge=100, le=10**6)
    rivals: tuple[Annotated[Baseline, Field(strict=False)], ...]
