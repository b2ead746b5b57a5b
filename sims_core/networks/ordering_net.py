"""The ordering network: which of two adjacent segments is in front (reference, section 4)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from sims_core.networks.blocks import ConvStages, ConvUnit, linear_head
from sims_core.networks.tensors import palette_planes
from sims_core.scenes.classes import VOID


def pair_picture(
    masks_a: Tensor, masks_b: Tensor, categories_a: Tensor, categories_b: Tensor, palette: Tensor
) -> Tensor:
    """Paint pairs of segments in their palette colours on black.

    Args:
        masks_a: (B, H, W) bool.
        masks_b: (B, H, W) bool; hides a where both are.
        categories_a: (B,) category ids.
        categories_b: (B,) category ids.
        palette: (256, 3) RGB, 0..255; the colour of void is black.

    Returns:
        (B, 3, H, W) float32 in [0, 1].
    """
    labels = torch.where(masks_a, categories_a[:, None, None], VOID)
    labels = torch.where(masks_b, categories_b[:, None, None], labels)
    return palette_planes(labels, palette)


def front_margin(logits: Tensor, categories_a: Tensor, categories_b: Tensor) -> Tensor:
    """Return (B,) the log-odds that b is in front: the difference of the logits of the two categories.

    Two segments of one category cannot be told apart by category: 0.
    """
    return (logits.gather(1, categories_b[:, None]) - logits.gather(1, categories_a[:, None]))[:, 0]


class OrderingNet(nn.Module):
    """Picture of a pair and of the layout -> logits of the category in front.

    The reference averages an 8x12 window of the last features and so leaves out the right quarter of the
    picture; here all positions are averaged. Before training all categories are equally likely.
    """

    def __init__(self, num_categories: int, base_channels: int = 64, dropout_percent: int = 50) -> None:
        super().__init__()
        self.stages = ConvStages(3 + 3, base_channels)
        hidden = 16 * base_channels
        self.hidden = ConvUnit(self.stages.out_channels, hidden, kernel_size=1)
        self.dropout = nn.Dropout(dropout_percent / 100)
        self.head = linear_head(hidden, num_categories + 1)
        nn.init.zeros_(self.head.weight)

    def forward(self, pair: Tensor, layout: Tensor) -> Tensor:
        """Predict the category in front.

        Args:
            pair: (B, 3, H, W) from `pair_picture`.
            layout: (B, 3, H, W) the layout in palette colours, in [0, 1].

        Returns:
            (B, num_categories + 1) logits.
        """
        features = self.stages(pair, layout)[:, :, None, None]
        logits: Tensor = self.head(self.dropout(self.hidden(features)))
        return logits.flatten(1)
