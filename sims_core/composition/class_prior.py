"""How often each category lies behind each other one, counted on the training pairs (reference, section 4.6)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from sims_core.formats.class_prior import read_class_prior
from sims_core.scenes.classes import ClassTable, Role

# How often a category of each role is the one behind; the street's shares in the reference. Counts as one pair.
_BACK_SHARES = {Role.STUFF: 0.7, Role.PLANAR: 0.55, Role.FOLIAGE: 0.45, Role.OBJECT: 0.2, Role.THIN: 0.1}


@dataclass(frozen=True)
class ClassPrior:
    """How often each category lies behind each other one.

    Attributes:
        counts: (C, C) int64, [a, b] = number of training pairs with category a behind category b.
        defaults: (C,) float64, the back share to assume without any pair.
    """

    counts: NDArray[np.int64]
    defaults: NDArray[np.float64]

    @property
    def back_shares(self) -> NDArray[np.float64]:
        """(C,) float64: in which share of its pairs a category is the one behind; the role's share counts as a pair."""
        behind, front = self.counts.sum(axis=1), self.counts.sum(axis=0)
        shares: NDArray[np.float64] = (behind + self.defaults) / (behind + front + 1)
        return shares

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """(C, C) float64, [a, b] = the probability that b is in front of a; back shares count as one pair."""
        shares = self.back_shares
        assumed = 0.5 + (shares[:, None] - shares) / 2
        probabilities: NDArray[np.float64] = (self.counts + assumed) / (self.counts + self.counts.T + 1)
        return probabilities

    @property
    def log_odds(self) -> NDArray[np.float32]:
        """(C, C) float32, the log-odds of `probabilities`."""
        log_odds: NDArray[np.float32] = logit(self.probabilities).astype(np.float32)
        return log_odds


def class_prior(counts: NDArray[np.int64], classes: ClassTable) -> ClassPrior:
    """Return the prior of (C, C) counts of pairs; see `formats.class_prior.count_pairs`."""
    return ClassPrior(counts, np.array([_BACK_SHARES[category.role] for category in classes.categories]))


def read_prior(model: Path, classes: ClassTable) -> ClassPrior:
    """Read the class prior beside the weights of data/models/ordering; see `read_class_prior` for errors."""
    return class_prior(read_class_prior(model, classes), classes)
