"""Turning stored arrays into what networks take: float32 planes in [0, 1]."""

from __future__ import annotations

import torch
from torch import Tensor


def photo_planes(photos: Tensor) -> Tensor:
    """(B, H, W, 3) uint8 RGB -> (B, 3, H, W) float32 in [0, 1]."""
    return photos.permute(0, 3, 1, 2).to(torch.float32) / 255


def photo_pixels(planes: Tensor) -> Tensor:
    """(B, 3, H, W) float in [0, 1] -> (B, H, W, 3) uint8 RGB, clamped and rounded."""
    return (planes.float().clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1)


def mask_plane(masks: Tensor) -> Tensor:
    """(B, H, W) bool -> (B, 1, H, W) float32, 0 or 1."""
    return masks[:, None].to(torch.float32)


def one_hot(
    labels: Tensor, num_categories: int, memory_format: torch.memory_format = torch.contiguous_format
) -> Tensor:
    """(B, H, W) uint8 label ids, 255 = void -> (B, num_categories + 1, H, W) float32; the last plane is void."""
    index = labels.to(torch.int64).clamp(max=num_categories)
    size = (len(labels), num_categories + 1, *labels.shape[1:])
    planes = torch.empty(size, device=labels.device, memory_format=memory_format).zero_()
    return planes.scatter_(1, index[:, None], 1.0)


def palette_planes(labels: Tensor, palette: Tensor) -> Tensor:
    """(B, H, W) uint8 ids -> (B, 3, H, W) float32 in [0, 1]: each pixel in the colour of `palette` (256, 3)."""
    return palette[labels.to(torch.int64)].permute(0, 3, 1, 2).to(torch.float32) / 255
