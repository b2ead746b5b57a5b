import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sims_core.evaluation.measures.statistics import (
    Interval,
    draw_resamples,
    every_picture_once,
    interval_rule,
    percentile_interval,
    weighted_mean,
)


@given(st.integers(1, 30), st.integers(1, 20), st.integers(0, 5))
def test_a_resample_draws_as_many_pictures_as_there_are(num_pictures, num_resamples, seed):
    weights = draw_resamples(num_pictures, num_resamples, seed)
    assert weights.shape == (num_resamples, num_pictures)
    assert (weights.sum(axis=1) == num_pictures).all()
    assert (weights >= 0).all()
    np.testing.assert_array_equal(weights, draw_resamples(num_pictures, num_resamples, seed))


def test_seeds_differ_and_are_stated():
    assert not np.array_equal(draw_resamples(9, 5, 0), draw_resamples(9, 5, 1))
    assert "400 resamples, seed 7" in interval_rule(400, 7)


def test_means_over_resamples_are_those_of_the_pictures_drawn():
    values = np.random.default_rng(0).normal(size=(6, 2, 3))
    weights = draw_resamples(6, 4, 0)
    for row, mean in zip(weights, weighted_mean(values, weights), strict=True):
        np.testing.assert_allclose(mean, values[np.repeat(np.arange(6), row.astype(int))].mean(axis=0))
    np.testing.assert_allclose(weighted_mean(values, every_picture_once(6))[0], values.mean(axis=0))


def test_the_interval_of_a_mean_is_that_of_the_normal_approximation():
    values = np.random.default_rng(1).normal(3, 2, size=400)
    interval = percentile_interval(weighted_mean(values, draw_resamples(400, 4000, 0)))
    half_width = 1.96 * values.std() / 20
    assert interval.low == pytest.approx(values.mean() - half_width, abs=0.02)
    assert interval.high == pytest.approx(values.mean() + half_width, abs=0.02)


def test_undefined_resamples_are_left_out():
    assert percentile_interval(np.array([np.nan, 2.0, 2.0])) == Interval(2.0, 2.0)
    assert percentile_interval(np.array([np.nan])) is None


def test_a_paired_difference_is_surer_than_two_figures():
    """What makes a layout hard for both methods cancels on the same resamples."""
    rng = np.random.default_rng(2)
    difficulty = rng.normal(size=300)
    better, worse = difficulty + 0.1 + 0.05 * rng.normal(size=300), difficulty
    weights = draw_resamples(300, 1000, 0)
    values = [weighted_mean(scores, weights) for scores in (better, worse)]
    apart, paired = percentile_interval(values[0]), percentile_interval(values[0] - values[1])
    assert apart.high - apart.low > 5 * (paired.high - paired.low)
    assert paired.low > 0
