"""What somebody in a hurry would have painted of a layout."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sims_core.layouts.coarse import CoarsenConfig, coarsen
from sims_core.scenes.classes import VOID
from sims_core.scenes.segments import extract_segments
from tests.support.small_scenes import CAR, ROAD, SKY, make_scene

EXACT = {"max_erosion_fraction": 0, "max_simplification_fraction": 0, "small_area_fraction": 0, "drop_probability": 0}


class Always:
    """Draws the upper end of every range."""

    def uniform(self, low, high):
        return high

    def random(self, size):
        return np.zeros(size)


def painted(labels, classes, stream=None, instances=None, **strengths):
    segments = extract_segments(labels, classes, instances)
    return coarsen(segments, labels.shape, CoarsenConfig(**(EXACT | strengths)), stream or Always())


def street():
    labels = np.full((40, 60), SKY, dtype=np.uint8)
    labels[20:] = ROAD
    labels[24:36, 10:30] = CAR
    return labels


def test_segments_shrink_away_from_each_other_and_not_from_the_frame(classes):
    coarse = painted(street(), classes, max_erosion_fraction=0.05)  # 2 pixels
    assert (coarse[:18] == SKY).all()
    assert (coarse[18:22] == VOID).all()
    assert (coarse[22:, 40:] == ROAD).all()
    assert (coarse[26:34, 12:28] == CAR).all()
    assert (coarse[24:26, 10:30] == VOID).all()
    assert (coarse[26:34, [10, 11, 28, 29]] == VOID).all()


def test_small_segments_are_left_out_and_large_ones_never(classes):
    share = 12 * 20 / (40 * 60)
    assert CAR in painted(street(), classes, drop_probability=1, small_area_fraction=share)
    coarse = painted(street(), classes, drop_probability=1, small_area_fraction=share + 1e-6)
    assert CAR not in coarse
    assert (coarse[24:36, 10:30] == VOID).all()


def test_outlines_lose_corners(classes):
    labels = np.full((40, 60), SKY, dtype=np.uint8)
    labels[20:] = ROAD
    labels[20:23, 5::8] = SKY  # a comb
    coarse = painted(labels, classes, max_simplification_fraction=0.1)
    changes = [np.abs(np.diff((each == ROAD).astype(int), axis=1)).sum() for each in (labels, coarse)]
    assert changes[1] < changes[0] / 3


def test_a_thin_segment_is_never_lost(classes):
    labels = np.full((40, 60), SKY, dtype=np.uint8)
    labels[:, 30] = ROAD
    assert (painted(labels, classes, max_erosion_fraction=0.2) == ROAD).any()


@given(seed=st.integers(0, 2**32 - 1), strength=st.floats(0, 0.1))
def test_what_is_painted_is_mostly_right(classes, seed, strength):
    scene = make_scene("s", "train", seed)
    config = {
        "max_erosion_fraction": strength,
        "max_simplification_fraction": strength,
        "small_area_fraction": 0.02,
        "drop_probability": 0.5,
    }
    first, again = (
        painted(scene.labels, classes, np.random.default_rng(seed), scene.instances, **config) for _ in range(2)
    )
    assert np.array_equal(first, again)
    assert set(np.unique(first)) <= {*np.unique(scene.labels), VOID}
    known = (first != VOID) & (scene.labels != VOID)
    assert (first == scene.labels)[known].mean() > 0.8


def test_nothing_happens_at_no_strength(classes):
    assert np.array_equal(painted(street(), classes), street())
    assert (painted(np.full((8, 9), VOID, np.uint8), classes) == VOID).all()


def test_unknown_keys_and_ranges():
    with pytest.raises(ValueError, match="max_erosion_fraction"):
        CoarsenConfig(**(EXACT | {"max_erosion_fraction": 0.5}))
