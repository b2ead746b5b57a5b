"""The trained transformation network: segments and their places to affine maps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from sims_core.networks.determinism import fixed_threads
from sims_core.networks.saved import load_model
from sims_core.networks.tensors import mask_plane, one_hot
from sims_core.networks.trained.arrays import labels_at_size, parts, photos_at_size, views_of
from sims_core.networks.transform_net import TransformNet, encode_segment
from sims_core.scenes.boxes import box_slices
from sims_core.scenes.window import joint_window, to_frame


class TransformPredictor:
    """A trained transformation network."""

    def __init__(self, folder: Path) -> None:
        """Load data/models/transform; see `load_model` for errors."""
        self._network, self.card = load_model(folder, TransformNet)
        self._num_categories = len(self.card.categories)

    def predict(
        self,
        segments: NDArray[np.uint8],
        segment_masks: NDArray[np.bool_],
        target_masks: NDArray[np.bool_],
        layout: NDArray[np.uint8],
    ) -> NDArray[np.float32]:
        """Align N segments with their places in one layout.

        Args:
            segments: (N, H, W, 3) uint8 RGB, full frame.
            segment_masks: (N, H, W) bool.
            target_masks: (N, H, W) bool, the places.
            layout: (H, W) uint8 ids, 255 = void.

        Returns:
            (N, 2, 3) float32: normalised output coordinates -> normalised input coordinates
            (`align_corners=False`), at any resolution.
        """
        windows = [joint_window(*pair) for pair in zip(segment_masks, target_masks, strict=True)]
        frame = (layout.shape[0], layout.shape[1])
        thetas = np.zeros((len(segments), 2, 3), dtype=np.float32)
        with torch.inference_mode(), fixed_threads(self.card.num_threads):
            for part in parts(len(segments)):
                views = windows[part]
                found = self._network(
                    encode_segment(
                        photos_at_size(views_of(segments[part], views), self.card),
                        labels_at_size(views_of(segment_masks[part], views), self.card),
                    ),
                    mask_plane(labels_at_size(views_of(target_masks[part], views), self.card)),
                    one_hot(
                        labels_at_size([layout[box_slices(view)] for view in views], self.card), self._num_categories
                    ),
                )
                thetas[part] = [to_frame(theta, view, frame) for theta, view in zip(found.numpy(), views, strict=True)]
        return thetas
