"""VGG-19 up to conv5_2 as a frozen feature extractor for the perceptual loss (reference, section 6.4)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from sims_core.errors import SimsError
from sims_core.files import sha256_of

# (block, width factor, number of convolutions, index in torchvision's `features` of the first one)
_BLOCKS = ((1, 2, 0), (2, 2, 5), (4, 4, 10), (8, 4, 19), (8, 2, 28))
FEATURE_NAMES = ("conv1_2", "conv2_2", "conv3_2", "conv4_2", "conv5_2")
_MEAN = (0.485, 0.456, 0.406)
_STD = (0.229, 0.224, 0.225)
# The reference's weights expect 0..255 colours; torchvision's expect unit variance. Distances of features are
# multiplied by this to have the reference's size beside the distance of 0..255 colours.
FEATURE_SCALE = 255 * sum(_STD) / 3
RANDOM = "random"
# What reading damaged bytes as weights may raise.
_UNREADABLE = (SafetensorError, UnpicklingError, RuntimeError, OSError, EOFError, LookupError, TypeError, ValueError)


class VGG19(nn.Module):
    """Features after the ReLU of conv1_2, conv2_2, conv3_2, conv4_2 and conv5_2; 2x2 average pools; never trained."""

    mean: Tensor
    std: Tensor

    def __init__(self, base_channels: int = 64) -> None:
        super().__init__()
        self.convolutions = nn.ModuleDict()
        before = 3
        for factor, num_convolutions, first in _BLOCKS:
            for index in range(num_convolutions):
                convolution = nn.Conv2d(before, factor * base_channels, 3, padding=1)
                nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")
                nn.init.zeros_(convolution.bias)  # type: ignore[arg-type]
                self.convolutions[str(first + 2 * index)] = convolution
                before = factor * base_channels
        self.register_buffer("mean", torch.tensor(_MEAN).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(_STD).view(1, 3, 1, 1))
        self.requires_grad_(False)

    def forward(self, image: Tensor) -> list[Tensor]:
        """Return the five feature maps of (B, 3, H, W) RGB in [0, 1], in the order of FEATURE_NAMES."""
        found: list[Tensor] = []
        features = (image - self.mean) / self.std
        for _, num_convolutions, first in _BLOCKS:
            if found:
                kernel = [min(2, side) for side in features.shape[-2:]]
                features = F.avg_pool2d(features, kernel)
            for index in range(num_convolutions):
                features = F.relu(self.convolutions[str(first + 2 * index)](features))
                if index == 1:
                    found.append(features)
        return found


def load_torchvision_weights(network: VGG19, path: Path) -> str:
    """Fill a VGG19 from a file in torchvision's layout (`features.0.weight`, ...) and return the file's SHA-256.

    Raises:
        SimsError: No such file, not a weight file, or weights of another shape.
    """
    if not path.is_file():
        raise SimsError(path, "VGG-19 weights not found", expected=f"a file or '{RANDOM}' in perceptual.weights")
    stored = _read_weights(path)
    own = {name: tensor for name, tensor in network.state_dict().items() if name.startswith("convolutions.")}
    filled: dict[str, Tensor] = {}
    for name, tensor in own.items():
        key = name.replace("convolutions.", "features.")
        found = tuple(stored[key].shape) if key in stored else "no such key"
        if found != tuple(tensor.shape):
            raise SimsError(path, f"VGG-19 weight '{key}'", expected=tuple(tensor.shape), found=found)
        filled[name] = stored[key]
    network.load_state_dict(filled, strict=False)
    return sha256_of(path)


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
