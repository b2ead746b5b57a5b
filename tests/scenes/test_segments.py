import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sims_core.scenes.boxes import place
from sims_core.scenes.segmented_layout import SegmentsConfig, is_large
from sims_core.scenes.segments import extract_segments
from tests.support.small_scenes import CAR, POLE, ROAD, SKY

VOID = 255


def test_building_behind_a_pole_stays_one_segment_with_a_hole(classes):
    labels = np.full((4, 7), SKY, dtype=np.uint8)
    labels[:, 3] = POLE
    segments = extract_segments(labels, classes)
    assert [s.category for s in segments] == [SKY, POLE]
    sky, pole = segments
    assert sky.box == (0, 0, 4, 7)
    assert sky.area_px == 24
    assert not sky.mask[:, 3].any()
    assert sky.merged_mask.all()
    assert pole.box == (0, 3, 4, 4)


def test_void_does_not_connect_and_is_no_segment(classes):
    labels = np.full((4, 7), SKY, dtype=np.uint8)
    labels[:, 3] = VOID
    segments = extract_segments(labels, classes)
    assert [s.box for s in segments] == [(0, 0, 4, 3), (0, 4, 4, 7)]


def test_diagonal_pixels_are_one_component(classes):
    labels = np.full((3, 3), VOID, dtype=np.uint8)
    labels[0, 0] = labels[1, 1] = labels[2, 2] = ROAD
    assert [s.area_px for s in extract_segments(labels, classes)] == [3]


def test_component_with_as_many_thin_as_own_pixels_is_cut_without_them(classes):
    labels = np.full((2, 3), VOID, dtype=np.uint8)
    labels[:, 1] = POLE
    labels[0, [0, 2]] = ROAD
    assert [(s.category, s.box) for s in extract_segments(labels, classes)] == [
        (ROAD, (0, 0, 1, 1)),
        (ROAD, (0, 2, 1, 3)),
        (POLE, (0, 1, 2, 2)),
    ]
    labels[1, 0] = ROAD
    road, _ = extract_segments(labels, classes)
    assert road.box == (0, 0, 2, 3)
    assert road.merged_mask.sum() == 5


def test_instances_split_touching_cars_and_join_a_cut_one(classes):
    labels = np.full((3, 8), CAR, dtype=np.uint8)
    labels[:, 2] = POLE
    instances = np.zeros((3, 8), dtype=np.uint16)
    instances[:, :5] = 4
    instances[:, 5:] = 9
    cars = [s for s in extract_segments(labels, classes, np.where(labels == CAR, instances, 0)) if s.category == CAR]
    assert [s.box for s in cars] == [(0, 0, 3, 5), (0, 5, 3, 8)]
    assert cars[0].area_px == 12


def test_minimum_size_is_strict():
    config = SegmentsConfig(min_area_fraction=1000 / (256 * 512))
    assert not is_large(1000, (256, 512), config)
    assert is_large(1001, (256, 512), config)


@given(hnp.arrays(np.uint8, (7, 9), elements=st.sampled_from([SKY, ROAD, POLE, CAR, VOID])))
def test_segments_are_disjoint_crops_of_their_category(classes, labels):
    covered = np.zeros(labels.shape, dtype=int)
    for segment in extract_segments(labels, classes):
        full = segment.full_mask(labels.shape)
        assert (labels[full] == segment.category).all()
        assert segment.mask.any(axis=1)[[0, -1]].all()
        assert segment.mask.any(axis=0)[[0, -1]].all()
        assert not (segment.mask & ~segment.merged_mask).any()
        covered += full
    assert covered.max() <= 1
    assert (covered == (labels != VOID)).all()


def test_place_puts_a_mask_where_its_box_says():
    full = place(np.ones((1, 2), dtype=bool), (1, 2, 2, 4), (3, 5))
    assert np.argwhere(full).tolist() == [[1, 2], [1, 3]]
