"""The synthesis network: canvas and layout -> photograph and semantic logits (reference, section 6)."""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from sims_core.networks.blocks import Pool, concatenate, conv_units, linear_head, resize
from sims_core.networks.fill import fill_gaps
from sims_core.networks.vgg import BLOCKS, MEAN, STD, HalvingPool, vgg_blocks

OutputScale = Literal[1, 2, 4]


class Synthesis(NamedTuple):
    """What the network returns.

    Attributes:
        image: (B, 3, H, W), nominally in [0, 1]; linear, clamped only when saved.
        semantics: (B, num_categories + 1, h, w) logits; half of (H, W) at output scale 4, else the same.
    """

    image: Tensor
    semantics: Tensor


class SynthesisNet(nn.Module):
    """An encoder, a decoder that sees the input again at every size, and a head per output scale.

    The trunk works at 1 / output_scale of the input size. Unlike in the reference, the known-mask is 0 on
    elided pixels as well; their white in the canvas says what they are.

    The encoder is that of the released code, six levels of convolution units, or with `vgg_encoder` that of the
    paper: the sixteen convolutions of VGG-19, five levels, the canvas normalised as ImageNet weights expect it.

    With `adds_canvas` the head's output is added to the canvas, its gaps filled with the colours around them, so
    that training starts from a blurred guess; without, the head makes the whole picture, as in the reference.

    Without `sees_canvas` canvas and known-mask are taken as empty: a network of the layout alone, to compare with.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        num_categories: int,
        base_channels: int = 64,
        output_scale: OutputScale = 1,
        adds_canvas: bool = False,
        vgg_encoder: bool = False,
        sees_canvas: bool = True,
    ) -> None:
        super().__init__()
        self.output_scale = output_scale
        self.adds_canvas = adds_canvas
        self.sees_canvas = sees_canvas
        injected = num_categories + 1 + 3 + 1
        self.encoder, self.pool, widths = _encoder(injected, base_channels, vgg_encoder)
        # Planes of the input: layout, canvas, known. The statistics leave all but the canvas as they are.
        self.colours = slice(num_categories + 1, num_categories + 4)
        mean, std = torch.zeros(1, injected, 1, 1), torch.ones(1, injected, 1, 1)
        if vgg_encoder:
            mean[0, self.colours, 0, 0], std[0, self.colours, 0, 0] = torch.tensor(MEAN), torch.tensor(STD)
        self.register_buffer("mean", mean, persistent=False)
        self.register_buffer("std", std, persistent=False)
        # From the coarsest level to full trunk size: input again, skip (none at full size), upsampled level below.
        outs = [8 * base_channels] * (len(widths) - 1) + [4 * base_channels] * 2
        skips = [*reversed(widths), 0]
        self.decoder = nn.ModuleList(
            conv_units(injected + skip + below, out, 2)
            for skip, below, out in zip(skips, [0, *outs], outs, strict=False)
        )
        trunk = outs[-1]
        if output_scale > 1:
            self.upper = conv_units(injected + trunk, 2 * base_channels, 2)
            trunk = 2 * base_channels
        self.image_head = linear_head(trunk, 3)
        self.semantic_head = linear_head(trunk, num_categories + 1)
        if output_scale == 4:
            self.mixer = _pass_on_last(injected + 3, 3)

    def forward(self, canvas: Tensor, known: Tensor, layout: Tensor) -> Synthesis:
        """Synthesise pictures.

        Args:
            canvas: (B, 3, H, W) RGB in [0, 1]; black = nothing there, white = elided.
            known: (B, 1, H, W), 1 where the canvas carries photo content.
            layout: (B, num_categories + 1, H, W) one-hot.
        """
        if not self.sees_canvas:
            canvas, known = torch.zeros_like(canvas), torch.zeros_like(known)
        full = concatenate(layout, canvas, known)
        height, width = canvas.shape[-2:]
        scale = self.output_scale
        features = self._trunk(resize(full, (max(1, height // scale), max(1, width // scale))))
        if scale > 1:
            # At scale 4 the reference takes exactly every second pixel here, and bilinear resizing elsewhere.
            middle = full if scale == 2 else full[..., ::2, ::2]
            features = self.upper(concatenate(middle, resize(features, middle.shape[-2:])))
        image = self.image_head(features)
        if scale == 4:
            image = self.mixer(concatenate(full, resize(image, (height, width))))
        semantics = self.semantic_head(features)
        if self.adds_canvas:
            return Synthesis(image + fill_gaps(canvas, known), semantics)
        return Synthesis((image + 1) / 2, semantics)

    def _trunk(self, inputs: Tensor) -> Tensor:
        skips: list[Tensor] = []
        features: Tensor = (inputs - self.mean) / self.std
        for stage in self.encoder:
            features = self.pool(stage(features))
            skips.append(features)
        features = self.decoder[0](concatenate(resize(inputs, skips[-1].shape[-2:]), skips[-1]))
        for level, stage in enumerate(list(self.decoder)[1:], start=2):
            skip = skips[-level] if level <= len(skips) else None
            size = inputs.shape[-2:] if skip is None else skip.shape[-2:]
            parts = [resize(inputs, size), resize(features, size)]
            features = stage(concatenate(*parts) if skip is None else concatenate(parts[0], skip, parts[1]))
        return features


def _encoder(in_channels: int, base_channels: int, vgg: bool) -> tuple[nn.ModuleList, nn.Module, list[int]]:
    """Return the levels of the encoder, the pool after each, and their widths."""
    if vgg:
        return vgg_blocks(in_channels, base_channels), HalvingPool(), [factor * base_channels for factor, _ in BLOCKS]
    widths = [base_channels * factor for factor in (1, 2, 4, 8, 8, 8)]
    levels = nn.ModuleList(
        conv_units(before, width, 2 if level < 2 else 3)
        for level, (before, width) in enumerate(zip([in_channels, *widths], widths, strict=False))
    )
    return levels, Pool("average"), widths


def _pass_on_last(in_channels: int, out_channels: int) -> nn.Conv2d:
    """Return a 1x1 convolution that begins by passing on its last inputs.

    So that a finer network starts as good as the coarser one that it goes on from.
    """
    head = nn.Conv2d(in_channels, out_channels, 1)
    with torch.no_grad():
        head.weight.zero_()
        head.weight[:, -out_channels:, 0, 0] = torch.eye(out_channels)
        nn.init.zeros_(head.bias)  # type: ignore[arg-type]
    return head
