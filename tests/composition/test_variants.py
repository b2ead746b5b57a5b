"""Which candidate each component shows in which variant."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sims_core.composition.variants import candidate_order, pinned, variant_matches
from sims_core.formats.matches import ComponentMatches

IDS = ["a:0001", "b:0004", "a:0002", "c:0000", "d:0007"]
SCORES = [1.5, 1.4, 1.3, 1.0, 0.2]


def component(index=3, segment_ids=IDS, scores=SCORES):
    return ComponentMatches(
        component=index,
        category=1,
        area_px=50,
        segment_ids=list(segment_ids),
        scores=list(scores),
        mask_ious=[score / 2 for score in scores],
        context_ious=[score / 2 for score in scores],
    )


def shown(variant, temperature=0.1, seed=0, matches=None):
    """The candidate of each component that a variant shows on top."""
    found = variant_matches(matches or [component()], "s", variant, temperature, seed)
    return [match.segment_ids[:1] for match in found]


def test_the_first_variant_shows_the_best_and_nothing_stays_nothing():
    empty = component(4, [], [])
    assert shown(0, matches=[component(), empty]) == [["a:0001"], []]
    assert variant_matches([component()], "s", 0, 0.1, 0) == [component()]


def test_a_further_variant_prefers_one_candidate_and_leaves_the_others_in_order():
    (match,) = variant_matches([component()], "s", 2, 0.0, 0)
    assert match.segment_ids == ["c:0000", "a:0001", "b:0004", "a:0002", "d:0007"]
    assert match.scores == [1.0, 1.5, 1.4, 1.3, 0.2]
    assert (match.mask_ious, match.context_ious) == ([score / 2 for score in match.scores],) * 2
    assert (match.component, match.category, match.area_px) == (3, 1, 50)


def test_without_temperature_variants_go_on_by_rank_one_photo_after_the_other():
    order = candidate_order(IDS, SCORES, 0.0, np.random.default_rng(0))
    assert order == [0, 1, 3, 4]  # a:0002 is of a photo that is shown already
    assert [shown(variant, 0.0)[0][0] for variant in range(6)] == [
        "a:0001", "b:0004", "c:0000", "d:0007", "a:0001", "b:0004"
    ]  # fmt: skip


@given(seed=st.integers(0, 10**6), temperature=st.floats(0, 10))
def test_every_photo_is_shown_once_before_any_is_shown_again(seed, temperature):
    ids = [shown(variant, temperature, seed)[0][0] for variant in range(4)]
    assert ids[0] == "a:0001"
    assert sorted(ids) == ["a:0001", "b:0004", "c:0000", "d:0007"]


def test_candidates_are_drawn_by_the_softmax_of_their_scores():
    draws = Counter(
        candidate_order(IDS[:1] + IDS[3:], [2.0, 1.0, 0.5], 0.5, np.random.default_rng(seed))[1] for seed in range(4000)
    )
    assert draws[1] / 4000 == pytest.approx(np.exp(2) / (np.exp(2) + np.exp(1)), abs=0.03)


def test_components_and_layouts_draw_on_their_own():
    many = [component(index) for index in range(30)]
    second = shown(1, 1.0, matches=many)
    assert len({ids[0] for ids in second}) > 1
    assert second != [match.segment_ids[:1] for match in variant_matches(many, "another", 1, 1.0, 0)]
    assert second[7:9] == shown(1, 1.0, matches=many[7:9])


def test_a_pinned_candidate_comes_first_and_the_others_keep_their_order():
    matches = [component(3), component(4)]
    (first, second) = pinned(matches, {3: "a:0002"})
    assert first.segment_ids == ["a:0002", "a:0001", "b:0004", "c:0000", "d:0007"]
    assert first.scores == [1.3, 1.5, 1.4, 1.0, 0.2]
    assert second == matches[1]
    assert pinned(matches, {}) == matches


def test_a_pin_that_was_no_candidate_has_no_score():
    for match in (component(3), component(3, [], [])):
        (found,) = pinned([match], {3: "x:0009"})
        assert found.segment_ids == ["x:0009", *match.segment_ids]
        for values, before in (
            (found.scores, match.scores),
            (found.mask_ious, match.mask_ious),
            (found.context_ious, match.context_ious),
        ):
            assert math.isnan(values[0])
            assert np.array_equal(values[1:], before)
