"""The trained ordering network: two segments of a layout to the probability that the second is in front."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from sims_core.networks.determinism import fixed_threads
from sims_core.networks.ordering_net import OrderingNet, front_margin, pair_picture
from sims_core.networks.saved import load_model
from sims_core.networks.tensors import palette_planes
from sims_core.networks.trained.arrays import labels_at_size, parts
from sims_core.scenes.boxes import box_slices
from sims_core.scenes.placed import PlacedMask
from sims_core.scenes.window import joint_window


class OrderingPredictor:
    """A trained ordering network and the class prior: the log-odds of the two are added."""

    def __init__(self, folder: Path, log_odds: NDArray[np.float32]) -> None:
        """Load data/models/ordering; see `load_model` for errors.

        Args:
            folder: Of the model.
            log_odds: (C, C) of the class prior.
        """
        self._prior = torch.from_numpy(log_odds)
        self._network, self.card = load_model(folder, OrderingNet)
        self._palette = torch.from_numpy(self.card.categories.palette)

    def predict(
        self,
        firsts: Sequence[PlacedMask],
        seconds: Sequence[PlacedMask],
        layout: NDArray[np.uint8],
        categories_a: NDArray[np.int64],
        categories_b: NDArray[np.int64],
    ) -> NDArray[np.float32]:
        """Say for N pairs (a, b) of segments of one layout which is in front.

        Args:
            firsts: Segment a of each pair, none of them empty.
            seconds: Segment b of each pair, none of them empty.
            layout: (H, W) uint8 ids, 255 = void.
            categories_a: (N,) category ids.
            categories_b: (N,) category ids.

        Returns:
            (N,) float32: the probability that b is in front; 0.5 for two segments of one category.
        """
        frame = (layout.shape[0], layout.shape[1])
        probabilities = [np.zeros(0, dtype=np.float32)]
        with torch.inference_mode(), fixed_threads(self.card.num_threads):
            for part in parts(len(firsts)):
                sides = (firsts[part], seconds[part])
                windows = [joint_window(a.box, b.box, frame) for a, b in zip(*sides, strict=True)]
                ids_a = torch.as_tensor(np.asarray(categories_a[part], dtype=np.int64))
                ids_b = torch.as_tensor(np.asarray(categories_b[part], dtype=np.int64))
                seen_a, seen_b = (
                    labels_at_size((s.within(window) for s, window in zip(side, windows, strict=True)), self.card)
                    for side in sides
                )
                layouts = labels_at_size((layout[box_slices(window)] for window in windows), self.card)
                pair = pair_picture(seen_a, seen_b, ids_a, ids_b, self._palette)
                logits = self._network(pair, palette_planes(layouts, self._palette))
                margin = front_margin(logits, ids_a, ids_b) + self._prior[ids_a, ids_b]
                probabilities.append(torch.sigmoid(margin).numpy())
        return np.concatenate(probabilities)
