import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sims_core.classes import VOID
from sims_core.evaluation.segmentation import category_ious, confusion_matrix, mean_iou, pixel_accuracy

LAYOUT = np.array([[0, 0, 0, 1], [0, 1, 1, 1], [2, 2, VOID, VOID]], dtype=np.uint8)
PREDICTED = np.array([[0, 0, 1, 1], [0, 1, 1, 2], [2, 0, 0, 3]], dtype=np.int64)


def test_confusion_matrix_worked_by_hand():
    expected = [[3, 1, 0, 0], [0, 3, 1, 0], [1, 0, 1, 0], [0, 0, 0, 0]]
    np.testing.assert_array_equal(confusion_matrix(LAYOUT, PREDICTED, 4), expected)


def test_scores_worked_by_hand():
    matrix = confusion_matrix(LAYOUT, PREDICTED, 4)
    # category 0: 3 hits of 4 true + 4 predicted - 3; 1: 3 of 4 + 4 - 3; 2: 1 of 2 + 2 - 1; 3 does not occur
    np.testing.assert_allclose(category_ious(matrix)[:3], [3 / 5, 3 / 5, 1 / 3])
    assert np.isnan(category_ious(matrix)[3])
    assert mean_iou(matrix) == pytest.approx((3 / 5 + 3 / 5 + 1 / 3) / 3)
    assert pixel_accuracy(matrix) == pytest.approx(7 / 10)


def test_the_set_is_scored_from_summed_counts_and_not_from_the_mean_of_pictures():
    first = confusion_matrix(np.array([0, 0, 0, 0], np.uint8), np.array([0, 0, 0, 1]), 2)
    second = confusion_matrix(np.array([0, 1], np.uint8), np.array([1, 1]), 2)
    # summed: category 0 has 3 hits in a union of 5, category 1 one hit in a union of 3
    assert mean_iou(first + second) == pytest.approx((3 / 5 + 1 / 3) / 2)
    assert mean_iou(first + second) != pytest.approx((mean_iou(first) + mean_iou(second)) / 2)


def test_a_picture_of_void_has_no_score():
    matrix = confusion_matrix(np.full((2, 2), VOID, np.uint8), np.zeros((2, 2), np.int64), 3)
    assert matrix.sum() == 0
    assert np.isnan(mean_iou(matrix))
    assert np.isnan(pixel_accuracy(matrix))


LABELS = arrays(np.uint8, (5, 7), elements=st.sampled_from([0, 1, 2, VOID]))
PREDICTIONS = arrays(np.int64, (5, 7), elements=st.integers(0, 2))


@given(LABELS, PREDICTIONS)
def test_agrees_with_the_definition_by_sets(layout, predicted):
    matrix = confusion_matrix(layout, predicted, 3)
    for category in range(3):
        true, found = layout == category, (predicted == category) & (layout != VOID)
        if true.any():
            expected = (true & found).sum() / (true | found).sum()
            assert category_ious(matrix)[category] == pytest.approx(expected)
        else:
            assert np.isnan(category_ious(matrix)[category])
