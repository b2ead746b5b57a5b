"""The depth network's reading of a scene, and its predictions.

A U-Net sees the photo, the layout in canonical categories (so that one network serves every street
dataset) and the row of each pixel, and gives the logarithm of the depth.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sims_core.base.pictures import resize_nearest, resize_photo
from sims_core.networks.determinism import fixed_threads
from sims_core.networks.saved import load_model
from sims_core.networks.tensors import one_hot, photo_planes
from sims_core.networks.unet import UNet
from sims_core.scenes.depth_maps import MetricDepth
from sims_core.scenes.street_categories import CANONICAL

NUM_INPUT_PLANES = len(CANONICAL) + 1 + 3 + 1
# The depth of an output of 0: of the middle of a street, so that training starts there.
_UNIT_M = 15.0
_NEAREST_M, _FARTHEST_M = 0.1, 650.0


def depth_input(photos: Tensor, labels: Tensor) -> Tensor:
    """Return the network's input.

    Args:
        photos: (B, H, W, 3) uint8 RGB.
        labels: (B, H, W) uint8 canonical category ids, 255 = void.

    Returns:
        (B, NUM_INPUT_PLANES, H, W) float32: layout one-hot, photo, and rows from -1 (top) to 1.
    """
    height, width = labels.shape[1:]
    rows = torch.linspace(-1, 1, height, device=labels.device)[:, None].expand(len(labels), 1, height, width)
    return torch.cat([one_hot(labels, len(CANONICAL)), photo_planes(photos), rows], dim=1)


def log_depth(depth_m: Tensor) -> Tensor:
    """Turn metres into what the network gives; unknown and infinite depths into finite numbers of no meaning."""
    return (depth_m.clamp(_NEAREST_M, _FARTHEST_M) / _UNIT_M).log()


class DepthPredictor:
    """A trained depth network."""

    def __init__(self, folder: Path) -> None:
        """Load data/models/depth; see `load_model` for errors."""
        self._network, self.card = load_model(folder, UNet)

    def __call__(self, photo: NDArray[np.uint8], labels: NDArray[np.uint8]) -> MetricDepth:
        """Return `predict` as a depth map."""
        return MetricDepth(self.predict(photo, labels), "network")

    def predict(self, photo: NDArray[np.uint8], labels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Estimate the depth of one scene.

        Args:
            photo: (H, W, 3) uint8 RGB.
            labels: (H, W) uint8 canonical category ids, 255 = void.

        Returns:
            (H, W) float32 metres, also in the sky, where they mean nothing.
        """
        size = (self.card.height_px, self.card.width_px)
        inputs = depth_input(
            torch.from_numpy(resize_photo(photo, *size))[None], torch.from_numpy(resize_nearest(labels, *size))[None]
        )
        with torch.inference_mode(), fixed_threads(self.card.num_threads):
            planes = self._network(inputs)[0, 0].clamp(-8, 8).exp() * _UNIT_M
        depth_m: NDArray[np.float32] = planes.clamp(_NEAREST_M, _FARTHEST_M).numpy()
        return resize_nearest(depth_m, *labels.shape)
