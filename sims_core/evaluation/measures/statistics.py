"""How sure a figure is: seeded bootstrap over the pictures, and paired differences between methods.

A resample draws as many pictures as there are, with replacement; here it is a row of weights that says
how often each picture was drawn. A figure that can be computed from weights (sums of counts, means of
profiles, sums over pairs) is computed for all resamples at once. The same resamples serve all methods,
so the difference of two methods on one resample is a paired one: what makes a layout hard for both
cancels. Percentile interval: Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sims_core.base.seeding import random_stream

_PERCENT = 95
Weights = NDArray[np.float64]
# (B, N) weights -> (B,) values
WeightedFigure = Callable[[Weights], NDArray[np.float64]]


@dataclass(frozen=True)
class Interval:
    """The 95 % percentile interval of a figure."""

    low: float
    high: float


def interval_rule(num_resamples: int, seed: int) -> str:
    """Return what the intervals are, for the protocol."""
    return (
        f"{_PERCENT} % percentile bootstrap over the pictures, {num_resamples} resamples, seed {seed}; all methods on "
        "the same resamples, so that differences are paired"
    )


def draw_resamples(num_pictures: int, num_resamples: int, seed: int) -> Weights:
    """Draw bootstrap resamples of N pictures.

    Returns:
        (B, N) float64: how often each picture is in each resample; every row sums to N.
    """
    draws = random_stream(seed, "evaluate", "bootstrap").multinomial(
        num_pictures, np.full(num_pictures, 1 / num_pictures), size=num_resamples
    )
    return draws.astype(np.float64)


def every_picture_once(num_pictures: int) -> Weights:
    """Return the (1, N) weights of the pictures as they are."""
    return np.ones((1, num_pictures))


def percentile_interval(values: NDArray[np.float64]) -> Interval | None:
    """Return the interval of a figure's (B,) values on the resamples.

    Resamples on which the figure is not defined (NaN: no counted pixel) are left out; None where that is all.
    """
    defined = values[~np.isnan(values)]
    if not len(defined):
        return None
    tail = (100 - _PERCENT) / 2
    low, high = np.percentile(defined, [tail, 100 - tail])
    return Interval(float(low), float(high))


def weighted_mean(per_picture: NDArray[np.float64], weights: Weights) -> NDArray[np.float64]:
    """Return the (B, ...) means of (N, ...) values over the pictures of each resample."""
    flat = per_picture.reshape(len(per_picture), -1)
    means: NDArray[np.float64] = (weights @ flat) / weights.sum(axis=1, keepdims=True)
    return means.reshape(len(weights), *per_picture.shape[1:])
