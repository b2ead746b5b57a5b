"""The trained transformation network: segments and their places to affine maps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from sims_core.networks.determinism import fixed_threads
from sims_core.networks.saved import load_model
from sims_core.networks.tensors import mask_plane, one_hot
from sims_core.networks.trained.arrays import labels_at_size, parts, photos_at_size
from sims_core.networks.transform_net import TransformNet, encode_segment
from sims_core.scenes.boxes import Box, box_slices, seen_through
from sims_core.scenes.placed import PlacedMask, PlacedSegment
from sims_core.scenes.window import joint_window, to_frame


class TransformPredictor:
    """A trained transformation network."""

    def __init__(self, folder: Path) -> None:
        """Load data/models/transform; see `load_model` for errors."""
        self._network, self.card = load_model(folder, TransformNet)
        self._num_categories = len(self.card.categories)

    def predict(
        self, segments: Sequence[PlacedSegment], places: Sequence[PlacedMask], layout: NDArray[np.uint8]
    ) -> NDArray[np.float32]:
        """Align N segments with their places in one layout.

        Args:
            segments: In the layout's frame, none of them empty.
            places: One per segment, none of them empty.
            layout: (H, W) uint8 ids, 255 = void.

        Returns:
            (N, 2, 3) float32: normalised output coordinates -> normalised input coordinates
            (`align_corners=False`), at any resolution.
        """
        frame = (layout.shape[0], layout.shape[1])
        thetas = np.zeros((len(segments), 2, 3), dtype=np.float32)
        with torch.inference_mode(), fixed_threads(self.card.num_threads):
            for part in parts(len(segments)):
                pairs = list(zip(segments[part], places[part], strict=True))
                windows = [joint_window(segment.box, place.box, frame) for segment, place in pairs]
                found = self._ask([_view(*pair, layout, window) for pair, window in zip(pairs, windows, strict=True)])
                thetas[part] = [to_frame(theta, w, frame) for theta, w in zip(found, windows, strict=True)]
        return thetas

    def _ask(self, views: Sequence[_View]) -> NDArray[np.float32]:
        """Return (N, 2, 3) maps in the coordinates of the windows."""
        # Sums over a single item are taken in another order: asked twice, it answers as it does among others.
        several = [*views, *views] if len(views) == 1 else views
        pictures, segment_masks, target_masks, layouts = zip(*several, strict=True)
        found: torch.Tensor = self._network(
            encode_segment(photos_at_size(pictures, self.card), labels_at_size(segment_masks, self.card)),
            mask_plane(labels_at_size(target_masks, self.card)),
            one_hot(labels_at_size(layouts, self.card), self._num_categories, torch.channels_last),
        )
        maps: NDArray[np.float32] = found.numpy()[: len(views)]
        return maps


_View = tuple[NDArray[np.uint8], NDArray[np.bool_], NDArray[np.bool_], NDArray[np.uint8]]


def _view(segment: PlacedSegment, place: PlacedMask, layout: NDArray[np.uint8], window: Box) -> _View:
    """Return what a window shows of a segment, of its mask, of its place and of the layout."""
    picture = seen_through(window, segment.rgb, segment.box)
    return picture, segment.within(window), place.within(window), layout[box_slices(window)]
