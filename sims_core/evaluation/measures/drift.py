"""Layout drift: how far the layout that a canvas realises lies from the one that was asked for.

Retrieved segments have shapes of their own. The released code rewrites the label map to what was pasted; here the
asked layout stays, and this figure says how much the two differ before the synthesis network acts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sims_core.evaluation.measures.segmentation import (
    category_counts,
    category_ious,
    confusion_matrix,
    mean_iou,
    pixel_accuracy,
)

DRIFT_RULE = (
    "intersection over union of the asked layout with the one that the canvas realises, from one confusion matrix of "
    "the whole set; pixels of which the canvas says nothing count as wrong, void pixels of the layout do not count"
)


class LayoutDrift:
    """Sums over layouts."""

    def __init__(self, num_categories: int) -> None:
        self._num_categories = num_categories
        # One more: what the canvas leaves void.
        self._matrix = np.zeros((num_categories + 1, num_categories + 1), dtype=np.int64)

    def add(self, asked: NDArray[np.uint8], realised: NDArray[np.uint8]) -> None:
        """Count one layout.

        Args:
            asked: (H, W) uint8 labels, 255 = void, not counted.
            realised: (H, W) uint8 labels of the canvas, 255 = void.
        """
        void_last = np.minimum(realised, self._num_categories)
        self._matrix += confusion_matrix(asked, void_last, self._num_categories + 1)

    @property
    def category_ious(self) -> NDArray[np.float64]:
        """(C,) by category, NaN for one that no layout asks for."""
        return category_ious(category_counts(self._matrix))[: self._num_categories]

    def summary(self) -> dict[str, float]:
        """Return the figures for the metrics file."""
        counts = category_counts(self._matrix)
        return {"mean_iou": float(mean_iou(counts)), "pixel_accuracy": float(pixel_accuracy(counts))}
