"""Trained rivals as functions of arrays; each works at the size it was trained on, whatever comes in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sims_core.base.pictures import resize_nearest, resize_photo
from sims_core.networks.baselines import Baseline
from sims_core.networks.crn import CascadedRefinementNet
from sims_core.networks.determinism import fixed_threads, seeded
from sims_core.networks.pix2pix import UNetGenerator
from sims_core.networks.saved import load_model
from sims_core.networks.spade import SpadeGenerator
from sims_core.networks.tensors import one_hot, palette_planes, photo_pixels

_NETWORKS: Mapping[Baseline, type[nn.Module]] = {
    Baseline.CRN: CascadedRefinementNet,
    Baseline.PIX2PIX: UNetGenerator,
    Baseline.SPADE: SpadeGenerator,
}


class BaselinePredictor:
    """A trained rival: layout -> photograph."""

    def __init__(self, baseline: Baseline, folder: Path) -> None:
        """Load a rival from its folder in data/models; see `load_model` for errors."""
        self._network, self.card = load_model(folder, _NETWORKS[baseline])
        self._encode: Callable[[Tensor], Tensor] = partial(one_hot, num_categories=len(self.card.categories))
        if baseline is Baseline.PIX2PIX:
            self._encode = partial(palette_planes, palette=torch.from_numpy(self.card.categories.palette))

    def synthesize(self, layout: NDArray[np.uint8], seed: int) -> NDArray[np.uint8]:
        """Turn one layout into a photograph.

        Args:
            layout: (H, W) uint8 ids, 255 = void.
            seed: Of the noise, where the network has any: pictures of another seed are variants.

        Returns:
            (H, W, 3) uint8 RGB.
        """
        labels = torch.from_numpy(resize_nearest(layout, self.card.height_px, self.card.width_px)[None])
        with torch.inference_mode(), fixed_threads(self.card.num_threads), seeded(seed):
            image = self._network(self._encode(labels))
        return resize_photo(np.ascontiguousarray(photo_pixels(image)[0].numpy()), *layout.shape)
