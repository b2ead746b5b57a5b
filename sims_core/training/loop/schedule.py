"""The learning rate of every step."""

from __future__ import annotations

import math

from sims_core.training.settings.trainer import FitConfig, Ramp

# By which the released code multiplies its learning rate with every epoch (reference, sections 3.6, 4.4 and 6.5).
_GROWTH = 1.1


def learning_rate(fit: FitConfig, step: int) -> float:
    """Return the learning rate of a step, counted from 0."""
    warm = min(1.0, (step + 1) / fit.warmup_steps) if fit.warmup_steps else 1.0
    if fit.ramp is not None:
        return warm * _ramp(fit.ramp, fit.lr, step)
    if fit.schedule == "constant":
        return fit.lr * warm
    done = max(0, step - fit.warmup_steps) / max(1, fit.num_steps - fit.warmup_steps)
    return fit.lr * warm * 0.5 * (1 + math.cos(math.pi * done))


def _ramp(ramp: Ramp, lr: float, step: int) -> float:
    highest = lr if step < ramp.drop_step else ramp.drop_lr
    # In logarithms, for after a few thousand epochs the product itself is no longer a number.
    grown = math.log(ramp.start_lr) + (step // ramp.steps_per_epoch) * math.log(_GROWTH)
    return min(highest, math.exp(min(grown, 0.0)))
