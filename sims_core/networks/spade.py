"""Semantic image synthesis with spatially-adaptive normalisation (SPADE: Park, Liu, Wang and Zhu, CVPR 2019)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sims_core.networks.blocks import LEAKY_SLOPE
from sims_core.networks.convolution import Convolution3x3
from sims_core.networks.pix2pix import initialise

# Widths before and after each block, over the base channels. Every block doubles the size, but for these.
_WIDTHS = ((16, 16), (16, 16), (16, 16), (16, 8), (8, 4), (4, 2), (2, 1))
_SAME_SIZE = (0, 2)
_NUM_DOUBLINGS = len(_WIDTHS) - len(_SAME_SIZE)
# Hidden channels of a normalisation, over the base channels.
_HIDDEN = 2


class SpadeGenerator(nn.Module):
    """Layout -> photograph: residual blocks from coarse to fine, each told by its normalisations what belongs where.

    The paper's generator without an encoder: its first features are convolved from the layout at a 32nd of its size,
    instead of from noise. Widths are the paper's for a `base_channels` of 64, from 1024 down to 64, with 128 hidden
    channels in each normalisation.

    Spectral norms are left out, and offsets that a norm would take away again. New weights are drawn as those of
    pix2pix, the rival that it is trained like.
    """

    def __init__(self, num_categories: int, base_channels: int = 64) -> None:
        super().__init__()
        planes, hidden = num_categories + 1, _HIDDEN * base_channels
        self.first = Convolution3x3(planes, _WIDTHS[0][0] * base_channels, bias=False)
        self.blocks = nn.ModuleList(
            _Block(before * base_channels, after * base_channels, planes, hidden) for before, after in _WIDTHS
        )
        self.last = Convolution3x3(base_channels, 3)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                initialise(module)

    def forward(self, layout: Tensor) -> Tensor:
        """Make pictures of layouts.

        Args:
            layout: (B, num_categories + 1, H, W) one-hot. Sides that cannot be halved are halved upwards.

        Returns:
            (B, 3, H, W) RGB in [0, 1].

        Raises:
            ValueError: The layout is too small; see `is_large_enough`.
        """
        height, width = layout.shape[-2:]
        if not is_large_enough((height, width)):
            raise ValueError(f"{height} x {width} cannot be halved {_NUM_DOUBLINGS} times to more than a pixel")
        layouts = [layout]
        for _ in range(_NUM_DOUBLINGS):
            coarser = [(side + 1) // 2 for side in layouts[-1].shape[-2:]]
            layouts.append(F.interpolate(layout, size=coarser))
        seen = layouts.pop()
        features = self.first(seen)
        for number, block in enumerate(self.blocks):
            if number not in _SAME_SIZE:
                seen = layouts.pop()
                features = F.interpolate(features, size=seen.shape[-2:])
            features = block(features, seen)
        picture: Tensor = self.last(F.leaky_relu(features, LEAKY_SLOPE))
        return (torch.tanh(picture) + 1) / 2


def is_large_enough(size: Sequence[int]) -> bool:
    """Return whether a picture of (height, width) is more than one pixel when it is halved five times.

    Of a single pixel there are no statistics to normalise by.
    """
    coarsest = 1 << _NUM_DOUBLINGS
    return min(size) >= coarsest and max(size) > coarsest


class _Block(nn.Module):
    """Two convolutions beside a shortcut, each after a normalisation that the layout modulates (paper, figure 4)."""

    def __init__(self, before: int, after: int, planes: int, hidden: int) -> None:
        super().__init__()
        middle = min(before, after)
        self.norms = nn.ModuleList(_Norm(width, planes, hidden) for width in (before, middle))
        widths = ((before, middle), (middle, after))
        self.convolutions = nn.ModuleList(Convolution3x3(*width, bias=False) for width in widths)
        self.shortcut = None
        if before != after:
            self.shortcut = nn.ModuleList([_Norm(before, planes, hidden), nn.Conv2d(before, after, 1, bias=False)])

    def forward(self, features: Tensor, layout: Tensor) -> Tensor:
        """(B, before, h, w), and the layout at that size -> (B, after, h, w)."""
        beside = features
        if self.shortcut is not None:
            norm, convolution = self.shortcut
            beside = convolution(norm(features, layout))
        for norm, convolution in zip(self.norms, self.convolutions, strict=True):
            features = convolution(F.leaky_relu(norm(features, layout), LEAKY_SLOPE))
        return beside + features


class _Norm(nn.Module):
    """A norm without parameters, then scale and shift of each pixel, convolved from the layout (paper, section 3.1).

    The norm is the paper's batch norm at a batch size of 1, when training and when generating: every picture by its own
    statistics. So a picture is the same alone and in any batch.
    """

    def __init__(self, channels: int, planes: int, hidden: int) -> None:
        super().__init__()
        self.shared = Convolution3x3(planes, hidden)
        self.scale = Convolution3x3(hidden, channels)
        self.shift = Convolution3x3(hidden, channels)

    def forward(self, features: Tensor, layout: Tensor) -> Tensor:
        """(B, channels, h, w), and the layout at that size -> the same shape."""
        hidden = F.relu(self.shared(layout))
        modulated: Tensor = F.instance_norm(features) * (1 + self.scale(hidden)) + self.shift(hidden)
        return modulated
