"""The trained layout refinement as a function: what nobody painted is filled in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from sims_core.base.pictures import resize_nearest
from sims_core.networks.crn import LayoutRefinementNet
from sims_core.networks.determinism import fixed_threads
from sims_core.networks.saved import load_model
from sims_core.networks.tensors import one_hot
from sims_core.scenes.classes import VOID


class LayoutPredictor:
    """A trained layout refinement network."""

    def __init__(self, folder: Path) -> None:
        """Load data/models/layout; see `load_model` for errors."""
        self._network, self.card = load_model(folder, LayoutRefinementNet)

    def refine(self, coarse: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Make a coarse layout dense.

        Args:
            coarse: (H, W) uint8 ids, 255 = void where nobody painted.

        Returns:
            (H, W) uint8 ids without void; what was painted is as it was.
        """
        seen = resize_nearest(coarse, self.card.height_px, self.card.width_px)
        with torch.inference_mode(), fixed_threads(self.card.num_threads):
            logits = self._network(one_hot(torch.from_numpy(seen)[None], len(self.card.categories)))
        found = resize_nearest(logits[0].argmax(dim=0).numpy().astype(np.uint8), *coarse.shape)
        dense: NDArray[np.uint8] = np.where(coarse == VOID, found, coarse)
        return dense
