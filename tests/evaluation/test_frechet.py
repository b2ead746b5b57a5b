import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from torchmetrics.image.fid import _compute_fid

from sims_core.evaluation.measures.frechet import frechet_distance, frechet_rule


def gaussian(count, num_features, seed, shift=0.0, scale=1.0):
    rng = np.random.default_rng(seed)
    mixing = rng.normal(size=(num_features, num_features))
    return rng.normal(size=(count, num_features)) @ mixing * scale + shift


def by_the_formula(first, second):
    covariances = [np.cov(features, rowvar=False) for features in (first, second)]
    difference = first.mean(axis=0) - second.mean(axis=0)
    root = sqrtm(covariances[0] @ covariances[1]).real
    return difference @ difference + np.trace(covariances[0] + covariances[1] - 2 * root)


@pytest.mark.parametrize(("count", "num_features"), [(50, 6), (50, 49), (200, 12)])
def test_equals_numpy_and_scipy_and_torchmetrics(count, num_features):
    first, second = gaussian(count, num_features, 1), gaussian(count + 7, num_features, 2, shift=0.5)
    found = frechet_distance(first, second)
    assert found == pytest.approx(by_the_formula(first, second), rel=1e-6)
    moments = [
        torch.from_numpy(moment)
        for features in (first, second)
        for moment in (features.mean(axis=0), np.cov(features, rowvar=False))
    ]
    assert found == pytest.approx(float(_compute_fid(*moments)), rel=1e-6)


def test_two_gaussians_of_known_distance():
    # Standardised to the mean and variances that the formula is worked out for: 9 + 16 + (2 - 1)^2 + (5 - 1)^2.
    raw = np.random.default_rng(0).normal(size=(400, 2))
    white = (raw - raw.mean(axis=0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(raw, rowvar=False)).T)
    assert frechet_distance(white, white * [2, 5] + [3, 4]) == pytest.approx(25 + 1 + 16, rel=1e-10)


def test_fewer_pictures_than_features_give_the_limit_of_the_formula_and_say_so():
    first, second = gaussian(10, 30, 1), gaussian(12, 30, 2)
    # The formula with a little noise in every direction, whose root is then real.
    covariances = [np.cov(features, rowvar=False) + 1e-9 * np.eye(30) for features in (first, second)]
    difference = first.mean(axis=0) - second.mean(axis=0)
    expected = (
        difference @ difference + np.trace(sum(covariances)) - 2 * np.trace(sqrtm(covariances[0] @ covariances[1])).real
    )
    assert frechet_distance(first, second) == pytest.approx(expected, rel=1e-4)
    assert "rank 9 of 30" in frechet_rule(10, 30)
    assert "rank" not in frechet_rule(31, 30)


def test_a_set_is_at_no_distance_from_itself_in_any_order():
    features = gaussian(40, 8, 3)
    assert frechet_distance(features, features[::-1]) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(gaussian(6, 20, 3), gaussian(6, 20, 3)[::-1]) == pytest.approx(0, abs=1e-9)
