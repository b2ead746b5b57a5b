"""Scores of one set of pictures (real photos, results, canvases, a rival's), summed picture by picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from sims_core.evaluation.segmentation import confusion_matrix, mean_iou, pixel_accuracy
from sims_core.evaluation.spectrum import radial_power_spectrum


@dataclass(frozen=True)
class Segmented:
    """What a segmentation network says of B pictures.

    Attributes:
        labels: (B, H, W) int64 category ids.
        features: (B, F) float64, the network's own features averaged over the picture.
    """

    labels: NDArray[np.int64]
    features: torch.Tensor


class Segmenter(Protocol):
    """A segmentation network: (B, H, W, 3) uint8 RGB -> labels and features."""

    def __call__(self, pictures: NDArray[np.uint8]) -> Segmented:
        """Label the pictures."""


class PictureSet:
    """Sums over a set of pictures; holds no picture, so a set may be of any size.

    Attributes:
        matrix: (C, C) confusion matrix of the whole set.
        per_picture: (pixel accuracy, mean IoU) by name, NaN where the layout is all void.
    """

    def __init__(self, num_categories: int) -> None:
        self.matrix = np.zeros((num_categories, num_categories), dtype=np.int64)
        self.per_picture: dict[str, tuple[float, float]] = {}
        self._features: list[torch.Tensor] = []
        self._spectra: list[NDArray[np.float64]] = []

    def add(
        self,
        names: Sequence[str],
        pictures: NDArray[np.uint8],
        layouts: NDArray[np.uint8],
        segmenter: Segmenter,
    ) -> None:
        """Score a batch.

        Args:
            names: B unique names.
            pictures: (B, H, W, 3) uint8 RGB.
            layouts: (B, H, W) uint8, what was asked for.
            segmenter: Labels the pictures.
        """
        segmented = segmenter(pictures)
        self._features.append(segmented.features)
        for name, picture, layout, labels in zip(names, pictures, layouts, segmented.labels, strict=True):
            matrix = confusion_matrix(layout, labels, len(self.matrix))
            self.matrix += matrix
            self.per_picture[name] = (pixel_accuracy(matrix), mean_iou(matrix))
            self._spectra.append(radial_power_spectrum(picture))

    @property
    def features(self) -> torch.Tensor:
        """(N, F) float64 features in the order of adding."""
        return torch.cat(self._features)

    @property
    def spectrum(self) -> NDArray[np.float64]:
        """(R,) mean radial power profile of the set."""
        profile: NDArray[np.float64] = np.mean(self._spectra, axis=0)
        return profile
