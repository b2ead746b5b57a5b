"""The trained segmenter of the evaluation: pictures to category ids and features."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from sims_core.base.pictures import resize_nearest
from sims_core.networks.determinism import fixed_threads
from sims_core.networks.pyramid_segmenter import PyramidSegmenter
from sims_core.networks.saved import load_model, read_card
from sims_core.networks.tensors import photo_planes
from sims_core.networks.trained.arrays import photos_at_size, picture_parts
from sims_core.networks.unet import UNet
from sims_core.scenes.classes import VOID


class SegmenterPredictor:
    """The trained segmenter of the evaluation."""

    def __init__(self, folder: Path) -> None:
        """Load data/models/segmenter; see `load_model` for errors."""
        self._network: UNet | PyramidSegmenter
        if read_card(folder).network == PyramidSegmenter.__name__:
            self._network, self.card = load_model(folder, PyramidSegmenter)
        else:
            self._network, self.card = load_model(folder, UNet)

    def predict(self, pictures: NDArray[np.uint8]) -> tuple[NDArray[np.int64], Tensor]:
        """Label B pictures, at least one; the network sees as many at once as memory allows.

        Args:
            pictures: (B, H, W, 3) uint8 RGB.

        Returns:
            (B, H, W) int64 category ids, and (B, F) float64: the deepest features averaged over the picture.
        """
        labels, features = [], []
        with torch.inference_mode(), fixed_threads(self.card.num_threads):
            for part in picture_parts(len(pictures), self.card):
                planes = photo_planes(photos_at_size(pictures[part], self.card))
                logits, deepest = self._network.with_features(planes)
                labels.append(resize_nearest(logits.argmax(dim=1).numpy(), *pictures.shape[1:3]))
                features.append(deepest.double())
        return np.concatenate(labels), torch.cat(features).clone()

    def label_losses(self, pictures: NDArray[np.uint8], labels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Say how far each pixel's label is from what the network sees there.

        Args:
            pictures: (B, H, W, 3) uint8 RGB, of the size that the network was trained at.
            labels: (B, H, W) uint8 category ids, 255 = void.

        Returns:
            (B, H, W) float32: cross-entropy, 0 where void.
        """
        with torch.inference_mode(), fixed_threads(self.card.num_threads):
            logits, _ = self._network.with_features(photo_planes(torch.from_numpy(np.ascontiguousarray(pictures))))
            targets = torch.from_numpy(labels.astype(np.int64))
            losses: NDArray[np.float32] = F.cross_entropy(logits, targets, ignore_index=VOID, reduction="none").numpy()
        return losses
