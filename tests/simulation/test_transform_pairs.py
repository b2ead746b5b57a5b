from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sims_core.scenes.affine import invert, to_pixels
from sims_core.scenes.scene import Scene
from sims_core.scenes.segments import extract_segments
from sims_core.simulation.transform_pairs import TransformPairsConfig, displace_segment
from tests.support.frames import in_frame, rgb_in_frame, warp_mask
from tests.support.small_scenes import CAR, ROAD

SHAPE = (48, 96)
CAR_COLOUR = (200, 40, 90)
STILL = {
    "num_per_segment": 1,
    "max_rotation_deg": 0,
    "max_scale_change": 0,
    "max_translation_fraction": 0,
    "max_clip_fraction": 0,
}
MOVED = {"max_rotation_deg": 8, "max_scale_change": 0.25, "max_translation_fraction": 0.2}
seeds = st.integers(0, 2**32 - 1)


def scene_with(mask):
    """A green photo with a segment of one colour."""
    photo = np.full((*SHAPE, 3), (0, 255, 0), dtype=np.uint8)
    photo[mask] = CAR_COLOUR
    labels = np.where(mask, CAR, ROAD).astype(np.uint8)
    return Scene(scene_id="s", split="train", photo=photo, labels=labels)


def disc(radius_px=13):
    rows, columns = np.indices(SHAPE)
    return (rows - 23) ** 2 + (columns - 47) ** 2 <= radius_px**2


def rectangle(top, left, bottom, right):
    mask = np.zeros(SHAPE, dtype=bool)
    mask[top:bottom, left:right] = True
    return mask


class FramePair(NamedTuple):
    """A `TransformPair` in whole frames."""

    segment: np.ndarray
    segment_mask: np.ndarray
    target: np.ndarray
    target_mask: np.ndarray
    theta: np.ndarray


def displace(mask, classes, seed, **changes):
    scene = scene_with(mask)
    (segment,) = (s for s in extract_segments(scene.labels, classes) if s.category == CAR)
    config = TransformPairsConfig(**(STILL | changes))
    pair = displace_segment(scene, segment, config, np.random.default_rng(seed))
    return pair and FramePair(
        segment=rgb_in_frame(pair.segment, SHAPE),
        segment_mask=in_frame(pair.segment, SHAPE),
        target=rgb_in_frame(pair.target, SHAPE),
        target_mask=in_frame(pair.target, SHAPE),
        theta=pair.theta,
    )


def iou(a, b):
    return (a & b).sum() / (a | b).sum()


def test_nothing_allowed_moves_nothing(classes):
    mask = rectangle(10, 20, 30, 60)
    pair = displace(mask, classes, 0)
    assert np.allclose(pair.theta, np.eye(2, 3))
    assert np.array_equal(pair.segment_mask, mask)
    assert np.array_equal(pair.segment, pair.target)
    assert np.array_equal(pair.target_mask, mask)


@given(seed=seeds)
def test_target_is_the_segment_in_its_place_and_both_are_black_outside(classes, seed):
    mask = disc()
    pair = displace(mask, classes, seed, **MOVED, max_clip_fraction=0.3)
    assert np.array_equal(pair.target_mask, mask)
    for rgb, where in ((pair.segment, pair.segment_mask), (pair.target, pair.target_mask)):
        assert (rgb[where] == CAR_COLOUR).all()  # none of the green around it
        assert not rgb[~where].any()


@given(seed=seeds)
def test_theta_lays_the_displaced_segment_back_into_its_place(classes, seed):
    pair = displace(disc(), classes, seed, **MOVED)
    assert iou(warp_mask(pair.segment_mask, pair.theta), pair.target_mask) > 0.92


def test_displacements_are_worth_learning(classes):
    pairs = [displace(disc(), classes, seed, **MOVED) for seed in range(20)]
    assert np.mean([iou(pair.segment_mask, pair.target_mask) for pair in pairs]) < 0.85


@given(
    seed=seeds,
    rotation_deg=st.floats(0, 45),
    scale_change=st.floats(0, 1),
    translation=st.floats(0, 0.3),
)
def test_limits_are_respected(classes, seed, rotation_deg, scale_change, translation):
    pair = displace(
        rectangle(16, 32, 32, 64),
        classes,
        seed,
        max_rotation_deg=rotation_deg,
        max_scale_change=scale_change,
        max_translation_fraction=translation,
    )
    displacement = to_pixels(pair.theta, SHAPE)
    linear = displacement[:, :2]
    scales = np.linalg.norm(linear, axis=0)
    assert abs(np.rad2deg(np.arctan2(linear[1, 0], linear[0, 0]))) <= rotation_deg + 1e-9
    assert abs(np.log(scales).mean()) <= np.log1p(scale_change) + 1e-9
    assert abs(np.log(scales[0] / scales[1])) <= np.log1p(scale_change) / 4 + 1e-9
    centre = np.array([47.5, 23.5])
    shift_px = displacement @ (*centre, 1) - centre
    assert (abs(shift_px) <= translation * np.array([32, 16]) + 1e-9).all()


def cuts(mask, max_fraction):
    """Yield the mask with every strip cut off that may be, at each of the four sides."""
    for turns in range(4):
        turned = np.rot90(mask, turns)
        rows = np.flatnonzero(turned.any(axis=1))
        for stop in range(int(max_fraction * (rows[-1] + 1 - rows[0])) + 1):
            cut = turned.copy()
            cut[: rows[0] + stop] = False
            yield np.rot90(cut, -turns)


@given(seed=seeds, fraction=st.floats(0, 0.95))
def test_a_strip_at_one_side_is_clipped_and_no_more_than_allowed(classes, seed, fraction):
    whole = displace(disc(), classes, seed, **MOVED)
    clipped = displace(disc(), classes, seed, **MOVED, max_clip_fraction=fraction)
    assert np.array_equal(clipped.theta, whole.theta)
    assert np.array_equal(clipped.target, whole.target)
    assert any(np.array_equal(clipped.segment_mask, cut) for cut in cuts(whole.segment_mask, fraction))


def test_every_side_is_clipped_in_turn(classes):
    whole = np.array([10, 20, 30, 60])
    sides = set()
    for seed in range(40):
        kept = displace(rectangle(*whole), classes, seed, max_clip_fraction=0.5).segment_mask
        rows, columns = np.flatnonzero(kept.any(axis=1)), np.flatnonzero(kept.any(axis=0))
        changed = np.flatnonzero(whole != (rows[0], columns[0], rows[-1] + 1, columns[-1] + 1))
        assert len(changed) <= 1
        sides.update(changed.tolist())
    assert sides == {0, 1, 2, 3}


def test_there_is_no_pair_where_nothing_stays_in_the_frame(classes):
    config = {"max_translation_fraction": 1.0}
    outcomes = set()
    for seed in range(60):
        mask = rectangle(0, 0, 3, 3)
        pair = displace(mask, classes, seed, **config)
        outcomes.add(pair is None)
        if pair is not None:
            assert pair.segment_mask.any()
            assert np.array_equal(pair.segment_mask, warp_mask(mask, invert(pair.theta)))
    assert outcomes == {True, False}


def test_same_stream_gives_the_same_pair(classes):
    changes = MOVED | {"max_clip_fraction": 0.2}
    first, again, other = (displace(disc(), classes, seed, **changes) for seed in (5, 5, 6))
    for name in ("segment", "segment_mask", "target", "target_mask", "theta"):
        assert getattr(first, name).tobytes() == getattr(again, name).tobytes()
    assert not np.array_equal(first.theta, other.theta)


@pytest.mark.parametrize(
    "wrong",
    [
        {"num_per_segment": 0},
        {"max_rotation_deg": 91},
        {"max_rotation_deg": -1},
        {"max_scale_change": -0.1},
        {"max_translation_fraction": 1.1},
        {"max_clip_fraction": 1},
        {"max_shear_deg": 1},
    ],
)
def test_config_rejects_what_is_out_of_range(wrong):
    with pytest.raises(ValidationError):
        TransformPairsConfig(**(STILL | wrong))
