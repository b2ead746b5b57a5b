"""The transformation network: the affine map that lays a retrieved segment into its place (reference, section 3)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from sims_core.networks.blocks import ConvStages
from sims_core.networks.tensors import mask_plane, photo_planes

_IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def encode_segment(segments: Tensor, masks: Tensor) -> Tensor:
    """Encode segments so that a black pixel of the segment differs from no pixel, in the reference's 3 channels.

    Args:
        segments: (B, H, W, 3) uint8 RGB.
        masks: (B, H, W) bool.

    Returns:
        (B, 3, H, W) float32: 0.5 to 1 inside the mask (half of the colour above 0.5), 0 outside.
    """
    return (0.5 + 0.5 * photo_planes(segments)) * mask_plane(masks)


class TransformNet(nn.Module):
    """Segment, place and layout -> affine map; the identity before training.

    The reference predicts pixel offsets in a fixed frame; here the map is normalised, so that it holds at
    every resolution. All positions of the last features are averaged.
    """

    def __init__(self, num_categories: int, base_channels: int = 64) -> None:
        super().__init__()
        self.stages = ConvStages(3 + 1 + num_categories + 1, base_channels)
        self.head = nn.Linear(self.stages.out_channels, 6)
        nn.init.zeros_(self.head.weight)
        with torch.no_grad():
            self.head.bias.copy_(torch.tensor(_IDENTITY))

    def forward(self, segment: Tensor, target_mask: Tensor, layout: Tensor) -> Tensor:
        """Predict maps.

        Args:
            segment: (B, 3, H, W) from `encode_segment`.
            target_mask: (B, 1, H, W), 1 where the segment belongs.
            layout: (B, num_categories + 1, H, W) one-hot.

        Returns:
            (B, 2, 3): normalised output coordinates -> normalised input coordinates, for `warp`.
        """
        features = self.stages(segment, target_mask, layout)
        # Six numbers of which the last bits count, whatever the precision of a training.
        with torch.autocast(features.device.type, enabled=False):
            theta: Tensor = self.head(features.float())
        return theta.view(-1, 2, 3)
