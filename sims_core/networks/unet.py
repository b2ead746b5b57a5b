"""A plain U-Net: picture in, planes of the same size out; estimates depth and labels photographs."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from sims_core.networks.blocks import Pool, concatenate, conv_units, linear_head, resize


class UNet(nn.Module):
    """`num_levels` sizes, each half the one above and twice as wide (up to 8 times), with skips between equal sizes."""

    def __init__(self, in_channels: int, out_channels: int, base_channels: int, num_levels: int) -> None:
        super().__init__()
        self.in_channels = in_channels
        widths = [base_channels * min(2**level, 8) for level in range(num_levels)]
        self.encoder = nn.ModuleList(
            conv_units(before, width, 2) for before, width in zip([in_channels, *widths], widths, strict=False)
        )
        self.decoder = nn.ModuleList(conv_units(below + width, width, 2) for width, below in pairwise(widths))
        self.pool = Pool("average")
        self.head = linear_head(widths[0], out_channels)

    def forward(self, inputs: Tensor) -> Tensor:
        """(B, in_channels, H, W) -> (B, out_channels, H, W)."""
        return self.with_features(inputs)[0]

    def with_features(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return what `forward` does and, (B, F), the deepest features averaged over the picture."""
        levels = self._encode(inputs)
        features = levels[-1]
        for level in reversed(range(len(self.decoder))):
            skip = levels[level]
            features = self.decoder[level](concatenate(skip, resize(features, skip.shape[-2:])))
        planes: Tensor = self.head(features)
        return planes, levels[-1].mean(dim=(2, 3))

    def _encode(self, inputs: Tensor) -> list[Tensor]:
        if inputs.shape[1] != self.in_channels:
            raise ValueError(f"got {inputs.shape[1]} channels, expected {self.in_channels}")
        levels: list[Tensor] = []
        features = inputs
        for stage in self.encoder:
            features = stage(self.pool(features) if levels else features)
            levels.append(features)
        return levels
