"""Kernel distance (KID): how far two sets of pictures lie apart in the features of a network.

The unbiased polynomial-kernel estimate of Binkowski et al. (2018), computed by torchmetrics on features
that the caller extracted. The figure is named after the extractor, because figures of different
extractors have nothing in common.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import torch
from torchmetrics.image.kid import KernelInceptionDistance

from sims_core.errors import SimsError
from sims_core.seeding import derive_seed

KERNEL_RULE = "unbiased maximum mean discrepancy, kernel (x.y / num_features + 1)^3, mean over random subsets"


@dataclass(frozen=True)
class KernelDistance:
    """Mean and standard deviation over the subsets; an unbiased estimate can be slightly below zero."""

    mean: float
    std: float


def kernel_distance(
    features: torch.Tensor, reference: torch.Tensor, num_subsets: int, subset_size: int, seed: int
) -> KernelDistance:
    """Return the kernel distance of two feature sets.

    Args:
        features: (N, F) features of the pictures under test.
        reference: (M, F) features of the real pictures.
        num_subsets: Number of random subsets.
        subset_size: Pictures per subset, below N and M: at N every subset would be the whole set.
        seed: Of the subsets.

    Raises:
        SimsError: Too few pictures for the subset size.
    """
    num_pictures = min(len(features), len(reference))
    if subset_size >= num_pictures:
        raise SimsError(
            "evaluate.kernel_subset_size",
            "too many pictures per subset",
            expected=f"fewer than the {num_pictures} pictures there are",
            found=subset_size,
            remedy="lower it or evaluate more scenes",
        )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*will save all extracted features.*")
        metric = KernelInceptionDistance(feature=torch.nn.Identity(), subsets=num_subsets, subset_size=subset_size)
    metric.update(reference.double(), real=True)
    metric.update(features.double(), real=False)
    # torchmetrics draws its subsets from torch's global generator: lend it a seeded one.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "evaluate", "kernel_distance"))
        mean, std = metric.compute()
    return KernelDistance(float(mean), float(std))
