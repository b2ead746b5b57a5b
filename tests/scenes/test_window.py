import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sims_core.networks.spatial_transformer import warp
from sims_core.scenes.affine import from_pixels, identity, to_pixels
from sims_core.scenes.window import joint_window, to_frame, to_window

FRAMES = [(32, 64), (48, 36), (33, 47)]


@st.composite
def windows(draw):
    """A frame and a window of it."""
    frame = draw(st.sampled_from(FRAMES))
    (top, bottom), (left, right) = (
        sorted(draw(st.lists(st.integers(0, side), min_size=2, max_size=2, unique=True))) for side in frame
    )
    return frame, (top, left, bottom, right)


def size_of(window):
    return window[2] - window[0], window[3] - window[1]


def random_map(seed):
    rng = np.random.default_rng(seed)
    return identity() + rng.uniform(-0.4, 0.4, (2, 3))


def test_joint_window_by_hand():
    frame = (20, 40)
    # Together rows 8..15 and columns 8..23: 8 x 16, so one row and two columns on each side.
    assert joint_window((8, 8, 12, 16), (8, 16, 16, 24), frame) == (7, 6, 17, 26)
    # The margin of 5 rows is 0.625: outwards to whole pixels.
    assert joint_window((5, 10, 10, 18), (5, 10, 6, 11), frame) == (4, 9, 11, 19)
    # Clipped to the frame.
    assert joint_window((0, 0, 8, 8), (12, 32, 20, 40), frame) == (0, 0, 20, 40)


@given(seed=st.integers(0, 999))
def test_joint_window_holds_both_boxes_and_little_else(seed):
    rng = np.random.default_rng(seed)
    rows, columns = np.sort(rng.choice(21, 4, replace=False)), np.sort(rng.choice(41, 4, replace=False))
    first, second = (tuple(int(side[i]) for i in places for side in (rows, columns)) for places in ((0, 2), (1, 3)))
    top, left, bottom, right = window = joint_window(first, second, (20, 40))
    assert joint_window(second, first, (20, 40)) == window
    height_px, width_px = rows[3] - rows[0], columns[3] - columns[0]
    assert max(rows[0] - height_px / 8 - 1, -1) < top <= rows[0]
    assert rows[3] <= bottom < min(rows[3] + height_px / 8 + 1, 21)
    assert max(columns[0] - width_px / 8 - 1, -1) < left <= columns[0]
    assert columns[3] <= right < min(columns[3] + width_px / 8 + 1, 41)


@given(placed=windows(), seed=st.integers(0, 999))
def test_to_frame_undoes_to_window(placed, seed):
    frame, window = placed
    theta = random_map(seed)
    assert np.allclose(to_frame(to_window(theta, window, frame), window, frame), theta)
    assert np.allclose(to_window(to_frame(theta, window, frame), window, frame), theta)


def test_window_of_the_whole_frame_changes_nothing():
    theta = random_map(0)
    assert np.allclose(to_window(theta, (0, 0, 32, 64), (32, 64)), theta)
    assert np.allclose(to_frame(theta, (0, 0, 32, 64), (32, 64)), theta)


@given(placed=windows())
def test_identity_is_the_identity_in_every_window(placed):
    frame, window = placed
    assert np.allclose(to_window(identity(), window, frame), identity())
    assert np.allclose(to_frame(identity(), window, frame), identity())


def test_right_half_by_hand():
    # Mirroring the right half of a frame about its own middle is x -> 1 - x in the frame.
    mirror = np.array([[-1.0, 0, 0], [0, 1, 0]])
    assert np.allclose(to_frame(mirror, (0, 32, 32, 64), (32, 64)), [[-1, 0, 1], [0, 1, 0]])


@given(placed=windows(), dx_px=st.integers(-9, 9), dy_px=st.integers(-9, 9))
def test_translation_in_a_window_is_the_same_pixels_in_the_frame(placed, dx_px, dy_px):
    frame, window = placed
    shift = np.array([[1.0, 0, dx_px], [0, 1, dy_px]])
    in_window = from_pixels(shift, size_of(window))
    assert np.allclose(to_pixels(to_frame(in_window, window, frame), frame), shift)
    assert np.allclose(to_pixels(to_window(from_pixels(shift, frame), window, frame), size_of(window)), shift)


@given(placed=windows(), seed=st.integers(0, 999))
def test_map_of_a_window_is_that_of_the_frame_between_shifted_pixels(placed, seed):
    frame, window = placed
    offset = np.array([window[1], window[0]])
    theta = random_map(seed)
    inside = to_pixels(to_window(theta, window, frame), size_of(window))
    outside = to_pixels(theta, frame)
    for pixel in ((0, 0), (5, 2), (-3, 40)):
        assert inside @ (*pixel, 1) + offset == pytest.approx(outside @ (*(pixel + offset), 1))


def test_warped_window_is_the_window_of_the_warped_frame():
    frame, window = (32, 64), (4, 20, 28, 52)
    picture = torch.zeros(1, 1, *frame)
    picture[..., 12:20, 30:42] = torch.rand(1, 1, 8, 12, generator=torch.Generator().manual_seed(0))
    theta = from_pixels(np.array([[0.95, 0.1, 1.5], [-0.1, 1.05, -2.5]]), frame)
    rows, columns = slice(4, 28), slice(20, 52)
    whole = warp(picture, torch.from_numpy(theta).float()[None])
    part = warp(picture[..., rows, columns], torch.from_numpy(to_window(theta, window, frame)).float()[None])
    assert whole[..., rows, columns].any()
    assert torch.allclose(part, whole[..., rows, columns], atol=1e-4)
