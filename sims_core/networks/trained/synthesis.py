"""The trained synthesis network: canvas and layout to a photograph."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from sims_core.base.pictures import resize_photo
from sims_core.networks.canvas_input import resize_canvas
from sims_core.networks.determinism import fixed_threads
from sims_core.networks.saved import load_model
from sims_core.networks.synthesis_net import SynthesisNet
from sims_core.networks.tensors import mask_plane, one_hot, photo_pixels, photo_planes
from sims_core.networks.trained.arrays import labels_at_size


class SynthesisPredictor:
    """A trained synthesis network."""

    def __init__(self, folder: Path) -> None:
        """Load data/models/synthesis; see `load_model` for errors."""
        self._network, self.card = load_model(folder, SynthesisNet)

    def synthesize(
        self, canvas: NDArray[np.uint8], known: NDArray[np.bool_], layout: NDArray[np.uint8]
    ) -> NDArray[np.uint8]:
        """Turn one canvas into a photograph.

        Args:
            canvas: (H, W, 3) uint8 RGB; black = nothing there, white = elided.
            known: (H, W) bool, True where the canvas carries photo content.
            layout: (H, W) uint8 ids, 255 = void.

        Returns:
            (H, W, 3) uint8 RGB.
        """
        pixels, mask = resize_canvas(canvas, known, self.card.height_px, self.card.width_px)
        with torch.inference_mode(), fixed_threads(self.card.num_threads):
            made = self._network(
                photo_planes(torch.from_numpy(pixels)[None]),
                mask_plane(torch.from_numpy(mask)[None]),
                one_hot(labels_at_size([layout], self.card), len(self.card.categories)),
            )
        return resize_photo(np.ascontiguousarray(photo_pixels(made.image)[0].numpy()), *layout.shape)
