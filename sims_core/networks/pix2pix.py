"""Image-to-image translation with a conditional adversarial network (Isola, Zhu, Zhou and Efros, CVPR 2017).

Both networks take and make colours in [0, 1]; inside they work with -1..1, as in the paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sims_core.networks.blocks import LEAKY_SLOPE, check_halvings, concatenate

# Standard deviation of new weights (paper, section 6.2), and of the gains of norms around 1 (released code).
_INITIAL_STD = 0.02
_NUM_DROPOUT_LAYERS = 3
_PATCH_WIDTHS = (1, 2, 4, 8)


class UNetGenerator(nn.Module):
    """An encoder that halves the picture `num_levels` times, and a decoder with skips (paper, section 6.1.1).

    Convolutions are 4x4 of stride 2, of 1, 2, 4 and then 8 times `base_channels`. The norm is the paper's batch norm
    at its batch size of 1, when training and when generating: every picture by its own statistics, so that no picture
    depends on its batch. The innermost features have none, as in the released code: they may be a single pixel.

    Dropout after the first three layers of the decoder is the network's only noise, so it is never switched off.
    """

    def __init__(self, base_channels: int = 64, num_levels: int = 8, dropout_percent: int = 50) -> None:
        super().__init__()
        self.dropout_probability = dropout_percent / 100
        widths = [base_channels * min(2**level, 8) for level in range(num_levels)]
        self.encoder = nn.ModuleList(
            _halving(before, width, has_norm=0 < level < num_levels - 1)
            for level, (before, width) in enumerate(zip([3, *widths], widths, strict=False))
        )
        # From the inside out: each but the innermost also takes the encoder's features of its size.
        outs = [*reversed(widths[:-1])]
        ins = [widths[-1], *(2 * width for width in outs)]
        self.decoder = nn.ModuleList(_Doubling(before, width) for before, width in zip(ins, outs, strict=False))
        self.norms = nn.ModuleList(_norm(width) for width in outs)
        self.head = _Doubling(ins[-1], 3, bias=True)

    def forward(self, layout: Tensor) -> Tensor:
        """Make pictures of layouts.

        Args:
            layout: (B, 3, H, W) the layout in palette colours, in [0, 1].

        Returns:
            (B, 3, H, W) RGB in [0, 1].

        Raises:
            ValueError: The layout is too small for so many levels.
        """
        check_halvings(layout.shape[-2:], len(self.encoder))
        features = 2 * layout - 1
        skips: list[Tensor] = []
        for number, halving in enumerate(self.encoder):
            features = halving(F.leaky_relu(features, LEAKY_SLOPE) if number else features)
            skips.append(features)
        features = skips.pop()
        for number, (doubling, norm) in enumerate(zip(self.decoder, self.norms, strict=True)):
            features = norm(doubling(features, skips[-1].shape[-2:]))
            if number < _NUM_DROPOUT_LAYERS:
                features = F.dropout(features, self.dropout_probability)
            features = concatenate(features, skips.pop())
        picture: Tensor = self.head(features, layout.shape[-2:])
        return (torch.tanh(picture) + 1) / 2


class PatchDiscriminator(nn.Module):
    """Layout and picture -> for every patch of 70 x 70 pixels, is it of a photo? (paper, section 6.1.2).

    Five 4x4 convolutions, the first three of stride 2, of 1, 2, 4 and 8 times `base_channels` and 1 channel.
    """

    def __init__(self, base_channels: int = 64) -> None:
        super().__init__()
        widths = [factor * base_channels for factor in _PATCH_WIDTHS]
        layers: list[nn.Module] = [_convolution(3 + 3, widths[0], stride=2, bias=True)]
        for before, width in pairwise(widths):
            layers += [nn.LeakyReLU(LEAKY_SLOPE), _convolution(before, width, stride=1 if width == widths[-1] else 2)]
            layers.append(_norm(width))
        layers += [nn.LeakyReLU(LEAKY_SLOPE), _convolution(widths[-1], 1, stride=1, bias=True)]
        self.layers = nn.Sequential(*layers)

    def forward(self, layout: Tensor, picture: Tensor) -> Tensor:
        """Judge pictures.

        Args:
            layout: (B, 3, H, W) the layout in palette colours, in [0, 1]; at least 24 pixels high and wide.
            picture: (B, 3, H, W) RGB in [0, 1].

        Returns:
            (B, 1, H // 8 - 2, W // 8 - 2): log-odds that a patch is of a photo.
        """
        logits: Tensor = self.layers(2 * concatenate(layout, picture) - 1)
        return logits


class _Doubling(nn.Module):
    """ReLU and a transposed 4x4 convolution of stride 2 to the size asked for: twice the size or one more."""

    def __init__(self, in_channels: int, out_channels: int, bias: bool = False) -> None:
        super().__init__()
        self.convolution = nn.ConvTranspose2d(in_channels, out_channels, 4, stride=2, padding=1, bias=bias)
        initialise(self.convolution)

    def forward(self, features: Tensor, size: Sequence[int]) -> Tensor:
        """(B, in_channels, H, W) -> (B, out_channels, *size)."""
        doubled: Tensor = self.convolution(F.relu(features), output_size=list(size))
        return doubled


def _halving(in_channels: int, out_channels: int, has_norm: bool) -> nn.Sequential:
    convolution = _convolution(in_channels, out_channels, stride=2)
    return nn.Sequential(convolution, _norm(out_channels)) if has_norm else nn.Sequential(convolution)


def _convolution(in_channels: int, out_channels: int, stride: int, bias: bool = False) -> nn.Conv2d:
    convolution = nn.Conv2d(in_channels, out_channels, 4, stride=stride, padding=1, bias=bias)
    initialise(convolution)
    return convolution


def initialise(convolution: nn.Conv2d | nn.ConvTranspose2d) -> None:
    """Draw the weights of a convolution anew, as the paper does, and set its offsets to 0."""
    nn.init.normal_(convolution.weight, std=_INITIAL_STD)
    if convolution.bias is not None:
        nn.init.zeros_(convolution.bias)


def _norm(num_channels: int) -> nn.InstanceNorm2d:
    norm = nn.InstanceNorm2d(num_channels, affine=True)
    nn.init.normal_(norm.weight, mean=1, std=_INITIAL_STD)
    return norm
