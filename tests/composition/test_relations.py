"""Which segments touch, and which of two categories is in front by rule."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sims_core.composition.relations import adjacent_pairs, both_ground, front_by_rule
from sims_core.scenes.classes import VOID
from sims_core.scenes.segments import extract_segments
from tests.support.small_scenes import CAR, POLE, ROAD, SKY, TREE


@pytest.mark.parametrize(("gap", "touch"), [(0, True), (1, True), (2, False), (3, False)])
def test_segments_touch_over_a_gap_of_at_most_one_pixel(classes, gap, touch):
    labels = np.full((10, 12), VOID, dtype=np.uint8)
    labels[1:3, 2:5] = SKY
    for top, left in ((1, 5 + gap), (3 + gap, 2), (3 + gap, 5 + gap)):  # beside, below, across the corner
        both = labels.copy()
        both[top : top + 2, left : left + 3] = TREE
        segments = extract_segments(both, classes)
        assert adjacent_pairs(segments, [0, 1], both.shape) == ([(0, 1)] if touch else [])


@given(seed=st.integers(0, 2**32 - 1), share=st.sampled_from([0.02, 0.2]))
def test_adjacency_equals_comparing_every_pixel(classes, seed, share):
    rng = np.random.default_rng(seed)
    labels = np.where(rng.random((9, 12)) < share, rng.integers(0, 5, (9, 12)), VOID).astype(np.uint8)
    segments = extract_segments(labels, classes)
    components = [index for index in range(len(segments)) if rng.random() < 0.8]
    pixels = [np.argwhere(segment.full_mask(labels.shape)) for segment in segments]
    expected = [
        (a, b)
        for a, b in combinations(components, 2)
        if np.abs(pixels[a][:, None] - pixels[b][None]).max(axis=-1).min() <= 2
    ]
    assert adjacent_pairs(segments, components, labels.shape) == expected


def test_rule_knows_ground_and_what_stands_on_it(classes):
    behind_in_front = {(ROAD, CAR), (ROAD, POLE)}
    for a in (SKY, ROAD, POLE, CAR, TREE):
        for b in (SKY, ROAD, POLE, CAR, TREE):
            expected = True if (a, b) in behind_in_front else False if (b, a) in behind_in_front else None
            assert front_by_rule(a, b, classes) is expected


def test_road_and_sidewalk_are_both_ground(two_grounds):
    road, sidewalk, car = 0, 1, 2
    assert both_ground(road, sidewalk, two_grounds)
    assert not both_ground(road, car, two_grounds)
    assert not both_ground(car, sidewalk, two_grounds)
