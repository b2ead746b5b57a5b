"""What the networks are built of: the convolution unit, pools, resizing, and a stack of convolution stages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from sims_core.networks.convolution import Convolution3x3
from sims_core.scenes.halvings import most_halvings

LEAKY_SLOPE = 0.2
PoolKind = Literal["average", "max"]


class ConvUnit(nn.Sequential):
    """Convolution without bias, normalisation over (channels, height, width), leaky ReLU.

    The reference's layer norm is a group norm with one group. Its epsilon there is 1e-12; here 1e-5, which
    changes nothing for features of unit size and keeps gradients of constant inputs finite.
    """

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int = 3) -> None:
        convolution = (
            Convolution3x3(in_channels, out_channels, bias=False)
            if kernel_size == 3
            else nn.Conv2d(in_channels, out_channels, kernel_size, padding=kernel_size // 2, bias=False)
        )
        nn.init.xavier_uniform_(convolution.weight)
        # In place: the norm needs its input for its gradient, not its result, so a third of the memory is spared.
        super().__init__(convolution, nn.GroupNorm(1, out_channels), nn.LeakyReLU(LEAKY_SLOPE, inplace=True))


class Stage(nn.Sequential):
    """Layers in a row that can forget their inner activations and compute them again for the gradients.

    That is activation checkpointing: less memory, one more forward pass of the stage; the results are the same.
    """

    recomputes = False

    def forward(self, inputs: Tensor) -> Tensor:
        """(B, C, H, W) -> what the last layer makes of it."""
        if self.recomputes and torch.is_grad_enabled():
            # No layer of a stage draws random numbers, so no random state needs to be kept.
            result: Tensor = checkpoint(super().forward, inputs, use_reentrant=False, preserve_rng_state=False)
            return result
        result = super().forward(inputs)  # type: ignore[no-untyped-call]
        return result


def recompute_activations(network: nn.Module) -> None:
    """Let every stage of a network forget its inner activations (see `Stage`)."""
    for module in network.modules():
        if isinstance(module, Stage):
            module.recomputes = True


def conv_units(in_channels: int, out_channels: int, num_units: int) -> Stage:
    """Return `num_units` convolution units in a row."""
    widths = [in_channels] + [out_channels] * num_units
    return Stage(*(ConvUnit(widths[i], out_channels) for i in range(num_units)))


def linear_head(in_channels: int, out_channels: int) -> nn.Conv2d:
    """Return a 1x1 convolution with bias: the last layer of a network."""
    head = nn.Conv2d(in_channels, out_channels, 1)
    nn.init.xavier_uniform_(head.weight)
    nn.init.zeros_(head.bias)  # type: ignore[arg-type]
    return head


class Pool(nn.Module):
    """3x3 pool of stride 2, padded below and right only, averages without the padding; a side of 1 stays 1.

    Even sizes are halved; this is TensorFlow's SAME padding of the reference.
    """

    def __init__(self, kind: PoolKind) -> None:
        super().__init__()
        self.kind = kind

    def forward(self, features: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, about H / 2, about W / 2)."""
        kernel = [3 if side > 1 else 1 for side in features.shape[-2:]]
        stride = [2 if side > 1 else 1 for side in features.shape[-2:]]
        if self.kind == "max":
            return F.max_pool2d(features, kernel, stride, ceil_mode=True)
        return F.avg_pool2d(features, kernel, stride, ceil_mode=True, count_include_pad=False)


class ConvStages(nn.Module):
    """The encoder of the transformation and ordering networks: five stages, each followed by a pool.

    Widths are 1, 2, 4, 8, 8 times `base_channels`; the first pool averages, the others take the maximum
    (reference, section 3.4). All run with the channels of a pixel side by side: oneDNN takes half of the time so.
    """

    def __init__(self, in_channels: int, base_channels: int) -> None:
        super().__init__()
        self.out_channels = 8 * base_channels
        stages: list[nn.Module] = []
        for index, (factor, num_units) in enumerate(((1, 2), (2, 2), (4, 3), (8, 3), (8, 3))):
            stages += [
                conv_units(in_channels, factor * base_channels, num_units),
                Pool("average" if index == 0 else "max"),
            ]
            in_channels = factor * base_channels
        self.stages = nn.Sequential(*stages)

    def forward(self, *parts: Tensor) -> Tensor:
        """Return (B, out_channels), the mean of the last features over the whole picture.

        Args:
            parts: (B, C, H, W) each, in_channels together.
        """
        features: Tensor = self.stages(concatenate(*parts, memory_format=torch.channels_last))
        return features.mean(dim=(2, 3))


def resize(features: Tensor, size: Sequence[int]) -> Tensor:
    """Resize (B, C, H, W) bilinearly with aligned corners, as the reference does."""
    if tuple(features.shape[-2:]) == tuple(size):
        return features
    return F.interpolate(features, size=(size[0], size[1]), mode="bilinear", align_corners=True)


def check_halvings(size: Sequence[int], num_halvings: int) -> None:
    """Raise ValueError when a picture of (height, width) cannot be halved so often."""
    if num_halvings > most_halvings(size):
        raise ValueError(f"pictures of {size[0]} x {size[1]} cannot be halved {num_halvings} times")


def num_parameters(network: nn.Module) -> int:
    """Return the number of trained numbers of a network."""
    return sum(parameter.numel() for parameter in network.parameters())


def concatenate(*parts: Tensor, memory_format: torch.memory_format = torch.contiguous_format) -> Tensor:
    """Concatenate along the channels, in planes or with the channels of a pixel side by side.

    Raises:
        ValueError: Batch or picture sizes differ.
    """
    sizes = {(part.shape[0], *part.shape[2:]) for part in parts}
    if len(sizes) > 1:
        raise ValueError(f"inputs differ in batch or picture size: {[tuple(part.shape) for part in parts]}")
    if memory_format is torch.channels_last:
        return torch.cat([part.permute(0, 2, 3, 1) for part in parts], dim=3).permute(0, 3, 1, 2)
    return torch.cat(parts, dim=1)
