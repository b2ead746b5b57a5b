"""Bilinear warping of pictures by an affine map (reference, section 3.5)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F


def warp(image: Tensor, theta: Tensor, size: Sequence[int] | None = None) -> Tensor:
    """Warp pictures; what lies outside them is 0.

    Args:
        image: (B, C, H, W) float.
        theta: (B, 2, 3): maps normalised output coordinates (x, y, 1) to normalised input coordinates;
            -1 and 1 are the outer edges of the border pixels (`align_corners=False`).
        size: (height, width) of the result; that of `image` if not given.

    Returns:
        (B, C, height, width).
    """
    height, width = image.shape[-2:] if size is None else size
    grid = sampling_grid(theta, height, width)
    return F.grid_sample(image, grid.to(image.dtype), mode="bilinear", padding_mode="zeros", align_corners=False)


def sampling_grid(theta: Tensor, height: int, width: int) -> Tensor:
    """Return (B, height, width, 2) float32 normalised input coordinates (x, y) of every output pixel.

    Whatever the precision of a training: in 16 bits a coordinate is wrong by up to a third of a pixel of 128.
    """
    with torch.autocast(theta.device.type, enabled=False):
        return F.affine_grid(theta.float(), [len(theta), 1, height, width], align_corners=False)
