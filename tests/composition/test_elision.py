import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pydantic import ValidationError

from sims_core.composition.elision import ElisionConfig, boundary_band, contact_band, elide_patch, shadow_band
from sims_core.formats.bank import BankSegment, SegmentContext
from sims_core.scenes.boxes import box_slices, seen_through, whole_frame
from sims_core.scenes.classes import Role
from sims_core.scenes.masks import contour, dilate
from sims_core.scenes.placed import PlacedMask
from tests.support.frames import cut as cut_out
from tests.support.small_scenes import CAR, POLE, ROAD, SKY, TREE

OFF = {
    "inner_band_fraction": 0,
    "inner_probability": 0.5,
    "outer_band_fraction": 0,
    "outer_reach_fraction": 0.125,
    "shadow_band_fraction": 0,
    "foliage_band_fraction": 0,
}
masks = hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, max_side=12))


def config(**changes):
    return ElisionConfig(**(OFF | changes))


def picture(*rows):
    return np.array([[cell == "#" for cell in row] for row in rows])


def cut(support, role=Role.STUFF, shadow=None, seed=0, **changes):
    shadow = np.zeros_like(support) if shadow is None else shadow
    placed = PlacedMask(whole_frame(support.shape), support)
    return elide_patch(placed, shadow, role, config(**changes), support.shape, np.random.default_rng(seed))


def near(mask, radius):
    """(H, W) bool by definition: a pixel of the mask lies in the square of that radius about it."""
    rows, columns = np.nonzero(mask)
    found = np.zeros_like(mask)
    for row, column in np.ndindex(mask.shape):
        found[row, column] = (np.maximum(abs(rows - row), abs(columns - column)) <= radius).any()
    return found


@given(mask=masks, radius=st.integers(0, 4))
def test_dilate_reaches_by_a_square(mask, radius):
    assert np.array_equal(dilate(mask, radius), near(mask, radius))


@given(mask=masks)
def test_contour_is_where_a_neighbour_is_outside(mask):
    assert np.array_equal(contour(mask), mask & near(~mask, 1))


def test_frame_is_no_contour():
    assert not contour(np.ones((4, 5), dtype=bool)).any()
    half = picture("###..", "###..", "###..")
    assert np.array_equal(contour(half), picture("..#..", "..#..", "..#.."))


def test_band_by_hand():
    half = np.zeros((20, 9), dtype=bool)
    half[:, :5] = True
    columns = {0.04: [], 0.05: [4], 0.1: [3, 4, 5], 0.15: [3, 4, 5], 0.2: [2, 3, 4, 5, 6]}  # 0, 1, 2, 3, 4 pixels
    for fraction, expected in columns.items():
        frame = whole_frame(half.shape)
        band = boundary_band(PlacedMask(frame, half), int(fraction * 20), half.shape, frame)
        assert np.flatnonzero(band[0]).tolist() == expected
        assert (band == band[0]).all()


def test_inner_band_lies_inside_and_probability_decides():
    support = np.zeros((20, 20), dtype=bool)
    support[5:15, 5:15] = True
    band = support.copy()
    band[7:13, 7:13] = False  # the contour and one pixel within it
    always = cut(support, inner_band_fraction=0.1, inner_probability=1)
    assert np.array_equal(always.faded, band)
    assert np.array_equal(always.kept, support & ~band)
    never = cut(support, inner_band_fraction=0.1, inner_probability=0)
    assert np.array_equal(never.kept, support)
    some = cut(support, inner_band_fraction=0.1, inner_probability=0.5)
    assert 16 < (some.faded & band).sum() == some.faded.sum() < 48  # of 64
    assert np.array_equal(some.faded, cut(support, inner_band_fraction=0.1).faded)
    assert not np.array_equal(some.faded, cut(support, seed=1, inner_band_fraction=0.1).faded)


def test_border_of_foliage_is_withheld_and_then_the_rest_fades():
    support = np.zeros((20, 20), dtype=bool)
    support[4:16, 4:16] = True
    widths = {"foliage_band_fraction": 0.1, "inner_band_fraction": 0.05, "inner_probability": 1}
    tree = cut(support, Role.FOLIAGE, **widths)
    assert tree.withheld.sum() == 12**2 - 8**2  # the contour and one pixel within it
    assert tree.faded.sum() == 8**2 - 6**2  # the contour of what is left
    assert not cut(support, Role.OBJECT, **widths).withheld.any()


def test_shadows_are_withheld_from_ground_only():
    support = picture("####.", "####.")
    shadow = picture("..###", ".....")
    assert np.array_equal(cut(support, Role.PLANAR, shadow).withheld, picture("..##.", "....."))
    for role in set(Role) - {Role.PLANAR}:
        assert not cut(support, role, shadow).withheld.any()


@given(
    support=masks,
    role=st.sampled_from(Role),
    seed=st.integers(0, 99),
    widths=st.tuples(st.floats(0, 0.5), st.floats(0, 0.5), st.floats(0, 1)),
)
def test_parts_of_a_patch_are_disjoint_and_cover_it(support, role, seed, widths):
    shadow = np.random.default_rng(seed).random(support.shape) < 0.3
    names = ("inner_band_fraction", "foliage_band_fraction", "inner_probability")
    patch = cut(support, role, shadow, seed, **dict(zip(names, widths, strict=True)))
    assert np.array_equal(patch.kept.astype(int) + patch.faded + patch.withheld, support.astype(int))
    assert np.array_equal(patch.kept | patch.faded | patch.withheld, support)


@given(
    support=masks.filter(np.any),
    role=st.sampled_from(Role),
    seed=st.integers(0, 99),
    widths=st.tuples(st.floats(0, 0.5), st.floats(0, 0.5), st.floats(0, 1)),
)
def test_a_patch_in_its_box_is_that_of_the_frame_and_takes_as_much_of_the_stream(support, role, seed, widths):
    names = ("inner_band_fraction", "foliage_band_fraction", "inner_probability")
    settings = config(**dict(zip(names, widths, strict=True)))
    shadow = np.random.default_rng(seed).random(support.shape) < 0.3
    frame, placed = whole_frame(support.shape), cut_out(support)
    streams = [np.random.default_rng(seed) for _ in range(3)]
    whole = elide_patch(PlacedMask(frame, support), shadow, role, settings, support.shape, streams[0])
    boxed = elide_patch(placed, shadow[box_slices(placed.box)], role, settings, support.shape, streams[1])
    drawn = streams[2].random(support.shape)  # one number for each pixel of the frame
    for part in ("kept", "faded", "withheld"):
        assert np.array_equal(seen_through(frame, getattr(boxed, part), boxed.box), getattr(whole, part))
    rest = support & ~whole.withheld
    width_px = int(widths[0] * len(support))
    band = dilate(contour(rest), width_px // 2) if width_px else np.zeros_like(rest)
    assert np.array_equal(whole.faded, rest & band & (drawn < widths[2]))
    assert len({stream.random() for stream in streams}) == 1


@pytest.mark.parametrize("role", [Role.STUFF, Role.FOLIAGE, Role.OBJECT])
def test_bands_of_no_width_switch_off(role):
    support = np.zeros((20, 20), dtype=bool)
    support[4:16, 4:16] = True
    patch = cut(support, role, inner_probability=1)
    assert np.array_equal(patch.kept, support)


def bank_segment(context_labels, context_box, box, frame=(20, 20)):
    size = (box[2] - box[0], box[3] - box[1])
    mask = np.ones(size, dtype=bool)
    return BankSegment(
        segment_id="s:0000",
        scene_id="s",
        category=ROAD,
        frame=frame,
        box=box,
        crop=np.zeros((*size, 3), dtype=np.uint8),
        mask=mask,
        licence="",
        context=SegmentContext(context_box, context_labels),
    )


def test_shadow_band_lies_about_the_objects_of_the_source_photo(classes):
    labels = np.full((8, 10), ROAD, dtype=np.uint8)
    labels[:2, 4:6] = CAR  # above the road's box, inside its context
    labels[:2, 9] = POLE  # casts no such shadow
    road = bank_segment(labels, (8, 5, 16, 15), (10, 6, 16, 14))
    band = shadow_band(road, classes, config(shadow_band_fraction=0.1))  # 2 of 20 pixels: one to every side
    assert band.shape == road.mask.shape
    expected = np.zeros((6, 8), dtype=bool)
    expected[0, 2:6] = True  # columns 3 to 6 of the context, 2 to 5 of the box
    assert np.array_equal(band, expected)
    assert not shadow_band(road, classes, config()).any()


def test_width_of_the_shadow_band_is_a_share_of_the_frame_not_of_the_crop(classes):
    labels = np.full((8, 10), ROAD, dtype=np.uint8)
    labels[:1, :] = CAR
    sizes = [
        shadow_band(
            bank_segment(labels, (0, 0, 8, 10), (0, 0, 8, 10), (h, h)), classes, config(shadow_band_fraction=0.1)
        )
        for h in (20, 40)
    ]
    assert [int(band[:, 0].sum()) for band in sizes] == [2, 3]  # the contour, and 1 or 2 pixels below it


def street():
    """20 x 20: sky over a road that begins in row 8, a car of 4 x 8 pixels in it."""
    labels = np.full((20, 20), SKY, dtype=np.uint8)
    labels[8:] = ROAD
    labels[10:14, 6:14] = CAR
    return labels


def test_contact_band_by_hand(classes):
    band = contact_band(street(), classes, config(outer_band_fraction=0.2, outer_reach_fraction=0.25))
    expected = np.zeros((20, 20), dtype=bool)
    # 4 pixels wide: 2 to every side; the box grows by 1 (a quarter of 4) downwards and by 2 to both sides.
    expected[10:15, 4:16] = True
    expected[10:14, 6:14] = False  # the car itself is no ground
    assert np.array_equal(band, expected)


def test_contact_band_at_the_left_edge_of_the_frame(classes):
    labels = np.full((10, 20), ROAD, dtype=np.uint8)
    labels[4:6, 1:9] = CAR
    # A fifth of the height: 2 pixels, one to every side. The box grows by a quarter of 8 to both sides, by none of 2
    # downwards; to the left the frame ends after one pixel.
    band = contact_band(labels, classes, config(outer_band_fraction=0.2, outer_reach_fraction=0.25))
    expected = np.zeros((10, 20), dtype=bool)
    expected[4:6, [0, 9]] = True
    assert np.array_equal(band, expected)


def test_an_object_that_touches_itself_at_a_corner_is_one(classes):
    labels = np.full((10, 20), ROAD, dtype=np.uint8)
    labels[2:4, 4:8] = CAR
    labels[4:6, 8:12] = CAR
    # One box from row 2 to 6 and from column 4 to 12, which does not grow: the ground beside both halves lies in it.
    band = contact_band(labels, classes, config(outer_band_fraction=0.2, outer_reach_fraction=0))
    expected = np.zeros((10, 20), dtype=bool)
    expected[2:5, 8:9] = expected[3:6, 7:8] = expected[4, 4:8] = expected[3, 8:12] = True
    assert np.array_equal(band, expected & (labels == ROAD))


def test_contact_band_is_on_ground_and_not_above_the_object(classes):
    labels = street()
    labels[10:14, 4:6] = TREE
    labels[14, 6:9] = 255
    band = contact_band(labels, classes, config(outer_band_fraction=0.4, outer_reach_fraction=2))
    assert band.any()
    assert (labels[band] == ROAD).all()
    assert not band[:10].any()
    assert not contact_band(street(), classes, config(outer_band_fraction=0)).any()


def test_objects_only_cast_contact_shadows_each_in_its_own_box(classes):
    wide = config(outer_band_fraction=0.2, outer_reach_fraction=0.25)
    pole = np.where(street() == CAR, POLE, street()).astype(np.uint8)
    assert not contact_band(pole, classes, wide).any()
    both = street()
    both[16:18, 0:4] = CAR
    second = np.where(np.arange(20)[:, None] < 15, ROAD, both).astype(np.uint8)
    expected = contact_band(street(), classes, wide) | contact_band(second, classes, wide)
    assert np.array_equal(contact_band(both, classes, wide), expected & (both == ROAD))


def test_widths_have_bounds():
    for wrong in ({"inner_probability": 1.1}, {"outer_band_fraction": -0.1}, {"inner_band_fraction": 0.6}, {"x": 1}):
        with pytest.raises(ValidationError):
            config(**wrong)
