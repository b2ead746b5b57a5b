import cv2
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from sims_core.networks.spatial_transformer import warp
from sims_core.scenes.affine import (
    compose,
    from_pixels,
    identity,
    invert,
    random_theta,
    similarity_about,
    to_pixels,
)
from tests.support.frames import warp_mask, warp_picture, warp_segment, warp_segment_by_definition

# OpenCV before 5 rounds positions to 1/32 pixel.
POSITION_ERROR = 1 / 32
SHAPES = [(32, 64), (48, 64), (33, 47), (64, 32)]
seeds = st.integers(0, 2**32 - 1)
shapes = st.sampled_from(SHAPES)


def draw(seed, shape, rotation_deg=15.0, scale_change=0.25, translation=0.2):
    """A segment's box in the middle of the frame and a random map for it."""
    rng = np.random.default_rng(seed)
    height_px, width_px = (int(rng.integers(side // 3, side // 2)) for side in shape)
    top, left = (shape[0] - height_px) // 2, (shape[1] - width_px) // 2
    box = (top, left, top + height_px, left + width_px)
    theta = random_theta(
        box,
        shape,
        max_rotation_deg=rotation_deg,
        max_scale_change=scale_change,
        max_translation_fraction=translation,
        stream=rng,
    )
    return box, theta


def filled(box, shape):
    mask = np.zeros(shape, dtype=bool)
    mask[box[0] : box[2], box[1] : box[3]] = True
    return mask


def iou(a, b):
    return (a & b).sum() / (a | b).sum()


def at(matrix, x, y):
    return tuple(np.round(matrix @ (x, y, 1), 9))


def test_shift_by_hand():
    # In a frame 8 wide, 2 pixels are 2 of the 8 / 2 that make a unit.
    theta = from_pixels(np.array([[1, 0, 2], [0, 1, -1]]), (4, 8))
    assert np.allclose(theta, [[1, 0, 0.5], [0, 1, -0.5]])
    picture = np.arange(1, 33, dtype=np.float32).reshape(4, 8)
    moved = warp_picture(picture, theta)  # output (row, column) shows input (row - 1, column + 2)
    assert np.array_equal(moved[1:, :6], picture[:3, 2:])
    assert not moved[0].any()
    assert not moved[:, 6:].any()
    assert np.array_equal(warp_mask(picture > 0, theta), moved > 0)


def test_mirror_by_hand():
    mirror = np.array([[-1.0, 0, 0], [0, 1, 0]])  # about the middle of the frame, whatever its size
    for width_px in (5, 6):
        picture = np.random.default_rng(0).random((3, width_px)).astype(np.float32)
        assert np.allclose(to_pixels(mirror, picture.shape), [[-1, 0, width_px - 1], [0, 1, 0]])
        assert np.allclose(warp_picture(picture, mirror), picture[:, ::-1], atol=1e-6)


def test_half_a_pixel_is_the_mean_of_two_and_the_frame_fades_to_zero():
    picture = np.array([[2.0, 4.0, 8.0]], dtype=np.float32)
    assert np.allclose(warp_picture(picture, from_pixels(np.array([[1, 0, 0.5], [0, 1, 0]]), (1, 3))), [[3, 6, 4]])


def test_similarity_by_hand():
    matrix = similarity_about((2, 1), np.pi / 2, (2, 3), (10, 20))
    assert at(matrix, 2, 1) == (12, 21)  # the centre is only shifted
    assert at(matrix, 3, 1) == (12, 23)  # one to the right: twice as far, turned from x to y
    assert at(matrix, 2, 2) == (9, 21)  # one down: three times as far, turned from y to -x


@given(seed=seeds, shape=shapes)
def test_pixels_and_back(seed, shape):
    theta = draw(seed, shape)[1]
    assert np.allclose(from_pixels(to_pixels(theta, shape), shape), theta)


@given(seed=seeds, shape=shapes)
def test_inverse_undoes(seed, shape):
    theta = draw(seed, shape)[1]
    assert np.allclose(compose(theta, invert(theta)), identity())
    assert np.allclose(compose(invert(theta), theta), identity())


@given(seeds_of=st.tuples(seeds, seeds), shape=shapes)
def test_compose_is_one_map_after_the_other(seeds_of, shape):
    outer, inner = (draw(seed, shape)[1] for seed in seeds_of)
    both = to_pixels(compose(outer, inner), shape)
    for x, y in ((0, 0), (5, 2), (-3, 40)):
        assert at(both, x, y) == pytest.approx(at(to_pixels(inner, shape), *at(to_pixels(outer, shape), x, y)))
    # Warping a smooth picture twice is warping it once, but for the interpolation and the frame.
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    picture = (0.5 + np.outer(np.sin(rows[:, 0] / 9), np.cos(columns[0] / 9)) / 2).astype(np.float32)
    once, twice = warp_picture(picture, compose(outer, inner)), warp_picture(warp_picture(picture, inner), outer)
    inside = np.ones(shape, dtype=np.float32)
    seen = np.minimum(warp_picture(inside, compose(outer, inner)), warp_picture(warp_picture(inside, inner), outer))
    assert np.abs(once - twice)[seen > 0.999].max() < 0.02


@given(seed=seeds, shape=shapes)
def test_displaced_segment_is_put_back(seed, shape):
    box, theta = draw(seed, shape)
    mask = filled(box, shape)
    displaced = warp_mask(mask, invert(theta))
    assert iou(warp_mask(displaced, theta), mask) > 0.85


@given(seed=seeds, shape=shapes)
def test_displacement_stays_within_its_limits(seed, shape):
    box, theta = draw(seed, shape)
    matrix = to_pixels(theta, shape)
    centre = np.array([(box[1] + box[3] - 1) / 2, (box[0] + box[2] - 1) / 2])
    size = np.array([box[3] - box[1], box[2] - box[0]])
    assert (np.abs(matrix @ (*centre, 1) - centre) <= 0.2 * size + 1e-9).all()
    assert abs(np.rad2deg(np.arctan2(matrix[1, 0], matrix[0, 0]))) <= 15
    larger, smaller = np.linalg.svd(matrix[:, :2])[1]
    assert 1 / 1.25 <= np.sqrt(larger * smaller) <= 1.25
    assert larger / smaller <= 1.25**0.25


def test_no_displacement_is_the_identity_and_streams_decide():
    assert np.allclose(draw(1, (32, 64), 0, 0, 0)[1], identity())
    assert np.array_equal(draw(1, (32, 64))[1], draw(1, (32, 64))[1])
    assert not np.allclose(draw(1, (32, 64))[1], draw(2, (32, 64))[1])


@given(seed=seeds, shape=shapes)
def test_agrees_with_torch(seed, shape):
    theta = draw(seed, shape)[1]
    picture = np.random.default_rng(seed).random((*shape, 3)).astype(np.float32)
    planes = torch.from_numpy(picture).permute(2, 0, 1)[None]
    expected = warp(planes, torch.from_numpy(theta).float()[None])[0].permute(1, 2, 0).numpy()
    assert np.allclose(warp_picture(picture, theta), expected, atol=2 * POSITION_ERROR)


@given(seed=seeds, shape=shapes)
def test_mask_agrees_with_torch(seed, shape):
    box, theta = draw(seed, shape)
    mask = filled(box, shape)
    grid = F.affine_grid(torch.from_numpy(theta)[None], [1, 1, *shape], align_corners=False)
    planes = torch.from_numpy(mask).double()[None, None]
    expected = F.grid_sample(planes, grid, mode="nearest", align_corners=False)[0, 0].numpy() > 0
    assert (warp_mask(mask, theta) != expected).mean() < 0.005


def test_one_map_at_every_resolution():
    theta = draw(3, (32, 64))[1]
    mask = filled((8, 16, 24, 48), (32, 64))
    large = mask.repeat(4, axis=0).repeat(4, axis=1)
    moved = warp_mask(mask, theta).repeat(4, axis=0).repeat(4, axis=1)
    assert iou(warp_mask(large, theta), moved) > 0.9


@given(seed=seeds, shape=shapes)
def test_one_colour_stays_that_colour_whatever_is_around(seed, shape):
    rng = np.random.default_rng(seed)
    box, theta = draw(seed, shape)
    mask = filled(box, shape) & (rng.random(shape) > 0.2)
    rgb = rng.integers(0, 256, (*shape, 3), dtype=np.uint8)
    colour = rgb[mask][0]
    rgb[mask] = colour
    warped, moved = warp_segment(rgb, mask, theta)
    assert moved.any()
    assert (warped[moved] == colour).all()
    assert not warped[~moved].any()


@given(seed=seeds, shape=shapes)
def test_surroundings_of_a_segment_do_not_count(seed, shape):
    rng = np.random.default_rng(seed)
    box, theta = draw(seed, shape)
    mask = filled(box, shape) & (rng.random(shape) > 0.2)
    rgb = rng.integers(0, 256, (*shape, 3), dtype=np.uint8)
    warped, _ = warp_segment(rgb, mask, theta)
    black, _ = warp_segment(rgb * mask[..., None], mask, theta)
    assert np.array_equal(warped, black)


def test_segment_that_is_not_moved_is_unchanged():
    rng = np.random.default_rng(0)
    rgb = rng.integers(0, 256, (12, 20, 3), dtype=np.uint8)
    mask = rng.random((12, 20)) > 0.4
    warped, moved = warp_segment(rgb, mask, identity())
    assert np.array_equal(moved, mask)
    assert np.array_equal(warped, rgb * mask[..., None])


def test_inside_bicubic_by_hand_along_the_border_bilinear():
    # One row of a ramp with a step, moved by half a pixel; the kernel of OpenCV (a = -0.75) at its middle.
    row = np.array([10, 10, 10, 10, 90, 90, 90, 90], dtype=np.uint8)
    rgb = np.repeat(np.tile(row, (9, 1))[..., None], 3, axis=2)
    warped, moved = warp_segment(
        rgb, np.ones((9, 8), dtype=bool), from_pixels(np.array([[1, 0, 0.5], [0, 1, 0]]), (9, 8))
    )
    assert moved[:, :7].all()
    before = 10 - 0.09375 * 80  # weights -3/32, 19/32, 19/32, -3/32
    assert np.array_equal(warped[4, :7, 0], np.round([10, 10, before, 50, 90 + 7.5, 90, 90]).astype(np.uint8))
    assert np.array_equal(warped[0, :7, 0], [10, 10, 10, 50, 90, 90, 90])


def test_segment_moved_out_of_the_frame_is_empty():
    rgb = np.full((4, 8, 3), 200, dtype=np.uint8)
    warped, moved = warp_segment(rgb, np.ones((4, 8), dtype=bool), np.array([[1.0, 0, 3], [0, 1, 0]]))
    assert not moved.any()
    assert not warped.any()


@st.composite
def anywhere(draw_value):
    """A frame, a segment of a random box that may touch its border, and a map that may leave it."""
    rng = np.random.default_rng(draw_value(seeds))
    # Whole vectors of columns: behind them, processors round in different ways.
    shape = (int(rng.integers(2, 60)), 16 * int(rng.integers(1, 6)))
    (top, bottom), (left, right) = (sorted(rng.choice(side + 1, 2, replace=False).tolist()) for side in shape)
    mask = np.zeros(shape, dtype=bool)
    mask[top:bottom, left:right] = rng.random((bottom - top, right - left)) >= rng.choice([0, 0.05, 0.5])
    theta = identity() + rng.uniform(-1, 1, (2, 3)) * rng.choice([0, 0.02, 0.3, 1.2, 3])
    if rng.random() < 0.1:
        theta[:, :2] = np.outer(rng.uniform(-1, 1, 2), rng.uniform(-1, 1, 2))  # flattens the frame to a line
    return rng.integers(0, 256, (*shape, 3), dtype=np.uint8), mask, theta.astype(rng.choice([np.float32, np.float64]))


@given(case=anywhere())
def test_what_is_warped_in_its_box_is_what_the_whole_frame_gives(case):
    rgb, mask, theta = case
    for found, expected in zip(
        warp_segment(rgb, mask, theta), warp_segment_by_definition(rgb, mask, theta), strict=True
    ):
        assert np.array_equal(found, expected)
    nearest = warp_picture(mask.astype(np.uint8), theta, cv2.INTER_NEAREST) > 0
    assert np.array_equal(warp_mask(mask, theta), nearest)
