"""Exponential moving averages of weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

AverageFunction = Callable[[Sequence[Tensor], Sequence[Tensor], Tensor | int], None]


def average_weights(decay: float) -> AverageFunction:
    """Return the function for `torch.optim.swa_utils.AveragedModel`.

    After n steps the average moves by 1 - min(decay, (1 + n) / (10 + n)) towards the weights, so that a short
    training's average does not remember where it began.
    """

    @torch.no_grad()
    def update(averages: Sequence[Tensor], weights: Sequence[Tensor], num_averaged: Tensor | int) -> None:
        steps = int(num_averaged)
        torch._foreach_lerp_(list(averages), list(weights), 1 - min(decay, (1 + steps) / (10 + steps)))

    return update
