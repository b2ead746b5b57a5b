"""Convolutions of 3x3 pixels that a CPU computes with a fifth of the multiplications where pictures are large.

Winograd's minimal filtering (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016) multiplies
64 numbers where the definition multiplies 324: for 6 x 6 pixels of the result. NNPACK, which comes with torch, does it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.backends import nnpack
from torch.nn.grad import conv2d_weight

# With so many channels the transformations of pictures alone, and with so many pixels those of kernels alone, take as
# long as the multiplications that they spare. Measured with 2 threads on a CPU (AMD Zen 4) whose AVX-512 is no faster
# than the AVX2 of NNPACK.
_EVEN_CHANNELS = 32
_EVEN_PIXELS = 1024


class Convolution3x3(nn.Conv2d):
    """A 3x3 convolution of stride 1 whose result is as large as its input.

    Weights are those of `nn.Conv2d`. So is the result but for rounding, which is up to about 1e-5 of its size where
    Winograd computes it: in float32 on a CPU. `torch.backends.nnpack.flags(enabled=False)` keeps to the definition.
    """

    def __init__(self, in_channels: int, out_channels: int, bias: bool = True) -> None:
        super().__init__(in_channels, out_channels, 3, padding=1, bias=bias)

    def forward(self, inputs: Tensor) -> Tensor:
        """(B, in_channels, H, W) -> (B, out_channels, H, W)."""
        if not _pays(inputs, self.weight):
            return super().forward(inputs)
        made: Tensor = _Winograd.apply(inputs, self.weight, self.bias)  # type: ignore[no-untyped-call]
        return made


class _Winograd(torch.autograd.Function):
    """The convolution and the gradient of its input by Winograd, the gradient of its weight by definition."""

    @staticmethod
    def forward(context: Any, inputs: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        context.save_for_backward(inputs, weight)
        return _convolve(inputs, weight, bias)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        inputs, weight = context.saved_tensors
        (of_result,) = gradients
        asks_inputs, asks_weight, asks_bias = context.needs_input_grad
        # Each input pixel counted in its neighbours' results: the same convolution, turned round.
        of_inputs = _convolve(of_result, weight.flip(2, 3).transpose(0, 1), None) if asks_inputs else None
        of_weight = conv2d_weight(inputs, weight.shape, of_result, padding=1) if asks_weight else None  # type: ignore[no-untyped-call]
        return of_inputs, of_weight, of_result.sum((0, 2, 3)) if asks_bias else None


def _convolve(inputs: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    # Picture after picture: for several at once NNPACK takes up to twice the time.
    made = [torch._nnpack_spatial_convolution(picture, weight, bias, padding=1) for picture in torch.split(inputs, 1)]
    return made[0] if len(made) == 1 else torch.cat(made)


def _pays(inputs: Tensor, weight: Tensor) -> bool:
    return (
        inputs.device.type == "cpu"
        and inputs.dtype == weight.dtype == torch.float32
        and not torch.is_autocast_enabled("cpu")
        and _EVEN_CHANNELS / min(weight.shape[:2]) + _EVEN_PIXELS / (inputs.shape[-2] * inputs.shape[-1]) < 1
        and torch._C._get_nnpack_enabled()
        # The question also makes NNPACK ready; unasked, it refuses to compute.
        and nnpack.is_available()  # type: ignore[no-untyped-call]
    )
