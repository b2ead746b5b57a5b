"""Linear Monge-Kantorovich colour transfer (Pitie and Kokaram 2007; reference, section 8).

The linear map T that turns the covariance A of the source colours into the covariance B of the
target colours with the least displacement: T = A^(-1/2) (A^(1/2) B A^(1/2))^(1/2) A^(-1/2), so T A T = B.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Added to variances before roots and inverses: about the rounding noise of 8-bit colours, (1/255)^2 / 12.
_NOISE_VARIANCE = 1e-6
# A source whose largest variance is below that of 1 % grey carries no palette to stretch.
_FLAT_VARIANCE = 1e-4


def transfer_colours(
    pixels: NDArray[np.uint8], source: NDArray[np.uint8], target: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Move pixels from the palette of `source` to that of `target`.

    Pixels come back unchanged when the source is nearly constant (the map would blow up its noise) or
    when a palette has fewer than two pixels.

    Args:
        pixels: (N, 3) uint8 RGB.
        source: (S, 3) uint8 RGB, the palette that the pixels belong to.
        target: (T, 3) uint8 RGB, the palette wanted.

    Returns:
        (N, 3) uint8 RGB.
    """
    if min(len(source), len(target)) < 2:
        return pixels
    source_mean, source_covariance = _moments(source)
    if np.linalg.eigvalsh(source_covariance)[-1] < _FLAT_VARIANCE:
        return pixels
    target_mean, target_covariance = _moments(target)
    transport = transport_map(source_covariance, target_covariance)
    moved = np.einsum("ni,ij->nj", pixels / 255 - source_mean, transport) + target_mean
    rounded: NDArray[np.uint8] = np.round(np.clip(moved, 0, 1) * 255).astype(np.uint8)
    return rounded


def transport_map(source: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the symmetric (3, 3) matrix T with T A T = B, for covariances A (`source`) and B (`target`)."""
    variances, axes = np.linalg.eigh(source)
    deviations = np.sqrt(np.maximum(variances, 0) + _NOISE_VARIANCE)
    scaled = deviations[:, None] * (axes.T @ target @ axes) * deviations
    inner_variances, inner_axes = np.linalg.eigh(scaled)
    root = (inner_axes * np.sqrt(np.maximum(inner_variances, 0))) @ inner_axes.T
    transport: NDArray[np.float64] = axes @ (root / np.outer(deviations, deviations)) @ axes.T
    return transport


def _moments(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and sample covariance of colours in 0..1; without BLAS, whose sums depend on its number of threads."""
    colours = pixels / 255
    mean = colours.mean(axis=0)
    centred = colours - mean
    return mean, np.einsum("ni,nj->ij", centred, centred) / (len(pixels) - 1)
