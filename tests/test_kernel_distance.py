import numpy as np
import pytest
import torch

from sims_core.errors import SimsError
from sims_core.evaluation.kernel_distance import kernel_distance


def features(count, seed, shift=0.0, num_features=6):
    return torch.from_numpy(np.random.default_rng(seed).normal(shift, 1, size=(count, num_features)))


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
            x = np.delete(real.numpy(), left_out_real, axis=0)
            y = np.delete(fake.numpy(), left_out_fake, axis=0)
            subset_scores.append(unbiased_mmd(x, y))
    found = kernel_distance(fake, real, num_subsets=1, subset_size=4, seed=0)
    assert min(abs(found.mean - score) for score in subset_scores) < 1e-12
    many = kernel_distance(fake, real, num_subsets=4000, subset_size=4, seed=0)
    assert many.mean == pytest.approx(np.mean(subset_scores), abs=4 * np.std(subset_scores) / np.sqrt(4000))
    assert many.std == pytest.approx(np.std(subset_scores), rel=0.1)


def test_two_sets_of_one_distribution_are_near_zero_and_shifted_ones_are_not():
    same = kernel_distance(features(200, 1), features(200, 2), 20, 100, seed=0)
    shifted = kernel_distance(features(200, 1, shift=1), features(200, 2), 20, 100, seed=0)
    assert abs(same.mean) < 3 * same.std + 0.05
    assert shifted.mean > 20 * abs(same.mean)


def test_is_seeded_and_leaves_the_global_generator_alone():
    fake, real = features(30, 1), features(30, 2)
    state = torch.get_rng_state()
    first = kernel_distance(fake, real, 5, 10, seed=3)
    torch.rand(7)
    again = kernel_distance(fake, real, 5, 10, seed=3)
    other = kernel_distance(fake, real, 5, 10, seed=4)
    torch.set_rng_state(state)
    assert first == again
    assert first != other
    kernel_distance(fake, real, 5, 10, seed=3)
    assert torch.equal(torch.get_rng_state(), state)


def test_too_few_pictures_is_one_clear_line():
    with pytest.raises(SimsError, match=r"kernel_subset_size.*fewer than the 10 pictures.*found 10") as caught:
        kernel_distance(features(12, 1), features(10, 2), 5, 10, seed=0)
    assert "\n" not in str(caught.value)
