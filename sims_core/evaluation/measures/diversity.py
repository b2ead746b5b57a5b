"""Diversity: how different the pictures of one layout are, as a whole and by category.

The perceptual distance of two pictures is that of Zhang et al. (2018) without their learned weights: features of a
network, each pixel's of unit length, squared difference, averaged over the picture and over the five layers. Figures
of different networks have nothing in common; the protocol names them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from sims_core.formats.canvases import Canvas
from sims_core.networks.perceptual import PerceptualNet
from sims_core.networks.tensors import photo_planes
from sims_core.scenes.classes import VOID

SOURCES_RULE = (
    "share of the components of the variants after the first whose segment, the one on top, comes from another photo "
    "than in the first"
)
_EPSILON = 1e-10


def diversity_rule(network: PerceptualNet) -> str:
    """Return the rule of the diversity in the features of a network, for the protocol."""
    return (
        f"mean over layouts of the mean over pairs of variants of the perceptual distance: {network.LAYERS}, of unit "
        "length at each pixel, squared difference, mean over pixels and layers; by category: over the pixels that the "
        "layout gives it, all layouts together"
    )


def distance_map(network: PerceptualNet, pictures: NDArray[np.uint8], others: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the perceptual distance of B pairs of pictures at each pixel.

    Args:
        network: The features; frozen by the caller.
        pictures: (B, H, W, 3) uint8 RGB.
        others: The same shape.

    Returns:
        (B, H, W) float64, not negative; the mean of a map over its pixels is the distance of the pair up to the
        interpolation of coarse layers.
    """
    with torch.inference_mode():
        features = [network(photo_planes(torch.from_numpy(batch))) for batch in (pictures, others)]
        total = torch.zeros(pictures.shape[:3], dtype=torch.float64)
        for ours, theirs in zip(*features, strict=True):
            difference = (_unit(ours) - _unit(theirs)).square().sum(dim=1, keepdim=True)
            # Nearest keeps the mean over the picture where the sizes divide.
            total += F.interpolate(difference, size=total.shape[1:], mode="nearest")[:, 0].double()
    mean: NDArray[np.float64] = (total / len(features[0])).numpy()
    return mean


class Diversity:
    """Sums over layouts, of the pictures of their variants."""

    def __init__(self, network: PerceptualNet, num_categories: int) -> None:
        self._network = network.eval().requires_grad_(False)
        self.per_layout: dict[str, float] = {}
        self._distances = np.zeros(num_categories)
        self._num_pixels = np.zeros(num_categories, dtype=np.int64)

    def add(self, name: str, layout: NDArray[np.uint8], pictures: Sequence[NDArray[np.uint8]]) -> None:
        """Compare the pictures of one layout, (H, W) uint8, at least two of (H, W, 3) uint8 RGB, pair by pair."""
        maps = [distance_map(self._network, a[None], b[None])[0] for a, b in combinations(pictures, 2)]
        mean = np.mean(maps, axis=0)
        self.per_layout[name] = float(mean.mean())
        counted = layout != VOID
        size = len(self._distances)
        self._distances += np.bincount(layout[counted], weights=mean[counted], minlength=size)
        self._num_pixels += np.bincount(layout[counted], minlength=size)

    @property
    def per_category(self) -> NDArray[np.float64]:
        """(C,) mean distance over the pixels of each category, NaN for one that no layout shows."""
        means = np.full(len(self._distances), np.nan)
        np.divide(self._distances, self._num_pixels, out=means, where=self._num_pixels > 0)
        return means

    def mean(self) -> float:
        """Return the mean over the layouts."""
        return float(np.mean(list(self.per_layout.values())))


class ChangedSources:
    """How many segments come from another photo than in variant 0."""

    def __init__(self) -> None:
        self.num_segments = 0
        self.num_changed = 0

    def add(self, first: Canvas, other: Canvas) -> None:
        """Compare the canvas of a further variant of a layout with that of variant 0, component by component."""
        # The last segment of a component is the one on top.
        before, after = (dict(zip(made.components, made.photo_ids, strict=True)) for made in (first, other))
        for component, photo_id in after.items():
            self.num_segments += 1
            self.num_changed += before[component] != photo_id

    def share(self) -> float:
        """Return the share of segments that changed; 0 where there are none."""
        return self.num_changed / max(self.num_segments, 1)


def _unit(features: torch.Tensor) -> torch.Tensor:
    norm: torch.Tensor = features.square().sum(dim=1, keepdim=True).sqrt()
    return features / (norm + _EPSILON)
