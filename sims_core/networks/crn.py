"""Cascaded refinement networks: layout -> photograph, or coarse layout -> dense layout, from coarse to fine.

Chen and Koltun, ICCV 2017. One picture per layout; the paper's collection of nine, of which only the best of each
category is trained, is left out.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from sims_core.networks.blocks import check_halvings, concatenate, conv_units, linear_head, resize

# Widths of the modules of 4, 8, 16, 32, 64, 128, 256, 512 and 1024 rows over that of 128 rows (paper, section 3).
_WIDTHS = (2, 2, 2, 2, 2, 1, 1, 1 / 4, 1 / 16)


class _Cascade(nn.Module):
    """`num_modules` modules, each twice as fine as the one before and the last as fine as the layout.

    A module takes the features of the one before, enlarged, and the layout at its own size, and has two 3x3
    convolution units. The k-th one has the width of the paper's k-th, whose first has 4 rows and which has 7 modules
    at 256 rows, 8 at 512 and 9 at 1024: `base_channels` (512 in the paper) for the sixth and seventh, twice as many
    before, a fourth and a sixteenth afterwards.
    """

    def __init__(self, num_categories: int, base_channels: int, num_modules: int, out_channels: int) -> None:
        super().__init__()
        if not 1 <= num_modules <= len(_WIDTHS):
            raise ValueError(f"num_modules is {num_modules}, expected 1 to {len(_WIDTHS)}")
        widths = [max(1, int(base_channels * factor)) for factor in _WIDTHS[:num_modules]]
        self.stages = nn.ModuleList(
            conv_units(below + num_categories + 1, width, 2) for below, width in zip([0, *widths], widths, strict=False)
        )
        self.head = linear_head(widths[-1], out_channels)

    def cascade(self, layout: Tensor) -> Tensor:
        """(B, num_categories + 1, H, W) one-hot -> (B, out_channels, H, W); see the subclasses."""
        check_halvings(layout.shape[-2:], len(self.stages) - 1)
        layouts = [layout]
        for _ in list(self.stages)[1:]:
            size = [(side + 1) // 2 for side in layouts[0].shape[-2:]]
            layouts.insert(0, F.interpolate(layout, size=size, mode="area"))
        features = self.stages[0](layouts[0])
        for stage, seen in zip(list(self.stages)[1:], layouts[1:], strict=True):
            features = stage(concatenate(resize(features, seen.shape[-2:]), seen))
        made: Tensor = self.head(features)
        return made


class CascadedRefinementNet(_Cascade):
    """Layout -> photograph: one of the rivals."""

    def __init__(self, num_categories: int, base_channels: int = 512, num_modules: int = 7) -> None:
        super().__init__(num_categories, base_channels, num_modules, out_channels=3)

    def forward(self, layout: Tensor) -> Tensor:
        """Make pictures of layouts.

        Args:
            layout: (B, num_categories + 1, H, W) one-hot. Sides that cannot be halved are halved upwards.

        Returns:
            (B, 3, H, W) RGB, nominally in [0, 1]; linear, clamped only when saved.

        Raises:
            ValueError: The layout is too small for so many modules.
        """
        return (self.cascade(layout) + 1) / 2


class LayoutRefinementNet(_Cascade):
    """Coarse layout -> dense layout."""

    def __init__(self, num_categories: int, base_channels: int = 512, num_modules: int = 7) -> None:
        super().__init__(num_categories, base_channels, num_modules, out_channels=num_categories)

    def forward(self, layout: Tensor) -> Tensor:
        """Say what belongs where.

        Args:
            layout: (B, num_categories + 1, H, W) one-hot, void where nobody painted.

        Returns:
            (B, num_categories, H, W) logits.

        Raises:
            ValueError: The layout is too small for so many modules.
        """
        return self.cascade(layout)
