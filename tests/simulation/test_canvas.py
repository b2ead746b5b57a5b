import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sims_core.composition.elision import ElisionConfig, contact_band
from sims_core.formats.bank import BankSegment, SegmentContext
from sims_core.scenes.boxes import box_slices, context_box
from sims_core.scenes.classes import VOID
from sims_core.scenes.scene import Scene
from sims_core.scenes.segments import extract_segments
from sims_core.simulation.canvas import CanvasSimulationConfig, simulate_canvas
from sims_core.simulation.colour_transfer import transfer_colours
from tests.support.small_scenes import CAR, POLE, ROAD, SKY, make_scene

NO_ELISION = {
    "inner_band_fraction": 0,
    "inner_probability": 0,
    "outer_band_fraction": 0,
    "outer_reach_fraction": 0,
    "shadow_band_fraction": 0,
    "foliage_band_fraction": 0,
}
SOME_ELISION = {
    "inner_band_fraction": 0.05,
    "inner_probability": 0.5,
    "outer_band_fraction": 0.1,
    "outer_reach_fraction": 0.2,
    "shadow_band_fraction": 0.1,
    "foliage_band_fraction": 0.1,
}
FAULTLESS = {
    "num_stencils": 1,
    "colour_transfer_probability": 0,
    "max_resampling_scale_change": 0,
    "max_layout_rotation_deg": 0,
    "max_layout_shift_fraction": 0,
}
NOISE = {"max_layout_rotation_deg": 5, "max_layout_shift_fraction": 0.2}
seeds = st.integers(0, 2**32 - 1)


def scene_of(labels, seed=0):
    photo = np.random.default_rng(seed).integers(1, 255, (*labels.shape, 3)).astype(np.uint8)
    return Scene(scene_id=f"s{seed}", split="train", photo=photo, labels=labels)


def stencils_from(scene, classes, wanted):
    """Return, by index of `wanted`, the first segment of the scene of the same category."""
    shape = scene.labels.shape
    found = {}
    for index, segment in enumerate(wanted):
        for component, other in enumerate(extract_segments(scene.labels, classes, scene.instances)):
            if other.category == segment.category and index not in found:
                context = context_box(other.box, shape, 0.25)
                found[index] = BankSegment(
                    segment_id=f"{scene.scene_id}:{component:04d}",
                    scene_id=scene.scene_id,
                    category=other.category,
                    frame=shape,
                    box=other.box,
                    crop=scene.photo[box_slices(other.box)],
                    mask=other.mask,
                    licence="",
                    context=SegmentContext(context, scene.labels[box_slices(context)]),
                )
    return found


def simulate(scene, other, classes, seed=0, only=None, elision=NO_ELISION, **faults):
    """Simulate with the stencils of another scene; `only` keeps those of some categories. Sky is the farthest."""
    segments = extract_segments(scene.labels, classes, scene.instances)
    stencils = stencils_from(other, classes, segments)
    if only is not None:
        stencils = {index: stencil for index, stencil in stencils.items() if stencil.category in only}
    return simulate_canvas(
        scene,
        segments,
        range(len(segments)),
        stencils,
        classes,
        CanvasSimulationConfig(**(FAULTLESS | faults)),
        ElisionConfig(**elision),
        np.random.default_rng(seed),
    )


def street(car_left):
    """16 x 24: sky over a road that begins in row 6, a car of 4 x 8 pixels on it."""
    labels = np.full((16, 24), SKY, dtype=np.uint8)
    labels[6:] = ROAD
    labels[8:12, car_left : car_left + 8] = CAR
    return labels


@given(seed=seeds)
def test_photo_is_its_own_canvas_when_nothing_goes_wrong(classes, seed):
    scene = make_scene("s", "train", seed)
    simulated = simulate(scene, scene, classes)
    assert simulated.known.all()
    assert np.array_equal(simulated.canvas, scene.photo)
    assert np.array_equal(simulated.layout, scene.labels)


def test_stencil_keeps_what_a_segment_of_the_other_photo_would_have_covered(classes):
    scene, other = scene_of(street(8)), scene_of(street(12), seed=1)
    simulated = simulate(scene, other, classes)
    hole = np.zeros((16, 24), dtype=bool)
    hole[8:12, 8:20] = True  # where either car hides a road or one car is not the other
    hole[8:12, 12:16] = False
    assert np.array_equal(simulated.known, ~hole)
    assert np.array_equal(simulated.canvas, np.where(hole[..., None], 0, scene.photo))
    expected = scene.labels.copy()
    expected[8:12, 16:20] = VOID  # the other car reaches there
    assert np.array_equal(simulated.layout, expected)


def test_segment_without_a_stencil_is_a_hole_with_its_label(classes):
    scene = scene_of(street(8))
    simulated = simulate(scene, scene, classes, only=(SKY, CAR))
    assert np.array_equal(simulated.known, scene.labels != ROAD)
    assert not simulated.canvas[~simulated.known].any()
    assert np.array_equal(simulated.layout, scene.labels)
    nothing = simulate(scene, scene, classes, only=(), elision=SOME_ELISION, **NOISE)
    assert not nothing.canvas.any()
    assert not nothing.known.any()
    assert np.array_equal(nothing.layout, scene.labels)


def test_borders_are_elided_as_at_test_time(classes):
    scene = scene_of(street(8))
    inner = simulate(scene, scene, classes, elision=NO_ELISION | {"inner_band_fraction": 0.07, "inner_probability": 1})
    faded = np.zeros((16, 24), dtype=bool)
    faded[5:7] = True  # the lowest row of the sky, the highest of the road
    faded[7:13, 7:17] = True  # the road around the car, the car's own border
    faded[9:11, 9:15] = False
    assert np.array_equal(inner.known, ~faded)
    assert (inner.canvas[faded] == 255).all()
    widths = {"outer_band_fraction": 0.2, "outer_reach_fraction": 0.25}
    outer = simulate(scene, scene, classes, elision=NO_ELISION | widths)
    band = contact_band(scene.labels, classes, ElisionConfig(**(NO_ELISION | widths)))
    assert band.any()
    assert np.array_equal(outer.known, ~band)
    assert not outer.canvas[band].any()


def test_shadows_of_the_stencils_objects_are_left_out_of_the_ground(classes):
    scene, other = scene_of(street(2)), scene_of(street(14), seed=1)
    simulated = simulate(scene, other, classes, only=(ROAD,), elision=NO_ELISION | {"shadow_band_fraction": 0.13})
    shadow = np.zeros((16, 24), dtype=bool)
    shadow[7:13, 13:23] = True
    assert np.array_equal(simulated.known, (scene.labels == ROAD) & ~shadow)


def test_a_segment_takes_the_colours_of_its_stencil(classes):
    scene, other = scene_of(street(8)), scene_of(street(12), seed=1)
    other.photo[:] = other.photo // 4 + 100
    simulated = simulate(scene, other, classes, colour_transfer_probability=1)
    for category in (SKY, ROAD, CAR):
        own, stencil = scene.labels == category, other.labels == category
        kept = own & stencil
        expected = transfer_colours(scene.photo[kept], scene.photo[own], other.photo[stencil])
        assert np.array_equal(simulated.canvas[kept], expected)
        assert not np.array_equal(simulated.canvas[kept], scene.photo[kept])
    assert np.array_equal(simulated.known, simulate(scene, other, classes).known)


def test_resampling_softens_each_segment_within_itself(classes):
    scene = scene_of(street(8))
    road, car = scene.labels == ROAD, scene.labels == CAR
    scene.photo[road], scene.photo[car] = 40, 200
    plain, soft = (simulate(scene, scene, classes, 5, max_resampling_scale_change=share) for share in (0, 0.2))
    assert soft.known.all()
    assert np.array_equal(soft.layout, plain.layout)
    # One colour stays that colour: nothing of the neighbour comes in.
    assert np.array_equal(soft.canvas[road | car], plain.canvas[road | car])
    # The sky is noise, whose neighbouring pixels differ less afterwards.
    steps = [np.abs(np.diff(made.canvas[:6].astype(int), axis=1)).mean() for made in (plain, soft)]
    assert 0.3 * steps[0] < steps[1] < 0.95 * steps[0]
    assert np.abs(soft.canvas[:6].astype(int) - plain.canvas[:6]).mean() < 0.6 * steps[0]


def test_what_is_too_thin_to_be_scaled_and_back_stays_as_it_was(classes):
    labels = np.full((16, 24), SKY, dtype=np.uint8)
    labels[2:14, 11] = POLE  # of one pixel, which half the size may miss
    scene = scene_of(labels)
    scene.photo[labels == SKY], scene.photo[labels == POLE] = 40, 200
    for seed in range(10):
        simulated = simulate(scene, scene, classes, seed, max_resampling_scale_change=1)
        assert np.array_equal(simulated.canvas, scene.photo)


def test_colours_are_transferred_as_often_as_asked(classes):
    scene, other = scene_of(street(8)), scene_of(street(8), seed=1)
    other.photo[:] = other.photo // 4
    changed = [
        (simulate(scene, other, classes, seed, colour_transfer_probability=0.3).canvas != scene.photo)[0, 0].any()
        for seed in range(100)
    ]
    assert 15 < sum(changed) < 45


@given(seed=seeds)
def test_known_pixels_show_the_photo_and_a_stencil_only_ever_removes(classes, seed):
    scene, other = make_scene("s", "train", seed), make_scene("o", "train", seed + 1)
    simulated = simulate(scene, other, classes, seed, elision=SOME_ELISION, **NOISE)
    assert np.array_equal(simulated.canvas[simulated.known], scene.photo[simulated.known])
    unknown = simulated.canvas[~simulated.known]
    assert ((unknown == 0).all(axis=1) | (unknown == 255).all(axis=1)).all()
    segments = extract_segments(scene.labels, classes, scene.instances)
    stencilled = np.zeros(scene.labels.shape, dtype=bool)
    for index, stencil in stencils_from(other, classes, segments).items():
        covered = np.zeros(scene.labels.shape, dtype=bool)
        covered[box_slices(stencil.box)] = stencil.mask
        stencilled |= covered & segments[index].full_mask(covered.shape)
    assert not (simulated.known & ~stencilled).any()
    assert (simulated.canvas[~stencilled] == 0).all()


@given(seed=seeds)
def test_layout_noise_makes_void_and_nothing_else(classes, seed):
    scene = make_scene("s", "train", seed)
    scene.labels[3:5, 3:9] = VOID
    simulated = simulate(scene, make_scene("o", "train", seed + 1), classes, seed, **NOISE)
    kept = simulated.layout != VOID
    assert np.array_equal(simulated.layout[kept], scene.labels[kept])
    assert not kept[3:5, 3:9].any()
    nearest = scene.labels == extract_segments(scene.labels, classes, scene.instances)[-1].category
    assert kept[nearest].all()


def test_layout_noise_moves_the_nearer_over_the_farther(classes):
    scene = scene_of(street(8))
    amounts = [
        (simulate(scene, scene, classes, 3, max_layout_shift_fraction=share).layout == VOID).sum()
        for share in (0, 0.2, 0.9)
    ]
    assert amounts[0] == 0 < amounts[1] < amounts[2]
    before = scene.labels.copy()
    simulate(scene, scene, classes, 3, **NOISE)
    assert np.array_equal(scene.labels, before)


def test_layout_noise_turns_the_nearer_over_the_farther(classes):
    scene = scene_of(street(8))
    amounts = [
        (simulate(scene, scene, classes, 3, max_layout_rotation_deg=degrees).layout == VOID).sum()
        for degrees in (0, 15, 45)
    ]
    assert amounts[0] == 0 < amounts[1] < amounts[2]


def test_contact_shadows_are_those_of_the_photo_and_not_of_the_layout_with_its_noise(classes):
    scene = scene_of(street(8))
    widths = {"outer_band_fraction": 0.2, "outer_reach_fraction": 0.25}
    simulated = simulate(scene, scene, classes, 3, elision=NO_ELISION | widths, max_layout_shift_fraction=0.9)
    # 3 pixels: one to every side of the contour; the box grows by one row downwards and two columns to both sides.
    band = np.zeros((16, 24), dtype=bool)
    band[8:13, 7:17] = True
    band[8:12, 8:16] = False
    assert (simulated.layout[band] == VOID).any()  # the car has moved over ground that its shadow fell on
    assert np.array_equal(simulated.known, ~band)


def test_same_stream_gives_the_same_canvas(classes):
    scene, other = make_scene("s", "train", 0), make_scene("o", "train", 1)
    faults = NOISE | {"colour_transfer_probability": 0.5, "elision": SOME_ELISION}
    first, again, different = (simulate(scene, other, classes, seed, **faults) for seed in (7, 7, 8))
    for name in ("canvas", "known", "layout"):
        assert getattr(first, name).tobytes() == getattr(again, name).tobytes()
        assert not np.array_equal(getattr(first, name), getattr(different, name))


@pytest.mark.parametrize(
    "wrong",
    [
        {"num_stencils": 0},
        {"colour_transfer_probability": 1.1},
        {"max_layout_rotation_deg": 46},
        {"max_layout_shift_fraction": -0.1},
        {"num_variants": 1},
    ],
)
def test_config_rejects_what_is_out_of_range(wrong):
    with pytest.raises(ValidationError):
        CanvasSimulationConfig(**(FAULTLESS | wrong))
