import numpy as np
import pytest
import torch
from torchmetrics.image.kid import poly_mmd

from sims_core.base.errors import SimsError
from sims_core.evaluation.measures.kernel_distance import (
    SubsetRule,
    check_subset_size,
    kernel_distance,
    weighted_kernel_distance,
)
from sims_core.evaluation.measures.statistics import draw_resamples, every_picture_once


def features(count, seed, shift=0.0, num_features=6):
    return np.random.default_rng(seed).normal(shift, 1, size=(count, num_features))


def unbiased_mmd(x, y):
    """The formula, pair by pair."""

    def kernel(a, b):
        return (a @ b / len(a) + 1) ** 3

    m, n = len(x), len(y)
    within_x = sum(kernel(x[i], x[j]) for i in range(m) for j in range(m) if i != j) / (m * (m - 1))
    within_y = sum(kernel(y[i], y[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    between = sum(kernel(a, b) for a in x for b in y) / (m * n)
    return within_x + within_y - 2 * between


def test_equals_the_formula():
    # Subsets of four out of five: there are 25 of them, and each can be computed by the definition.
    fake, real = features(5, 1), features(5, 2, shift=0.5)
    subset_scores = []
    for left_out_real in range(5):
        for left_out_fake in range(5):
            x = np.delete(real, left_out_real, axis=0)
            y = np.delete(fake, left_out_fake, axis=0)
            subset_scores.append(unbiased_mmd(x, y))
    found = kernel_distance(fake, real, SubsetRule(1, 4), seed=0)
    assert min(abs(found.mean - score) for score in subset_scores) < 1e-12
    many = kernel_distance(fake, real, SubsetRule(4000, 4), seed=0)
    assert many.mean == pytest.approx(np.mean(subset_scores), abs=4 * np.std(subset_scores) / np.sqrt(4000))
    assert many.std == pytest.approx(np.std(subset_scores), rel=0.1)


def test_two_sets_of_one_distribution_are_near_zero_and_shifted_ones_are_not():
    same = kernel_distance(features(200, 1), features(200, 2), SubsetRule(20, 100), seed=0)
    shifted = kernel_distance(features(200, 1, shift=1), features(200, 2), SubsetRule(20, 100), seed=0)
    assert abs(same.mean) < 3 * same.std + 0.05
    assert shifted.mean > 20 * abs(same.mean)


def test_is_seeded_and_leaves_the_global_generator_alone():
    fake, real = features(30, 1), features(30, 2)
    state = torch.get_rng_state()
    first = kernel_distance(fake, real, SubsetRule(5, 10), seed=3)
    torch.rand(7)
    again = kernel_distance(fake, real, SubsetRule(5, 10), seed=3)
    other = kernel_distance(fake, real, SubsetRule(5, 10), seed=4)
    torch.set_rng_state(state)
    assert first == again
    assert first != other
    kernel_distance(fake, real, SubsetRule(5, 10), seed=3)
    assert torch.equal(torch.get_rng_state(), state)


def test_too_few_pictures_is_one_clear_line():
    with pytest.raises(
        SimsError, match=r"--subset-size.*fewer than the 10 pictures.*found 10; lower it, to 2"
    ) as caught:
        check_subset_size(10, 10, "--subset-size")
    assert "\n" not in str(caught.value)
    check_subset_size(9, 10, "--subset-size")


def test_the_whole_set_is_the_limit_of_ever_more_subsets_and_equals_torchmetrics():
    fake, real = features(12, 1), features(12, 2, shift=0.5)
    whole = weighted_kernel_distance(fake, real)(every_picture_once(12))
    assert whole.shape == (1,)
    assert whole[0] == pytest.approx(unbiased_mmd(real, fake), rel=1e-12)
    assert whole[0] == pytest.approx(float(poly_mmd(torch.from_numpy(fake), torch.from_numpy(real))), rel=1e-9)
    subsets = kernel_distance(fake, real, SubsetRule(4000, 6), seed=0)
    assert subsets.mean == pytest.approx(whole[0], abs=4 * subsets.std / np.sqrt(4000))


def test_pictures_that_a_resample_holds_twice_do_not_raise_it():
    """With the pairs of a picture with itself, resamples of two alike sets would lie far above the estimate."""
    fake, real = features(40, 1), features(40, 2)
    weights = draw_resamples(40, 2000, seed=0)
    values = weighted_kernel_distance(fake, real)(weights)
    whole = weighted_kernel_distance(fake, real)(every_picture_once(40))[0]
    assert values.mean() == pytest.approx(whole, abs=4 * values.std() / np.sqrt(2000))
    twice = []
    for row in weights[:20]:
        drawn = np.repeat(np.arange(40), row.astype(int))
        twice.append(unbiased_mmd(real[drawn], fake[drawn]))
    assert np.mean(twice) > whole + 2 * values.std()


def test_a_resample_is_the_mean_over_pairs_of_draws_of_different_pictures():
    fake, real = features(5, 1), features(5, 2, shift=1)
    draws = np.array([0, 0, 2, 3, 4])
    weights = np.bincount(draws, minlength=5)[None].astype(float)

    def kernel(a, b):
        return (a @ b / len(a) + 1) ** 3

    pairs = [(i, j) for i in draws for j in draws if i != j]  # 18 of 25: picture 0 meets itself 4 times
    within = np.mean([kernel(fake[i], fake[j]) + kernel(real[i], real[j]) for i, j in pairs])
    between = np.mean([kernel(fake[i], real[j]) + kernel(fake[j], real[i]) for i, j in pairs])
    own = np.mean([kernel(fake[i], real[i]) for i in draws])
    expected = within - 4 / 5 * between - 2 / 5 * own
    assert weighted_kernel_distance(fake, real)(weights)[0] == pytest.approx(expected, rel=1e-12)


def test_the_interval_covers_the_truth_as_often_as_it_says():
    """Sets of different distributions, whose true distance follows from many more pictures; 95 % within noise."""
    truth = weighted_kernel_distance(features(3000, 1, 0.4), features(3000, 2))(every_picture_once(3000))[0]
    covered = 0
    for trial in range(100):
        figure = weighted_kernel_distance(features(60, 10 + trial, 0.4), features(60, 1000 + trial))
        low, high = np.percentile(figure(draw_resamples(60, 300, seed=trial)), [2.5, 97.5])
        covered += low <= truth <= high
    assert 85 <= covered <= 100
