import numpy as np
import pytest

from sims_core.composition.alignment import ShadedSegment, align_segments
from sims_core.scenes.affine import from_pixels, identity
from sims_core.scenes.boxes import box_slices
from sims_core.scenes.placed import PlacedMask, mask_iou
from tests.support.frames import cut, in_frame

SHAPE = (12, 20)
LAYOUT = np.zeros(SHAPE, dtype=np.uint8)


def rectangle(top, left, bottom, right):
    mask = np.zeros(SHAPE, dtype=bool)
    mask[top:bottom, left:right] = True
    return mask


def placed(mask, shadow=None, seed=0):
    rgb = np.random.default_rng(seed).integers(1, 255, (*SHAPE, 3)).astype(np.uint8)
    box = cut(mask).box
    shadow = np.zeros(SHAPE, dtype=bool) if shadow is None else shadow
    return ShadedSegment(box, mask[box_slices(box)], rgb[box_slices(box)], shadow[box_slices(box)])


def moves(down_px, right_px):
    """The map by which a segment moves down and to the right."""
    return from_pixels(np.array([[1, 0, -right_px], [0, 1, -down_px]]), SHAPE)


class FakePredictor:
    """Says what it is told and remembers what it was asked."""

    def __init__(self, *thetas):
        self.thetas = np.array(thetas, dtype=np.float32)
        self.asked = []

    def predict(self, segments, places, layout):
        self.asked.append((segments, places, layout))
        return self.thetas


def align(segment, place, theta):
    (aligned,) = align_segments([segment], [cut(place)], LAYOUT, FakePredictor(theta))
    return aligned


def test_mask_iou_by_hand():
    two, three, nothing = cut(rectangle(0, 0, 1, 2)), cut(rectangle(0, 1, 1, 4)), cut(np.zeros(SHAPE, dtype=bool))
    assert mask_iou(two, three) == 1 / 4
    assert mask_iou(three, two) == 1 / 4
    assert mask_iou(two, two) == 1
    assert mask_iou(two, cut(rectangle(5, 5, 9, 9))) == 0
    assert mask_iou(two, nothing) == 0
    assert mask_iou(nothing, nothing) == 1


def test_segment_moves_into_its_place_with_its_pixels_and_its_shadow():
    segment = placed(rectangle(2, 3, 6, 8), shadow=rectangle(5, 3, 6, 6))
    place = rectangle(4, 6, 8, 11)
    aligned = align(segment, place, moves(2, 3))
    assert np.array_equal(in_frame(aligned, SHAPE), place)
    assert np.array_equal(aligned.rgb[aligned.mask], segment.rgb[segment.mask])
    assert np.array_equal(in_frame(PlacedMask(aligned.box, aligned.shadow), SHAPE), rectangle(7, 6, 8, 9))


@pytest.mark.parametrize(
    ("theta", "why"),
    [
        (moves(0, -4), "it would meet its place less"),
        (moves(20, 0), "it would leave the frame"),
        (identity(), "it would stay as it is"),
        (moves(0, 4), "it would meet as much from the other side"),
    ],
)
def test_segment_stays_where_the_network_would_not_better_it(theta, why):
    segment = placed(rectangle(2, 3, 6, 8), shadow=rectangle(2, 3, 3, 8))
    assert align(segment, rectangle(2, 5, 6, 10), theta) is segment, why


def test_better_is_enough():
    segment = placed(rectangle(2, 3, 6, 8))
    place = rectangle(2, 7, 6, 12)
    aligned = align(segment, place, moves(0, 1))
    assert np.array_equal(in_frame(aligned, SHAPE), rectangle(2, 4, 6, 9))
    assert mask_iou(aligned, cut(place)) == pytest.approx(2 / 8)


def test_each_segment_is_judged_by_itself():
    segments = [placed(rectangle(0, 0, 4, 4), seed=1), placed(rectangle(6, 6, 9, 9), seed=2)]
    places = [cut(rectangle(0, 2, 4, 6)), cut(rectangle(6, 6, 9, 9))]
    fake = FakePredictor(moves(0, 2), moves(1, 1))
    first, second = align_segments(segments, places, LAYOUT, fake)
    assert np.array_equal(in_frame(first, SHAPE), in_frame(places[0], SHAPE))
    assert second is segments[1]
    ((asked, targets, layout),) = fake.asked
    assert (asked, targets) == (segments, places)
    assert layout is LAYOUT


def test_network_is_left_alone_when_there_is_nothing_to_align():
    fake = FakePredictor()
    assert align_segments([], [], LAYOUT, fake) == []
    assert fake.asked == []
