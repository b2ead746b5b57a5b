"""Kernel distance (KID): how far two sets of pictures lie apart in the features of a network.

The unbiased polynomial-kernel estimate of Binkowski et al. (2018), computed by torchmetrics on features
that the caller extracted. The figure is named after the extractor, because figures of different
extractors have nothing in common.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torchmetrics.image.kid import KernelInceptionDistance

from sims_core.base.errors import SimsError
from sims_core.base.seeding import derive_seed
from sims_core.evaluation.measures.statistics import WeightedFigure, Weights

KERNEL_RULE = "unbiased maximum mean discrepancy, kernel (x.y / num_features + 1)^3, mean over random subsets"
KERNEL_INTERVAL_RULE = (
    "of the same estimate on the whole set, the limit of ever more subsets; of a resample, a pair of draws of one "
    "picture is left out of the means within a set, and a picture meets its own photograph once per draw"
)


@dataclass(frozen=True)
class SubsetRule:
    """How many random subsets the kernel distance is averaged over, and how many pictures are in each."""

    num_subsets: int
    subset_size: int


@dataclass(frozen=True)
class KernelDistance:
    """Mean and standard deviation over the subsets; an unbiased estimate can be slightly below zero."""

    mean: float
    std: float


def check_subset_size(subset_size: int, num_pictures: int, where: str) -> None:
    """Raise SimsError when a subset is not smaller than the set: every subset would be the whole set.

    Args:
        subset_size: Pictures per subset.
        num_pictures: Pictures that there are.
        where: What the size was set by, for the message.
    """
    if subset_size >= num_pictures:
        raise SimsError(
            where,
            "too many pictures per subset",
            expected=f"fewer than the {num_pictures} pictures there are",
            found=subset_size,
            remedy=f"lower it, to {max(num_pictures // 5, 2)} for instance, or evaluate more pictures",
        )


def kernel_distance(
    features: NDArray[np.float64], reference: NDArray[np.float64], rule: SubsetRule, seed: int
) -> KernelDistance:
    """Return the kernel distance of two feature sets.

    Args:
        features: (N, F) features of the pictures under test.
        reference: (M, F) features of the real pictures; N and M above the subset size (`check_subset_size`).
        rule: The subsets.
        seed: Of the subsets.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*will save all extracted features.*")
        metric = KernelInceptionDistance(
            feature=torch.nn.Identity(), subsets=rule.num_subsets, subset_size=rule.subset_size
        )
    metric.update(torch.from_numpy(reference), real=True)
    metric.update(torch.from_numpy(features), real=False)
    # torchmetrics draws its subsets from torch's global generator: lend it a seeded one.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "evaluate", "kernel_distance"))
        mean, std = metric.compute()
    return KernelDistance(float(mean), float(std))


def weighted_kernel_distance(features: NDArray[np.float64], reference: NDArray[np.float64]) -> WeightedFigure:
    """Return the kernel distance of the whole set as a function of weights on its pictures, for the bootstrap.

    Drawing pictures with replacement puts some twice into a resample. A pair of two such draws is no pair of
    independent pictures: its kernel value, that of a picture with itself, is far above the others and would
    raise every resample. Such pairs are left out, as the unbiased estimate leaves out its diagonal (the
    weighted bootstrap of U-statistics: Arcones and Gine 1992). Between the sets, a picture and the photograph
    of its own scene are alike beyond chance; they count once per draw instead of once per pair of draws.
    With every weight 1 the value is the unbiased estimate on all pictures.

    Args:
        features: (N, F) float64 of the pictures.
        reference: (N, F) float64 of the real photographs, in the same order of scenes.
    """
    num_pictures = len(features)
    cross = _kernel(features, reference)
    own = np.diag(cross).copy()
    pairs = _kernel(features, features)
    pairs += _kernel(reference, reference)
    # Of N^2 pairs between the sets, N are of one scene: the others make up this share of their mean.
    pairs -= (num_pictures - 1) / num_pictures * (cross + cross.T)
    np.fill_diagonal(pairs, 0)

    def weighted(weights: Weights) -> NDArray[np.float64]:
        num_pairs = np.square(weights.sum(axis=1)) - np.square(weights).sum(axis=1)
        over_pairs = ((weights @ pairs) * weights).sum(axis=1)
        # A resample of one picture alone has no pair; it is not defined there.
        between_own = (weights @ own) / weights.sum(axis=1)
        means = np.divide(over_pairs, num_pairs, out=np.full(len(weights), np.nan), where=num_pairs > 0)
        distance: NDArray[np.float64] = means - 2 / num_pictures * between_own
        return distance

    return weighted


def _kernel(features: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the (N, M) values of the polynomial kernel."""
    values: NDArray[np.float64] = (features @ others.T / features.shape[1] + 1) ** 3
    return values
