"""How results are scored: section `evaluate` of params.yaml."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sims_core.base.parameters import Count, Section


class EvaluateConfig(Section):
    """How results are scored.

    `batch_size` is the number of pictures or pairs that a network sees at once. The kernel distance is
    the mean over `kernel_num_subsets` random subsets of `kernel_subset_size` pictures; the size must be
    below the number of validation scenes, and figures with different sizes are not comparable. Intervals
    come from `num_resamples` resamples of the pictures. `rivals` are the folders of data/baselines that are
    compared, by name.
    """

    batch_size: int = Field(ge=1, le=65536)
    kernel_num_subsets: Count
    kernel_subset_size: int = Field(ge=2, le=10**6)
    num_resamples: int = Field(ge=100, le=10**6)
    rivals: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")], ...]
