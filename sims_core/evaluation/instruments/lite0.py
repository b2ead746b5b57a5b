"""ImageNet features of EfficientNet-Lite0, which is installed with the project: a yardstick that no method trains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sims_core.evaluation.instruments.resizing import resize_planes
from sims_core.networks.determinism import fixed_threads
from sims_core.networks.efficientnet_lite0 import LITE0_SHA256, load_lite0

_INPUT_PX = 224


class Lite0:
    """The last features, averaged over the picture.

    Where a method was trained on this network's features, another name begins the names of all its figures:
    `lite0_seen`. So no table, chart or comparison takes one for the other.
    """

    def __init__(self, seen_by: Sequence[str] = ()) -> None:
        """Load the weights.

        Args:
            seen_by: The methods under test that were trained on these features, for the protocol.

        Raises:
            SimsError: The package of the weights is not installed, or another version.
        """
        self._network = load_lite0()
        self.name = "lite0_seen" if seen_by else "lite0"
        self.protocol: dict[str, Any] = {
            "network": "EfficientNet-Lite0 trained on ImageNet, last features averaged over the picture",
            "weights_sha256": LITE0_SHA256,
            "input": f"{_INPUT_PX} x {_INPUT_PX}, float32 RGB",
            "resize_filter": "Pillow bicubic on float32 channels, aspect not kept",
            "antialias": "yes",
            "trained_on_by": ", ".join(seen_by) or "no method of this table",
        }

    def __call__(self, pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Turn (B, H, W, 3) uint8 RGB pictures into (B, 1280) float64 features."""
        planes = torch.from_numpy(resize_planes(pictures, _INPUT_PX)) / 255
        # One thread, so that every process computes the same bits.
        with torch.inference_mode(), fixed_threads(1):
            features: NDArray[np.float64] = self._network.pooled(planes).double().numpy()
        return features
