"""Filling the gaps of a picture with the colours around them, from coarse to fine (pull-push)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from sims_core.networks.blocks import resize


def fill_gaps(picture: Tensor, known: Tensor) -> Tensor:
    """Give every unknown pixel a smooth mixture of the known colours around it; known pixels stay as they are.

    The pull-push of Gortler et al., "The Lumigraph" (1996): colours are averaged over ever larger squares until one is
    known everywhere, and come back where the finer squares know nothing.

    Args:
        picture: (B, C, H, W), looked at where known.
        known: (B, 1, H, W) float in 0..1, the weight of each pixel.

    Returns:
        (B, C, H, W); 0 where a picture has no known pixel at all.
    """
    return _fill(picture * known, known)


def _fill(colours: Tensor, weights: Tensor) -> Tensor:
    """Fill colours that are multiplied by their weights."""
    if max(weights.shape[-2:]) == 1:
        return colours / weights.clamp(min=torch.finfo(weights.dtype).eps)
    coarse = F.avg_pool2d(torch.cat([colours, weights], dim=1), 2, ceil_mode=True, count_include_pad=False)
    mean = coarse[:, -1:]
    # One known pixel of four is enough to know a square.
    saturated = (4 * mean).clamp(max=1)
    filled = _fill(coarse[:, :-1] * saturated / mean.clamp(min=torch.finfo(mean.dtype).eps), saturated)
    return colours + (1 - weights) * resize(filled, weights.shape[-2:])
