"""SPADE's generator with the layers that take its time, to compare times with (Park et al., CVPR 2019).

Written from the paper, at the sizes of the public code: 64 base channels, five doublings ("normal"), 128 hidden units
in every normalisation, one-hot layouts of 35 categories and the plane of instance outlines (Cityscapes). Spectral norms
are left out: a trained generator has multiplied them into its weights.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sims_core.networks.blocks import LEAKY_SLOPE
from sims_core.networks.convolution import Convolution3x3

NUM_PLANES = 36
_HIDDEN = 128
# Widths before and after each block, over the base channels. Every block doubles the size, but for these.
_WIDTHS = ((16, 16), (16, 16), (16, 16), (16, 8), (8, 4), (4, 2), (2, 1))
_SAME_SIZE = (0, 2)
_NUM_DOUBLINGS = 5


class SpadeGenerator(nn.Module):
    """Layout -> photograph."""

    def __init__(self, num_planes: int = NUM_PLANES, base_channels: int = 64) -> None:
        super().__init__()
        self.first = Convolution3x3(num_planes, 16 * base_channels)
        self.blocks = nn.ModuleList(
            _Block(before * base_channels, after * base_channels, num_planes) for before, after in _WIDTHS
        )
        self.last = Convolution3x3(base_channels, 3)

    def forward(self, layout: Tensor) -> Tensor:
        """(B, num_planes, H, W), sides multiples of 32 -> (B, 3, H, W) in -1..1."""
        features = self.first(F.interpolate(layout, size=[side >> _NUM_DOUBLINGS for side in layout.shape[-2:]]))
        for number, block in enumerate(self.blocks):
            if number not in _SAME_SIZE:
                features = F.interpolate(features, scale_factor=2)
            features = block(features, layout)
        return torch.tanh(self.last(F.leaky_relu(features, LEAKY_SLOPE)))


class _Block(nn.Module):
    """Two convolutions beside a shortcut, each after a normalisation that the layout modulates."""

    def __init__(self, before: int, after: int, num_planes: int) -> None:
        super().__init__()
        middle = min(before, after)
        self.norms = nn.ModuleList(_Norm(width, num_planes) for width in (before, middle))
        self.convolutions = nn.ModuleList([Convolution3x3(before, middle), Convolution3x3(middle, after)])
        self.shortcut = None
        if before != after:
            self.shortcut = nn.ModuleList([_Norm(before, num_planes), nn.Conv2d(before, after, 1, bias=False)])

    def forward(self, features: Tensor, layout: Tensor) -> Tensor:
        """(B, before, h, w) -> (B, after, h, w)."""
        beside = features
        if self.shortcut is not None:
            beside = self.shortcut[1](self.shortcut[0](features, layout))
        for norm, convolution in zip(self.norms, self.convolutions, strict=True):
            features = convolution(F.leaky_relu(norm(features, layout), LEAKY_SLOPE))
        return beside + features


class _Norm(nn.Module):
    """Batch norm whose scale and shift are convolved from the layout."""

    def __init__(self, channels: int, num_planes: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.shared = Convolution3x3(num_planes, _HIDDEN)
        self.scale = Convolution3x3(_HIDDEN, channels)
        self.shift = Convolution3x3(_HIDDEN, channels)

    def forward(self, features: Tensor, layout: Tensor) -> Tensor:
        """(B, channels, h, w) -> the same shape."""
        hidden = F.relu(self.shared(F.interpolate(layout, size=features.shape[-2:])))
        normalised: Tensor = self.norm(features)
        modulated: Tensor = normalised * (1 + self.scale(hidden)) + self.shift(hidden)
        return modulated
