"""Scores of a predicted label map against the asked layout, from counts that are summed over the whole set.

The mean IoU is that of the Cityscapes benchmark: counts are summed over all pictures first, then the
IoU of each category is taken. A mean of per-picture scores is another number and is not called mIoU
here except in the per-picture table, where a picture is its own set.

Counts are (..., 3, C): for each category the pixels on which layout and prediction agree, those that
the layout asks for, and those that were predicted. Leading axes are sets that are scored side by side.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sims_core.scenes.classes import VOID

IGNORE_RULE = f"pixels labelled {VOID} (void) in the layout are not counted, whatever is predicted there"
MEAN_RULE = "mean over the categories that occur in the layouts, from one confusion matrix of the whole set"
FREQUENCY_WEIGHTED_RULE = (
    "IoU of each category weighted by its share of the layouts' pixels, from the same confusion matrix"
)


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


def category_counts(matrix: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the (3, C) counts of a (C, C) confusion matrix: agreeing, asked and predicted pixels."""
    return np.stack([np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)])


def category_ious(counts: NDArray[np.number]) -> NDArray[np.float64]:
    """Return the (..., C) intersection over union of each category; NaN where the layouts do not show it."""
    agreeing, asked, predicted = _split(counts)
    return _ratio(agreeing, asked + predicted - agreeing, asked > 0)


def mean_iou(counts: NDArray[np.number]) -> NDArray[np.float64]:
    """Return the (...) mean of `category_ious` over the categories that occur; NaN where none does."""
    ious = category_ious(counts)
    occurring = ~np.isnan(ious)
    num_occurring = occurring.sum(axis=-1)
    return _ratio(np.where(occurring, ious, 0).sum(axis=-1), num_occurring, num_occurring > 0)


def frequency_weighted_iou(counts: NDArray[np.number]) -> NDArray[np.float64]:
    """Return the (...) mean of `category_ious` weighted by the pixels asked for; NaN where there is none."""
    asked = _split(counts)[1]
    ious = np.nan_to_num(category_ious(counts))
    total = asked.sum(axis=-1)
    return _ratio((asked * ious).sum(axis=-1), total, total > 0)


def pixel_accuracy(counts: NDArray[np.number]) -> NDArray[np.float64]:
    """Return the (...) share of counted pixels with the right category; NaN where there is none."""
    agreeing, asked, _ = _split(counts)
    total = asked.sum(axis=-1)
    return _ratio(agreeing.sum(axis=-1), total, total > 0)


def _split(counts: NDArray[np.number]) -> NDArray[np.float64]:
    """Return (3, ..., C) float64."""
    return np.moveaxis(counts.astype(np.float64), -2, 0)


def _ratio(
    numerator: NDArray[np.float64], denominator: NDArray[np.number], defined: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Divide where `defined`, NaN elsewhere."""
    ratios = np.full(np.shape(numerator), np.nan)
    np.divide(numerator, denominator, out=ratios, where=defined)
    return ratios
