"""Frechet distance (the F of FID) between two sets of features, each taken as a Gaussian.

|mu_1 - mu_2|^2 + tr(S_1 + S_2 - 2 (S_1 S_2)^(1/2)), Heusel et al. (2017), with sample covariances in
float64. It is biased upward for finite sets, by an amount that depends on the method (Chong and Forsyth
2020), most of all where there are fewer pictures than features: read it beside the published figures
that were computed on as many pictures, and rank methods by the kernel distance.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FRECHET_RULE = "|mean difference|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)), covariances of the sample in float64"


def frechet_rule(num_pictures: int, num_features: int) -> str:
    """Return the rule with what is to be known of this many pictures and features, for the protocol."""
    if num_pictures > num_features:
        return f"{FRECHET_RULE}; biased upward, and without interval because resamples are biased further"
    return (
        f"{FRECHET_RULE}; the covariances of {num_pictures} pictures have rank {num_pictures - 1} of {num_features}: "
        "strongly biased upward and by another amount for every method, not for ranking; no interval"
    )


def frechet_distance(features: NDArray[np.float64], reference: NDArray[np.float64]) -> float:
    """Return the Frechet distance of (N, F) and (M, F) float64 features; N and M at least 2.

    The trace of the root of S_1 S_2 is the sum of the singular values of A B^T, where A and B are the
    centred features over the root of their number less one: an N x M matrix, and for more pictures than
    features an F x F one by way of QR. No matrix is squared and no root taken of a singular one, which is
    where the usual computation needs an offset or drops imaginary parts.
    """
    centred, centred_reference = _centred(features), _centred(reference)
    difference = features.mean(axis=0) - reference.mean(axis=0)
    root_trace = np.linalg.svd(_small(centred) @ _small(centred_reference).T, compute_uv=False).sum()
    squares = np.square(centred).sum() + np.square(centred_reference).sum()
    return float(max(difference @ difference + squares - 2 * root_trace, 0.0))


def _centred(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (N, F) such that its transpose times itself is the sample covariance."""
    centred: NDArray[np.float64] = (features - features.mean(axis=0)) / np.sqrt(len(features) - 1)
    return centred


def _small(centred: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a matrix of at most F rows with the same covariance: rotating the pictures among themselves is free."""
    if len(centred) <= centred.shape[1]:
        return centred
    return np.linalg.qr(centred).R
