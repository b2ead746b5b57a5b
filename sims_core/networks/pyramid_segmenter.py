"""A segmenter on EfficientNet-Lite0: a plain feature pyramid (Lin et al., CVPR 2017) labels photographs."""

from __future__ import annotations

from torch import Tensor, nn

from sims_core.networks.blocks import ConvUnit, linear_head, resize
from sims_core.networks.efficientnet_lite0 import PYRAMID_CHANNELS, Lite0Encoder


class PyramidSegmenter(nn.Module):
    """The encoder's `num_levels` deepest sizes, of five, each brought to `base_channels` and added to the finer one.

    With 4 levels the finest is a fourth of the picture, with 5 a half. Its labels are enlarged bilinearly.
    """

    def __init__(self, out_channels: int, base_channels: int, num_levels: int) -> None:
        super().__init__()
        self.encoder = Lite0Encoder()
        self.laterals = nn.ModuleList(
            linear_head(channels, base_channels) for channels in PYRAMID_CHANNELS[-num_levels:]
        )
        self.unit = ConvUnit(base_channels, base_channels)
        self.head = linear_head(base_channels, out_channels)

    def forward(self, photo: Tensor) -> Tensor:
        """(B, 3, H, W) RGB in [0, 1] -> (B, out_channels, H, W) logits."""
        return self.with_features(photo)[0]

    def with_features(self, photo: Tensor) -> tuple[Tensor, Tensor]:
        """Return what `forward` does and, (B, base_channels), the last features averaged over the picture.

        They are of unit size, unlike the encoder's, whose kernel distances would be in the hundreds.
        """
        levels = self.encoder.pyramid(photo)[-len(self.laterals) :]
        features: Tensor = self.laterals[-1](levels[-1])
        for lateral, level in zip(reversed(self.laterals[:-1]), reversed(levels[:-1]), strict=True):
            features = lateral(level) + resize(features, level.shape[-2:])
        features = self.unit(features)
        logits: Tensor = self.head(features)
        return resize(logits, photo.shape[-2:]), features.mean(dim=(2, 3))
