"""Intervals, strengths and agreement on cases worked by hand."""

import math

import numpy as np
import pytest

from sims_core.study.statistics import agreement, answers_to_flip, bradley_terry, share_of


def test_answers_with_raters_and_layouts_of_their_own_have_wilsons_interval():
    """8 of 10: (p + z^2 / 2n ± z sqrt(p q / n + z^2 / 4n^2)) / (1 + z^2 / n)."""
    share = share_of(np.array([True] * 8 + [False] * 2), range(10), range(10))
    z, p, n = 1.959964, 0.8, 10
    reach = z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    assert share.interval == "wilson"
    assert share.low == pytest.approx((p + z**2 / (2 * n) - reach) / (1 + z**2 / n), abs=1e-6)
    assert share.high == pytest.approx((p + z**2 / (2 * n) + reach) / (1 + z**2 / n), abs=1e-6)


def test_raters_who_always_say_the_same_are_worth_one_answer_each():
    """Ten raters with ten like answers each: as wide as ten answers, not as a hundred."""
    per_rater = np.array([True] * 6 + [False] * 4)
    alike = share_of(np.repeat(per_rater, 10), np.repeat(range(10), 10), np.tile(range(100), 1))
    apart = share_of(np.tile(per_rater, 10), np.repeat(range(10), 10), np.tile(range(100), 1))
    assert alike.share == apart.share == 0.6
    assert alike.interval == "clusters"
    assert alike.high - alike.low > 0.5
    # Within every rater the same share: raters do not differ at all.
    assert apart.high - apart.low < 0.25


def test_layouts_that_decide_the_answer_widen_the_interval_as_raters_do():
    answers = np.tile(np.array([True] * 6 + [False] * 4), 10)
    by_layout = share_of(answers, np.repeat(range(10), 10), np.tile(range(10), 10))
    assert by_layout.high - by_layout.low > 0.5


def test_answers_that_are_all_alike_have_an_interval_over_raters():
    share = share_of(np.ones(100, dtype=bool), np.repeat(range(10), 10), np.tile(range(10), 10))
    assert (share.share, share.high, share.interval) == (1.0, 1.0, "wilson over raters")
    assert share.low == pytest.approx(10 / (10 + 1.959964**2), abs=1e-6)


def test_strengths_are_log_odds():
    """Three methods, chosen 2 : 1 along the chain: strengths log 4, log 2, 0 fit every pair's odds exactly."""
    first, second, won = [], [], []
    for a, b, wins, losses in (("a", "b", 20, 10), ("b", "c", 20, 10), ("a", "c", 40, 10)):
        first += [a] * (wins + losses)
        second += [b] * (wins + losses)
        won += [True] * wins + [False] * losses
    raters = [index % 7 for index in range(len(won))]
    layouts = [index % 11 for index in range(len(won))]
    found = bradley_terry(first, second, np.array(won), raters, layouts, ["a", "b", "c"])
    assert found["a"]["strength"] == pytest.approx(math.log(4), abs=1e-6)
    assert found["b"]["strength"] == pytest.approx(math.log(2), abs=1e-6)
    assert found["c"] == {"strength": 0.0, "low": 0.0, "high": 0.0}
    assert found["a"]["low"] < math.log(4) < found["a"]["high"]


def test_a_method_that_never_lost_has_no_finite_strength():
    won = np.array([True, True, False, True])
    assert bradley_terry(["a", "a", "b", "b"], ["b", "c", "c", "c"], won, range(4), range(4), ["a", "b", "c"]) is None


def test_agreement_is_krippendorffs_alpha():
    """Two raters: yes yes, no no, yes no. Observed disagreement 1/3, expected 2 * 3 * 3 / (6 * 5) = 0.6."""
    answers = np.array([True, True, False, False, True, False])
    assert agreement([1, 2, 1, 2, 1, 2], [1, 1, 2, 2, 3, 3], answers) == pytest.approx(1 - (1 / 3) / 0.6)
    assert agreement([1, 2], [1, 2], np.array([True, False])) is None


def test_answers_to_flip_are_those_by_which_the_other_one_wins():
    assert [answers_to_flip(count, 10) for count in (5, 6, 4, 10)] == [1, 3, 3, 11]
