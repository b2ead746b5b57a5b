"""Touching objects taken apart: by hand on layouts of 16 x 32 pixels, two squares with a neck between them."""

import numpy as np
import pytest

from sims_core.retrieval.search import RetrieveConfig
from sims_core.retrieval.touching import layout_of_scene, split_touching
from sims_core.scenes.scene import Scene
from sims_core.scenes.segmented_layout import SegmentedLayout, SegmentsConfig
from tests.support.small_composition import SEGMENTS, layout_of, write_photos
from tests.support.small_scenes import CAR, POLE, ROAD, SKY

LEFT, RIGHT, NECK = (CAR, 4, 2, 12, 10), (CAR, 4, 16, 12, 24), (CAR, 10, 10, 12, 16)
ROW = layout_of((ROAD, 8, 0, 16, 32), LEFT, RIGHT, NECK)
CONFIG = RetrieveConfig(num_candidates=5, context_weight=1.0, one_per_photo=False, banned=(), split_margin=0.1)


def scene(name, labels, instances=None):
    photo = np.zeros((*labels.shape, 3), dtype=np.uint8)
    return Scene(scene_id=name, split="train", photo=photo, labels=labels, instances=instances)


@pytest.fixture
def open_bank(tmp_path, classes):
    return lambda **photos: write_photos(tmp_path, classes, [scene(*item) for item in photos.items()])


@pytest.fixture
def single_cars(open_bank):
    return open_bank(left=layout_of((ROAD, 8, 0, 16, 32), LEFT), right=layout_of((ROAD, 8, 0, 16, 32), RIGHT))


@pytest.fixture
def split(classes):
    def run(labels, bank, name="asked", sizes=SEGMENTS, **changes):
        layout = SegmentedLayout.of(name, labels, classes)
        found = split_touching(layout, bank, classes, CONFIG.model_copy(update=changes), sizes)
        assert found.labels is labels
        assert found.name == name
        return found

    return run


def cars(layout):
    return [segment.full_mask(layout.shape) for segment in layout.segments if segment.category == CAR]


def test_two_cars_that_the_bank_has_one_by_one_are_taken_apart(split, single_cars):
    found = split(ROW, single_cars)
    left, right = cars(found)
    assert (left | right == (ROW == CAR)).all()
    assert not (left & right).any()
    assert left[4:12, 2:10].all()
    assert right[4:12, 16:24].all()
    # They stand where the row stood among the components; of the road a piece lies between them.
    assert [segment.category for segment in found.segments] == [ROAD, ROAD, CAR, CAR]
    for segment in found.segments:
        assert segment.mask.any(axis=0)[[0, -1]].all()
        assert segment.mask.any(axis=1)[[0, -1]].all()


def test_a_row_that_the_bank_has_as_one_segment_stays_one(split, open_bank):
    bank = open_bank(row=ROW, left=layout_of((ROAD, 8, 0, 16, 32), LEFT), right=layout_of((ROAD, 8, 0, 16, 32), RIGHT))
    assert len(cars(split(ROW, bank))) == 1
    # Its own photo is no answer to a layout, as in retrieval.
    assert len(cars(split(ROW, bank, name="row"))) == 2
    # Nor does it matter what is banned: components keep their numbers.
    assert len(cars(split(ROW, bank, banned=("row",)))) == 1


def test_the_margin_decides_and_none_cuts_nothing(split, single_cars, classes):
    layout = SegmentedLayout.of("asked", ROW, classes)
    off = CONFIG.model_copy(update={"split_margin": None})
    assert split_touching(layout, single_cars, classes, off, SEGMENTS) is layout
    assert len(cars(split(ROW, single_cars, split_margin=0.0))) == 2
    assert len(cars(split(ROW, single_cars, split_margin=2.0))) == 1


def test_what_is_no_object_or_has_no_neck_is_never_cut(split, open_bank):
    sky = np.where(ROW == CAR, SKY, ROW).astype(np.uint8)
    bank = open_bank(left=layout_of((SKY, 4, 2, 12, 10), (CAR, 4, 2, 12, 8)), right=layout_of((SKY, 4, 16, 12, 24)))
    assert [segment.category for segment in split(sky, bank).segments] == [SKY, ROAD, ROAD]
    block = layout_of((CAR, 4, 2, 12, 20))
    assert len(cars(split(block, bank, split_margin=0.0))) == 1


def test_a_pole_across_a_car_is_no_neck(split, single_cars):
    crossed = ROW.copy()
    crossed[:, 6] = POLE
    left, right = cars(split(crossed, single_cars))
    assert (left | right == (crossed == CAR)).all()
    assert left[4:12, 2:6].all()
    assert left[4:12, 7:10].all()
    assert right[4:12, 16:24].all()


def test_no_part_is_below_the_minimum_size(split, open_bank):
    lump = (CAR, 8, 13, 12, 17)
    labels = layout_of(LEFT, lump, (CAR, 11, 10, 12, 13))
    bank = open_bank(large=layout_of(LEFT), small=layout_of(lump))
    assert len(cars(split(labels, bank))) == 2
    # The whole of 83 pixels is above 26, the lump of some 17 is not.
    (whole,) = cars(split(labels, bank, sizes=SegmentsConfig(min_area_fraction=0.05)))
    assert np.array_equal(whole, labels == CAR)


def test_instances_that_somebody_drew_are_kept(single_cars, classes):
    config, drawn = (single_cars, classes, CONFIG, SEGMENTS), np.where(ROW == CAR, 7, 0).astype(np.uint16)
    assert len(cars(layout_of_scene(scene("asked", ROW, drawn), *config))) == 1
    assert len(cars(layout_of_scene(scene("asked", ROW), *config))) == 2


def test_parts_cover_their_components_whatever_the_layout(split, single_cars, classes):
    stream = np.random.default_rng(5)
    num_cut = 0
    for _ in range(10):
        boxes = [(CAR, top, left, top + 6, left + 6) for top, left in stream.integers((2, 0), (9, 26), (6, 2))]
        labels = layout_of((ROAD, 8, 0, 16, 32), *boxes)
        before, after = SegmentedLayout.of("asked", labels, classes), split(labels, single_cars, split_margin=0.0)
        rest = list(after.segments)
        for segment in before.segments:
            whole, seen = segment.full_mask(labels.shape), np.zeros(labels.shape, dtype=int)
            while not np.array_equal(seen, whole):
                part = rest.pop(0)
                assert part.category == segment.category
                seen += part.full_mask(labels.shape)
                assert (seen <= whole).all()
        assert not rest
        num_cut += len(after.segments) > len(before.segments)
    assert num_cut > 0
