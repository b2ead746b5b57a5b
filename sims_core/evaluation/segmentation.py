"""Scores of a predicted label map against the asked layout, from one confusion matrix of the whole set.

The mean IoU is that of the Cityscapes benchmark: counts are summed over all pictures first, then the
IoU of each category is taken. A mean of per-picture scores is another number and is not called mIoU
here except in the per-picture table, where a picture is its own set.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sims_core.classes import VOID

IGNORE_RULE = f"pixels labelled {VOID} (void) in the layout are not counted, whatever is predicted there"
MEAN_RULE = "mean over the categories that occur in the layouts, from one confusion matrix of the whole set"


def confusion_matrix(
    layout: NDArray[np.uint8], predicted: NDArray[np.integer], num_categories: int
) -> NDArray[np.int64]:
    """Count pixels by true and predicted category.

    Args:
        layout: uint8 label ids of any shape, 255 = void, not counted.
        predicted: Category ids in 0..num_categories - 1, same shape.
        num_categories: Number of categories C.

    Returns:
        (C, C) int64; rows are the layout's categories, columns the predicted ones.
    """
    counted = layout != VOID
    index = layout[counted].astype(np.int64) * num_categories + predicted[counted].astype(np.int64)
    counts = np.bincount(index, minlength=num_categories * num_categories)
    return counts.reshape(num_categories, num_categories).astype(np.int64)


def category_ious(matrix: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the (C,) intersection over union of each category; NaN where the layouts do not show it."""
    hits = np.diag(matrix).astype(np.float64)
    occurring = matrix.sum(axis=1)
    union = occurring + matrix.sum(axis=0) - hits
    ious = np.full(len(matrix), np.nan)
    np.divide(hits, union, out=ious, where=occurring > 0)
    return ious


def mean_iou(matrix: NDArray[np.int64]) -> float:
    """Return the mean of `category_ious` over the categories that occur; NaN for an empty matrix."""
    ious = category_ious(matrix)
    occurring = ~np.isnan(ious)
    return float(ious[occurring].mean()) if occurring.any() else float("nan")


def pixel_accuracy(matrix: NDArray[np.int64]) -> float:
    """Return the share of counted pixels with the right category; NaN for an empty matrix."""
    total = int(matrix.sum())
    return float(np.trace(matrix)) / total if total else float("nan")
