"""VGG-19 (Simonyan and Zisserman 2015) with average pools: features for the perceptual loss, and an encoder.

Weights in torchvision's layout (`features.0.weight`, ...) fit both, at 64 base channels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import ClassVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from sims_core.base.errors import SimsError
from sims_core.base.files import sha256_of
from sims_core.networks.blocks import Stage
from sims_core.networks.convolution import Convolution3x3

# Of each block: width in base channels, and the indices of its convolutions in torchvision's `features`.
BLOCKS = ((1, (0, 2)), (2, (5, 7)), (4, (10, 12, 14, 16)), (8, (19, 21, 23, 25)), (8, (28, 30, 32, 34)))
FEATURE_NAMES = ("conv1_2", "conv2_2", "conv3_2", "conv4_2", "conv5_2")
# What torchvision's weights expect of colours in [0, 1].
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
# The weights of the reference (section 6.4) are for features of 0..255 colours; torchvision's are of unit variance.
_FEATURE_SCALE = 255 * sum(STD) / 3
REFERENCE_LAYER_WEIGHTS = tuple(_FEATURE_SCALE * weight for weight in (1 / 2.6, 1 / 4.8, 1 / 3.7, 1 / 5.6, 10 / 1.5))
# What reading damaged bytes as weights may raise.
_UNREADABLE = (SafetensorError, UnpicklingError, RuntimeError, OSError, EOFError, LookupError, TypeError, ValueError)


class HalvingPool(nn.Module):
    """2x2 average pool; a side of 1 stays 1."""

    def forward(self, features: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H // 2, W // 2)."""
        return F.avg_pool2d(features, [min(2, side) for side in features.shape[-2:]])


class VGG19(nn.Module):
    """Features after the ReLU of conv1_2, conv2_2, conv3_2, conv4_2 and conv5_2.

    Attributes:
        layer_weights: (5,) what a mean absolute difference of 1 in each of the five counts in the perceptual loss,
            in units of 0..255 colours. Saved with the weights, for it depends on them.
    """

    LAYERS: ClassVar[str] = "VGG-19 features after the ReLU of the second convolution of each block"
    mean: Tensor
    std: Tensor
    layer_weights: Tensor

    def __init__(self, base_channels: int = 64) -> None:
        super().__init__()
        self.widths = [width * base_channels for width, _ in BLOCKS]
        layers = list(_layers(base_channels))
        # A stage ends with the second convolution of a block; the rest of the block begins the next stage.
        ends = [position + 1 for position, (name, _) in enumerate(layers) if name in FEATURE_NAMES]
        self.stages = nn.ModuleList(
            Stage(*(layer for _, pair in layers[start:end] for layer in pair))
            for start, end in zip([0, *ends], ends, strict=False)
        )
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(STD).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("layer_weights", torch.tensor(REFERENCE_LAYER_WEIGHTS))

    def forward(self, image: Tensor) -> list[Tensor]:
        """Return the five feature maps of (B, 3, H, W) RGB in [0, 1], in the order of FEATURE_NAMES."""
        found: list[Tensor] = []
        features = (image - self.mean) / self.std
        for stage in self.stages:
            features = stage(features)
            found.append(features)
        return found


def vgg_blocks(in_channels: int, base_channels: int) -> nn.ModuleList:
    """Return the five blocks of VGG-19 without pools, for any number of input channels."""
    blocks = []
    for width, indices in BLOCKS:
        channels = [in_channels] + [width * base_channels] * len(indices)
        layers = [_convolution(channels[i], channels[i + 1]) for i in range(len(indices))]
        blocks.append(Stage(*(layer for convolution in layers for layer in (convolution, nn.ReLU(inplace=True)))))
        in_channels = width * base_channels
    return nn.ModuleList(blocks)


def load_torchvision_weights(network: nn.Module, path: Path, colours: slice = slice(None)) -> str:
    """Fill the 3x3 convolutions of a network, in their order, from a file and return the file's SHA-256.

    Args:
        network: A VGG19, or the blocks of `vgg_blocks`.
        path: A file in torchvision's layout.
        colours: Which input channels of the first convolution carry RGB; the weights of all others become 0.

    Raises:
        SimsError: No such file, not a weight file, or weights of another shape; the network is as before then.
    """
    if not path.is_file():
        raise SimsError(
            path, "VGG-19 weights not found", remedy="'sims weights fetch' gets them, or give the path of a file"
        )
    stored = _read_weights(path)
    convolutions = [module for module in network.modules() if isinstance(module, nn.Conv2d)]
    names = [f"features.{index}" for _, indices in BLOCKS for index in indices][: len(convolutions)]
    filled = []
    for position, (name, convolution) in enumerate(zip(names, convolutions, strict=True)):
        expected = list(convolution.weight.shape)
        if position == 0:
            expected[1] = len(range(expected[1])[colours])
        weight = _stored(stored, f"{name}.weight", tuple(expected), path)
        filled.append((convolution, weight, _stored(stored, f"{name}.bias", (expected[0],), path)))
    with torch.no_grad():
        for position, (convolution, weight, bias) in enumerate(filled):
            convolution.weight.zero_()
            convolution.weight[:, colours if position == 0 else slice(None)] = weight
            convolution.bias.copy_(bias)  # type: ignore[union-attr]
    return sha256_of(path)


def _layers(base_channels: int) -> Iterator[tuple[str, tuple[nn.Module, ...]]]:
    """Yield name and modules of each convolution up to conv5_2, a pool with the first of each further block."""
    before = 3
    for block, (width, indices) in enumerate(BLOCKS, start=1):
        for number in range(1, len(indices) + 1):
            convolution = _convolution(before, width * base_channels)
            pool = (HalvingPool(),) if block > 1 and number == 1 else ()
            before = width * base_channels
            yield f"conv{block}_{number}", (*pool, convolution, nn.ReLU(inplace=True))
            if f"conv{block}_{number}" == FEATURE_NAMES[-1]:
                return


def _convolution(in_channels: int, out_channels: int) -> nn.Conv2d:
    convolution = Convolution3x3(in_channels, out_channels)
    nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")
    nn.init.zeros_(convolution.bias)  # type: ignore[arg-type]
    return convolution


def _stored(stored: Mapping[str, Tensor], key: str, expected: tuple[int, ...], path: Path) -> Tensor:
    found = tuple(stored[key].shape) if key in stored else "no such key"
    if found != expected:
        raise SimsError(path, f"VGG-19 weight '{key}'", expected=expected, found=found)
    return stored[key]


def _read_weights(path: Path) -> Mapping[str, Tensor]:
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        # weights_only refuses anything but tensors and plain containers, so a file cannot run code.
        content = torch.load(path, map_location="cpu", weights_only=True)
    except _UNREADABLE as error:
        first_line = str(error).strip().split("\n")[0][:120]
        raise SimsError(path, "is not a weight file", expected=".safetensors or .pth", found=first_line) from error
    if not (isinstance(content, Mapping) and all(isinstance(value, Tensor) for value in content.values())):
        raise SimsError(path, "is not a weight file", expected="tensors by name", found=type(content).__name__)
    return content
