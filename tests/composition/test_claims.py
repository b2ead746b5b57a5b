"""Contested pixels by hand: layouts of 4 x 8 pixels, each component claims a rectangle."""

import numpy as np
import pytest

from sims_core.composition.claims import Contest, allowed
from sims_core.composition.paste_order import Edge
from sims_core.scenes.placed import PlacedMask
from sims_core.scenes.segmented_layout import SegmentedLayout
from tests.support.small_composition import layout_of
from tests.support.small_scenes import CAR, POLE, ROAD, SKY

SHAPE = (4, 8)
# Void between the two cars, and above all of it one row.
LABELS = layout_of((SKY, 1, 0, 2, 8), (CAR, 2, 0, 4, 3), (CAR, 2, 5, 4, 8), shape=SHAPE)


def rectangle(top, left, bottom, right):
    return PlacedMask((top, left, bottom, right), np.ones((bottom - top, right - left), dtype=bool))


@pytest.fixture
def layout(classes):
    found = SegmentedLayout.of("street", LABELS, classes)
    assert [(segment.category, segment.box[1]) for segment in found.segments] == [(SKY, 0), (CAR, 0), (CAR, 5)]
    return found


# The sky reaches down into the left car, the left car into the right one and up to void.
CLAIMS = {0: rectangle(1, 0, 3, 2), 1: rectangle(0, 0, 4, 6), 2: rectangle(2, 4, 4, 8)}


def frame(*boxes):
    return layout_of(*((1, *box) for box in boxes), shape=SHAPE) == 1


def test_pixels_that_two_claim_are_contested_where_the_layout_has_a_label(layout):
    contest = Contest.of(layout, CLAIMS, clip=False)
    # Sky against left car in rows 1 and 2; left car against right car in columns 4 and 5, of which 4 is void.
    assert np.array_equal(contest.contested, frame((1, 0, 3, 2), (2, 5, 4, 6)))
    assert np.array_equal(contest.open_category, frame((1, 0, 3, 2)))
    assert np.array_equal(contest.open_component, frame((1, 0, 3, 2), (2, 5, 4, 6)))


@pytest.mark.parametrize(
    ("order", "category", "component"),
    [
        # Of eight contested labelled pixels: sky's own are wrong where the car is in front, the car's two where sky is.
        ([0, 1, 2], frame((2, 0, 3, 2), (2, 5, 4, 6)), frame((2, 0, 3, 2), (2, 5, 4, 6))),
        ([2, 1, 0], frame((1, 0, 2, 2), (2, 5, 4, 6)), frame((1, 0, 2, 2))),
        ([1, 0, 2], frame((1, 0, 2, 2), (2, 5, 4, 6)), frame((1, 0, 2, 2), (2, 5, 4, 6))),
    ],
)
def test_who_is_in_front_decides_what_shows(layout, order, category, component):
    contest = Contest.of(layout, CLAIMS, clip=False)
    front = contest.front(order)
    assert np.array_equal(contest.shows_category(front) & contest.contested, category)
    assert np.array_equal(contest.shows_component(front) & contest.contested, component)
    nobody = ~frame(*(claim.box for claim in CLAIMS.values()))
    assert (front[nobody] == -1).all()
    assert not (contest.shows_category(front) | contest.shows_component(front))[nobody].any()


def test_the_order_of_agreement_has_in_front_who_is_asked_for_more_often(layout):
    contest = Contest.of(layout, CLAIMS, clip=False)
    # Sky and left car contest two pixels of each: none is in front. The cars are of one category.
    assert contest.agreeing_relations() == []
    wider = Contest.of(layout, CLAIMS | {0: rectangle(1, 0, 4, 2)}, clip=False)
    assert wider.agreeing_relations() == [Edge(behind=0, front=1, confidence=2 / 32)]
    wider = Contest.of(layout, CLAIMS | {0: rectangle(1, 0, 3, 8)}, clip=False)
    # Against the left car six pixels of row 1 and four of row 2 (three ask for a car, the right one included).
    assert wider.agreeing_relations()[0] == Edge(behind=1, front=0, confidence=2 / 32)
    assert wider.agreeing_relations()[1] == Edge(behind=0, front=2, confidence=3 / 32)


def test_clipped_only_components_of_one_category_contest_a_pixel(layout):
    contest = Contest.of(layout, CLAIMS, clip=True)
    both = frame((2, 5, 4, 6))
    assert np.array_equal(contest.contested, both)
    assert not contest.open_category.any()
    assert np.array_equal(contest.open_component, both)
    for order in ([0, 1, 2], [0, 2, 1]):
        front = contest.front(order)
        assert contest.shows_category(front)[both].all()
        assert contest.shows_component(front)[both].all() == (order[-1] == 2)


def test_a_component_without_candidate_claims_nothing_and_none_is_right(layout):
    contest = Contest.of(layout, {0: CLAIMS[0], 2: rectangle(2, 0, 4, 3)}, clip=False)
    # Of the left car's place: sky and the right car both claim two pixels of it, the left car none.
    assert np.array_equal(contest.contested, frame((2, 0, 3, 2)))
    assert np.array_equal(contest.open_category, contest.contested)
    assert not contest.open_component.any()


def test_counts_are_those_of_a_search_pixel_by_pixel(classes):
    stream = np.random.default_rng(3)
    labels = stream.choice([SKY, CAR, ROAD, POLE, 255], (6, 7)).astype(np.uint8)
    layout = SegmentedLayout.of("noise", labels, classes)
    claims = {}
    for component in range(len(layout.segments)):
        top, left = stream.integers(0, 4), stream.integers(0, 4)
        claims[component] = PlacedMask((top, left, top + 3, left + 4), stream.random((3, 4)) < 0.6)
    order = stream.permutation(len(layout.segments)).tolist()
    for clip in (False, True):
        contest = Contest.of(layout, claims, clip)
        front = contest.front(order)
        for row, column in np.ndindex(labels.shape):
            asked, pixel = labels[row, column], (row, column, row + 1, column + 1)
            own = [c for c, segment in enumerate(layout.segments) if segment.place.within(pixel).any()]
            claiming = [c for c in order if claims[c].within(pixel).any()]
            if clip:
                claiming = [c for c in claiming if layout.segments[c].category == asked]
            right = [layout.segments[c].category == asked for c in claiming]
            contested = len(claiming) > 1 and asked != 255
            assert contest.contested[row, column] == contested
            assert contest.open_category[row, column] == (contested and len(set(right)) == 2)
            assert contest.open_component[row, column] == (contested and own[0] in claiming)
            assert front[row, column] == (claiming[-1] if claiming else -1)
            assert contest.shows_category(front)[row, column] == (bool(right) and right[-1])
            assert contest.shows_component(front)[row, column] == (bool(claiming) and claiming[-1:] == own)


def test_what_somebody_puts_in_front_may_show_in_the_others_place(layout):
    window = (1, 0, 4, 8)
    assert np.array_equal(allowed(layout, 1, window, clip=True), LABELS[1:] == CAR)
    assert allowed(layout, 1, window, clip=False).all()
    edge = Edge(behind=0, front=1, confidence=1.0)
    assert np.array_equal(allowed(layout, 1, window, True, [edge]), LABELS[1:] != 255)
    assert np.array_equal(allowed(layout, 2, window, True, [edge]), LABELS[1:] == CAR)
