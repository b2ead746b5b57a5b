"""Figures of the arms, by hand."""

import numpy as np
import pytest

from sims_core.usefulness.figures import arm_figures

NAMES = ("sky", "road", "nowhere")


def counts(agreeing):
    """(S, N, 3, 3) counts of photos of 10 pixels of sky and 10 of road, of which so many of each are right."""
    right = np.asarray(agreeing)
    wrong = 10 - right
    rows = np.zeros((*right.shape, 3, 3), np.int64)
    rows[..., 0, :2] = right[..., None]
    rows[..., 1, :2] = 10
    rows[..., 2, :2] = (right + wrong)[..., None]
    return rows


def test_mean_iou_is_that_of_all_photos_and_then_the_mean_over_seeds():
    """Of 40 pixels of each category 30, of the other seed 40 are right: 30 / 50 and 1."""
    figures = arm_figures({"real": counts([[10, 10, 5, 5], [10, 10, 10, 10]])}, NAMES, 0)
    real = figures["arms"]["real"]
    assert real["by_seed"] == [0.6, 1.0]
    assert real["mean_iou"] == 0.8
    assert real["pixel_accuracy"] == (0.75 + 1) / 2
    assert real["category_iou"] == {"sky": 0.8, "road": 0.8}
    assert figures["differences"] == {}


def test_an_arm_that_is_better_on_every_photo_and_seed_is_better_on_every_resample():
    rng = np.random.default_rng(0)
    base = rng.integers(1, 8, (3, 12))
    figures = arm_figures({"real": counts(base), "mixed": counts(base + 2)}, NAMES, 0)
    difference = figures["differences"]["mixed_minus_real"]
    arms = figures["arms"]
    assert difference["value"] == pytest.approx(arms["mixed"]["mean_iou"] - arms["real"]["mean_iou"], abs=2e-6)
    assert 0 < difference["low"] < difference["value"] < difference["high"]
    assert arms["real"]["interval"]["high"] > arms["mixed"]["interval"]["low"], "unpaired, the two overlap"


def test_without_spread_the_interval_is_a_point():
    figures = arm_figures({"real": counts(np.full((2, 5), 5)), "same": counts(np.full((2, 5), 5))}, NAMES, 0)
    third = pytest.approx(1 / 3, abs=1e-6)
    assert figures["arms"]["real"]["interval"] == {"low": third, "high": third}
    assert figures["differences"]["same_minus_real"] == {"value": 0, "low": 0, "high": 0}


def test_seeds_that_differ_widen_the_interval():
    """Photos all alike: what spread there is comes from the two seeds."""
    figures = arm_figures({"real": counts([[5] * 4, [10] * 4])}, NAMES, 0)
    assert figures["arms"]["real"]["interval"] == {"low": pytest.approx(1 / 3, abs=1e-6), "high": 1.0}
