"""Boxes and what lies in them, against whole frames."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sims_core.scenes.boxes import (
    box_slices,
    common_box,
    enclosing_box,
    grown_box,
    relative_box,
    seen_through,
    slices_within,
    whole_frame,
)
from sims_core.scenes.masks import contour, dilate, placed_contour, placed_dilation
from sims_core.scenes.placed import PlacedMask, mask_iou, overlap
from tests.support.frames import in_frame

FRAME = (9, 13)


@st.composite
def boxes(draw):
    """A box in the frame, one without pixels included."""
    (top, bottom), (left, right) = (sorted(draw(st.tuples(*[st.integers(0, side)] * 2))) for side in FRAME)
    return top, left, bottom, right


@st.composite
def placed_masks(draw):
    box = draw(boxes())
    seed = draw(st.integers(0, 999))
    shape = (box[2] - box[0], box[3] - box[1])
    return PlacedMask(box, np.random.default_rng(seed).random(shape) < draw(st.sampled_from([0.2, 0.8, 1])))


def test_boxes_by_hand():
    first, second = (1, 2, 5, 8), (3, 6, 9, 12)
    assert common_box(first, second) == (3, 6, 5, 8)
    assert common_box(first, (6, 9, 7, 12)) == (6, 9, 6, 9)
    assert enclosing_box(first, second) == (1, 2, 9, 12)
    assert grown_box(first, 2, FRAME) == (0, 0, 7, 10)
    assert relative_box(second, first) == (2, 4, 8, 10)
    assert slices_within(second, first) == (slice(2, 8), slice(4, 10))
    assert seen_through((0, 1, 3, 4), np.array([[1, 2], [3, 4]]), (1, 2, 3, 4)).tolist() == [
        [0, 0, 0],
        [0, 1, 2],
        [0, 3, 4],
    ]


@given(placed=placed_masks(), window=boxes())
def test_a_window_shows_what_the_frame_has_there(placed, window):
    assert np.array_equal(placed.within(window), in_frame(placed, FRAME)[box_slices(window)])


@given(mask=placed_masks().filter(lambda placed: placed.mask.any()))
def test_a_mask_is_cut_to_its_pixels_and_loses_none(mask):
    whole = in_frame(mask, FRAME)
    cut = PlacedMask.of_frame(whole)
    assert np.array_equal(in_frame(cut, FRAME), whole)
    for side in (cut.mask[0], cut.mask[-1], cut.mask[:, 0], cut.mask[:, -1]):
        assert side.any()


@given(first=placed_masks(), second=placed_masks())
def test_two_masks_are_compared_as_in_the_frame(first, second):
    a, b = in_frame(first, FRAME), in_frame(second, FRAME)
    assert np.array_equal(in_frame(overlap(first, second), FRAME), a & b)
    assert mask_iou(first, second) == ((a & b).sum() / (a | b).sum() if (a | b).any() else 1)


@given(placed=placed_masks(), window=boxes(), radius_px=st.integers(0, 4))
def test_contour_and_dilation_are_those_of_the_frame(placed, window, radius_px):
    whole = in_frame(placed, FRAME)
    found = placed_contour(placed, FRAME)
    assert np.array_equal(seen_through(whole_frame(FRAME), found, placed.box), contour(whole))
    assert np.array_equal(placed_dilation(placed, radius_px, window), dilate(whole, radius_px)[box_slices(window)])
