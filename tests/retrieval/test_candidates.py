"""Layouts of 16 x 32 pixels against banks of a few photos: who is a candidate, in which order, worked by hand."""

import numpy as np
import pytest

from sims_core.bank.extract import ExtractBankConfig, write_bank
from sims_core.formats.bank import BankReader
from sims_core.formats.scenes import write_scenes
from sims_core.retrieval.candidates import match_layouts
from sims_core.retrieval.search import RetrieveConfig
from sims_core.scenes.scene import Scene
from sims_core.scenes.segmented_layout import SegmentedLayout, SegmentsConfig
from tests.support.small_composition import layout_of
from tests.support.small_scenes import CAR, ROAD, SKY, TREE

CONFIG = RetrieveConfig(num_candidates=5, context_weight=0, one_per_photo=False, banned=(), split_margin=None)
ALL = SegmentsConfig(min_area_fraction=0)
ASKED = layout_of((CAR, 0, 0, 16, 8))


def car(*sides):
    """A layout with a car from the first to the second column."""
    return layout_of((CAR, 0, sides[0], 16, sides[1]))


@pytest.fixture
def write(tmp_path, classes):
    """Write photos of the given layouts, in the order given; return their bank."""

    def made(context_enlargement=0.25, **layouts):
        photo = np.zeros((16, 32, 3), dtype=np.uint8)
        scenes = [Scene(scene_id=name, split="train", photo=photo, labels=labels) for name, labels in layouts.items()]
        held_out = Scene(scene_id="held out", split="val", photo=photo, labels=ASKED)
        write_scenes(tmp_path / "scenes", classes, [*scenes, held_out])
        grid = ExtractBankConfig(grid_height=16, grid_width=32, context_enlargement=context_enlargement)
        write_bank(tmp_path / "bank", tmp_path / "scenes", grid)
        return BankReader(tmp_path / "bank")

    return made


@pytest.fixture
def match(classes):
    """Match one layout, called "asked" unless said otherwise."""

    def matched(bank, labels=ASKED, name="asked", segments=ALL, exclude_own_photo=True, **changes):
        layout = SegmentedLayout.of(name, labels, classes)
        config = CONFIG.model_copy(update=changes)
        found = match_layouts([layout], bank, classes, config, segments, exclude_own_photo=exclude_own_photo)
        assert list(found) == [name]
        return found[name]

    return matched


def test_candidates_come_by_falling_score_whatever_their_place_in_the_bank(write, match):
    # Masks of the asked 8 columns and of 4, 8 and 6: by id the photos lie in the places 3, 1, 2 of the bank.
    bank = write(c=car(0, 4), a=car(0, 8), b=car(0, 6))
    (found,) = match(bank)
    assert found.segment_ids == ["a:0000", "b:0000", "c:0000"]
    assert found.scores == found.mask_ious == [1, 6 / 8, 4 / 8]
    assert (found.component, found.category, found.area_px) == (0, CAR, 128)


def test_equal_scores_go_by_the_id_and_not_by_the_place_in_the_bank(write, match):
    bank = write(d=car(0, 6), b=car(0, 8), a=car(0, 8), c=car(0, 8))
    assert match(bank)[0].segment_ids == ["a:0000", "b:0000", "c:0000", "d:0000"]
    assert match(bank, num_candidates=2)[0].segment_ids == ["a:0000", "b:0000"]


def test_score_is_mask_iou_plus_weighted_context_iou(write, match):
    # Contexts are boxes of the full height and a column more to the right: there the photo has sky, and road is asked.
    bank = write(a=layout_of((SKY, 0, 4, 16, 32), (CAR, 0, 0, 16, 4)))
    asked = layout_of((ROAD, 0, 8, 16, 32), (CAR, 0, 0, 16, 8))
    car_asked = match(bank, asked, context_weight=0.5)[-1]
    # Cars share 4 of 8 columns, contexts 4 of 9 + 5 - 4.
    assert car_asked.mask_ious == [4 / 8]
    assert car_asked.context_ious == [4 / 10]
    assert car_asked.scores == [4 / 8 + 0.5 * 4 / 10]


def test_a_layouts_context_is_as_large_as_those_of_the_bank(write, match):
    # Twice the box: four columns more. Of the 12 columns 8 are car, 4 road in both.
    bank = write(context_enlargement=1.0, a=layout_of((ROAD, 0, 8, 16, 32), (CAR, 0, 0, 16, 8)))
    asked = layout_of((ROAD, 0, 8, 16, 10), (CAR, 0, 0, 16, 8))
    assert match(bank, asked)[-1].context_ious == [10 / 12]


def test_the_own_photo_is_no_candidate_unless_asked_for(write, match):
    bank = write(asked=car(0, 8), a=car(0, 8), other=car(0, 4))
    assert match(bank)[0].segment_ids == ["a:0000", "other:0000"]
    assert match(bank, name="new")[0].segment_ids == ["a:0000", "asked:0000", "other:0000"]
    assert match(bank, exclude_own_photo=False)[0].segment_ids == ["a:0000", "asked:0000", "other:0000"]


def test_banned_photos_and_segments_are_no_candidates_and_leave_no_gap(write, match):
    two = layout_of((CAR, 0, 0, 16, 7), (CAR, 0, 9, 16, 32))
    bank = write(c=car(0, 5), b=two, a=car(0, 8))
    assert match(bank, num_candidates=2)[0].segment_ids == ["a:0000", "b:0000"]
    assert match(bank, num_candidates=2, banned=("a",))[0].segment_ids == ["b:0000", "c:0000"]
    assert match(bank, num_candidates=2, banned=("b:0000",))[0].segment_ids == ["a:0000", "c:0000"]
    (nothing,) = match(bank, banned=("a", "b", "c"))
    assert (nothing.segment_ids, nothing.scores, nothing.mask_ious, nothing.context_ious) == ([], [], [], [])


def test_one_of_each_photo(write, match):
    both = layout_of((CAR, 0, 0, 16, 5), (CAR, 0, 6, 16, 9))
    bank = write(b=both, a=car(0, 4))
    assert match(bank)[0].segment_ids == ["b:0000", "a:0000", "b:0001"]
    assert match(bank, one_per_photo=True)[0].segment_ids == ["b:0000", "a:0000"]


def test_every_component_has_an_entry_and_small_and_unknown_ones_are_empty(write, match):
    bank = write(a=layout_of((ROAD, 0, 0, 16, 16), (CAR, 0, 16, 16, 32)))
    asked = layout_of((SKY, 0, 0, 2, 32), (ROAD, 2, 0, 16, 16), (CAR, 2, 20, 16, 32), (CAR, 15, 18, 16, 19))
    found = match(bank, asked, segments=SegmentsConfig(min_area_fraction=2 / 512))
    assert [each.component for each in found] == [0, 1, 2, 3]
    # No sky in the bank; the second car is one pixel, where the bank's car has one, too.
    assert [each.segment_ids for each in found] == [[], ["a:0000"], ["a:0001"], []]
    assert [each.area_px for each in found] == [64, 14 * 16, 14 * 12, 1]
    assert match(bank, asked)[3].segment_ids == ["a:0001"]
    assert match(bank, layout_of((TREE, 0, 0, 16, 32)))[0].segment_ids == []


def test_layouts_are_matched_together_as_each_by_itself(write, match, classes):
    bank = write(c=car(0, 4), a=car(0, 8), b=car(8, 16))
    layouts = {"x": ASKED, "a": ASKED, "y": car(10, 14)}
    together = match_layouts(
        [SegmentedLayout.of(name, labels, classes) for name, labels in layouts.items()], bank, classes, CONFIG, ALL
    )
    assert together == {name: match(bank, labels, name) for name, labels in layouts.items()}
    assert [found[0].segment_ids for found in together.values()] == [["a:0000", "c:0000"], ["c:0000"], ["b:0000"]]
