import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torchmetrics.classification import MulticlassJaccardIndex

from sims_core.evaluation.measures.segmentation import (
    category_counts,
    category_ious,
    confusion_matrix,
    frequency_weighted_iou,
    mean_iou,
    pixel_accuracy,
)
from sims_core.scenes.classes import VOID

LAYOUT = np.array([[0, 0, 0, 1], [0, 1, 1, 1], [2, 2, VOID, VOID]], dtype=np.uint8)
PREDICTED = np.array([[0, 0, 1, 1], [0, 1, 1, 2], [2, 0, 0, 3]], dtype=np.int64)


def counts_of(layout, predicted, num_categories):
    return category_counts(confusion_matrix(layout, predicted, num_categories))


def test_confusion_matrix_worked_by_hand():
    expected = [[3, 1, 0, 0], [0, 3, 1, 0], [1, 0, 1, 0], [0, 0, 0, 0]]
    np.testing.assert_array_equal(confusion_matrix(LAYOUT, PREDICTED, 4), expected)
    np.testing.assert_array_equal(counts_of(LAYOUT, PREDICTED, 4), [[3, 3, 1, 0], [4, 4, 2, 0], [4, 4, 2, 0]])


def test_scores_worked_by_hand():
    counts = counts_of(LAYOUT, PREDICTED, 4)
    # category 0: 3 hits of 4 true + 4 predicted - 3; 1: 3 of 4 + 4 - 3; 2: 1 of 2 + 2 - 1; 3 does not occur
    np.testing.assert_allclose(category_ious(counts)[:3], [3 / 5, 3 / 5, 1 / 3])
    assert np.isnan(category_ious(counts)[3])
    assert mean_iou(counts) == pytest.approx((3 / 5 + 3 / 5 + 1 / 3) / 3)
    assert pixel_accuracy(counts) == pytest.approx(7 / 10)
    assert frequency_weighted_iou(counts) == pytest.approx((4 * 3 / 5 + 4 * 3 / 5 + 2 / 3) / 10)


def test_the_set_is_scored_from_summed_counts_and_not_from_the_mean_of_pictures():
    first = counts_of(np.array([0, 0, 0, 0], np.uint8), np.array([0, 0, 0, 1]), 2)
    second = counts_of(np.array([0, 1], np.uint8), np.array([1, 1]), 2)
    # summed: category 0 has 3 hits in a union of 5, category 1 one hit in a union of 3
    assert mean_iou(first + second) == pytest.approx((3 / 5 + 1 / 3) / 2)
    assert mean_iou(first + second) != pytest.approx((mean_iou(first) + mean_iou(second)) / 2)


def test_sets_side_by_side_are_scored_as_each_alone():
    sets = [counts_of(LAYOUT, PREDICTED, 4), counts_of(LAYOUT, PREDICTED.clip(0, 1), 4), np.zeros((3, 4), np.int64)]
    for metric in (mean_iou, pixel_accuracy, frequency_weighted_iou):
        np.testing.assert_array_equal(metric(np.stack(sets)), [metric(counts) for counts in sets])


def test_a_picture_of_void_has_no_score():
    counts = counts_of(np.full((2, 2), VOID, np.uint8), np.zeros((2, 2), np.int64), 3)
    assert counts.sum() == 0
    assert all(np.isnan(metric(counts)) for metric in (mean_iou, pixel_accuracy, frequency_weighted_iou))


LABELS = arrays(np.uint8, (5, 7), elements=st.sampled_from([0, 1, 2, VOID]))
PREDICTIONS = arrays(np.int64, (5, 7), elements=st.integers(0, 2))


@given(LABELS, PREDICTIONS)
def test_agrees_with_the_definition_by_sets(layout, predicted):
    ious = category_ious(counts_of(layout, predicted, 3))
    for category in range(3):
        true, found = layout == category, (predicted == category) & (layout != VOID)
        if true.any():
            assert ious[category] == pytest.approx((true & found).sum() / (true | found).sum())
        else:
            assert np.isnan(ious[category])


def street(number):
    """A layout of blocks of Cityscapes' 19 categories and void, and a prediction that is wrong in 2 of 5 pixels."""
    rng = np.random.default_rng(number)
    layout = rng.integers(0, 20, (6, 8)).repeat(4, axis=0).repeat(4, axis=1).astype(np.uint8)
    layout[layout == 19] = VOID
    wrong = (rng.random(layout.shape) < 0.4) | (layout == VOID)
    return layout, np.where(wrong, rng.integers(0, 19, layout.shape), layout)


# What evalPixelLevelSemanticLabeling of cityscapesScripts 2.3.0 says of streets 0, 1 and 2, written as PNGs of label
# ids with void as id 0. Recorded, because the package pins the old backport of `typing` and cannot be installed here.
CITYSCAPES_IOUS = [
    0.5353982300884956,
    0.44366197183098594,
    0.4539877300613497,
    0.38524590163934425,
    0.2743362831858407,
    0.5260663507109005,
    0.41530054644808745,
    0.4056603773584906,
    0.44692737430167595,
    0.461038961038961,
    0.4362745098039216,
    0.3858267716535433,
    0.5081967213114754,
    0.45714285714285713,
    0.37755102040816324,
    0.3419354838709677,
    0.4807692307692308,
    0.5,
    0.4166666666666667,
]
CITYSCAPES_MEAN = 0.43431510464689255


def test_equals_the_evaluator_of_cityscapes_where_there_is_void():
    counts = sum(counts_of(*street(number), 19) for number in range(3))
    np.testing.assert_allclose(category_ious(counts), CITYSCAPES_IOUS, rtol=1e-12)
    assert mean_iou(counts) == pytest.approx(CITYSCAPES_MEAN, rel=1e-12)


def test_equals_torchmetrics():
    metric = MulticlassJaccardIndex(19, average=None, ignore_index=VOID)
    for number in range(3):
        layout, predicted = street(number)
        metric.update(torch.from_numpy(predicted), torch.from_numpy(layout.astype(np.int64)))
    counts = sum(counts_of(*street(number), 19) for number in range(3))
    np.testing.assert_allclose(category_ious(counts), metric.compute().numpy(), rtol=1e-6)
