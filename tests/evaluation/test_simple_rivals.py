"""The rivals that need no training: the inpainted canvas and the nearest training photo."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sims_core.evaluation.measures.simple_rivals import NearestPhotos, inpainted
from sims_core.scenes.classes import VOID

LAYOUT = np.array(
    [
        [0, 0, 0, 0],
        [0, 0, 1, 1],
        [2, 2, 1, 1],
        [2, 2, 2, VOID],
    ],
    np.uint8,
)


def with_values(**values):
    """Return LAYOUT with pixels changed, each named r<row>c<column>."""
    changed = LAYOUT.copy()
    for name, value in values.items():
        changed[int(name[1]), int(name[3])] = value
    return changed


def test_the_photo_with_most_equal_pixels_is_nearest():
    photos = NearestPhotos(
        [
            ("two-wrong", with_values(r0c0=1, r0c1=1)),
            ("one-wrong", with_values(r2c0=0)),
            ("three-wrong", with_values(r3c0=0, r3c1=0, r3c2=0)),
        ]
    )
    assert photos.find(LAYOUT) == "one-wrong"


def test_equal_shares_go_to_the_first_id_whatever_the_order():
    maps = [("c", with_values(r0c0=1)), ("a", with_values(r2c2=0)), ("b", with_values(r1c1=2))]
    assert NearestPhotos(maps).find(LAYOUT) == "a"
    assert NearestPhotos(maps[::-1]).find(LAYOUT) == "a"


def test_void_of_the_layout_is_not_counted_and_void_of_a_photo_agrees_with_nothing():
    photos = NearestPhotos(
        [
            ("also-void-there", with_values(r0c0=1)),
            ("any-label-there", with_values(r3c3=2)),
            ("much-void", np.where(LAYOUT == 0, VOID, LAYOUT).astype(np.uint8)),
        ]
    )
    assert photos.find(LAYOUT) == "any-label-there"


def test_a_layout_without_labels_takes_the_first_id():
    photos = NearestPhotos([("b", LAYOUT), ("a", with_values(r0c0=2))])
    assert photos.find(np.full_like(LAYOUT, VOID)) == "a"


def test_large_label_maps_are_compared_on_a_grid_of_64_rows():
    layout = np.zeros((128, 256), np.uint8)
    between, centres = layout.copy(), layout.copy()
    between[::2] = 1  # no sampled row
    centres[1::128] = 1  # a sampled row
    assert NearestPhotos([("a-centres", centres), ("b-between", between)]).find(layout) == "b-between"


@given(
    layout=arrays(np.uint8, (5, 7), elements=st.sampled_from([0, 1, 2, VOID])),
    maps=arrays(np.uint8, (6, 5, 7), elements=st.sampled_from([0, 1, 2, VOID])),
)
def test_the_search_is_exact(layout, maps):
    ids = ["d", "b", "f", "a", "e", "c"]
    agreeing = {
        scene_id: sum(
            int(asked == label) for asked, label in zip(layout.ravel(), labels.ravel(), strict=True) if asked != VOID
        )
        for scene_id, labels in zip(ids, maps, strict=True)
    }
    expected = min(ids, key=lambda scene_id: (-agreeing[scene_id], scene_id))
    assert NearestPhotos(zip(ids, maps, strict=True)).find(layout) == expected


@pytest.fixture
def canvas():
    """A smooth picture of 24 x 32 pixels with a black hole and white specks."""
    rows, columns = np.mgrid[:24, :32]
    picture = np.stack([90 + 3 * rows, 80 + 2 * columns, 60 + rows + columns], axis=2).astype(np.uint8)
    known = np.ones((24, 32), bool)
    known[8:14, 10:19] = False
    known[::5, ::7] = False
    picture[~known] = 255
    picture[8:14, 10:19] = 0
    return picture, known


def test_inpainting_changes_what_is_unknown_and_nothing_else(canvas):
    picture, known = canvas
    before = picture.copy()
    filled = inpainted(picture, known)
    assert filled.dtype == np.uint8
    np.testing.assert_array_equal(filled[known], picture[known])
    assert (filled[~known] != picture[~known]).any(axis=1).all()
    np.testing.assert_array_equal(picture, before)


def test_inpainting_takes_colours_of_known_pixels_alone(canvas):
    picture, known = canvas
    other = np.where(known[..., None], picture, 77).astype(np.uint8)
    np.testing.assert_array_equal(inpainted(picture, known), inpainted(other, known))
    rows, columns = np.nonzero(~known)
    expected = np.stack([90 + 3 * rows, 80 + 2 * columns, 60 + rows + columns], axis=1)
    assert np.abs(inpainted(picture, known)[rows, columns] - expected).mean() < 4


def test_a_whole_canvas_stays_and_an_empty_one_becomes_grey(canvas):
    picture, known = canvas
    np.testing.assert_array_equal(inpainted(picture, np.ones_like(known)), picture)
    assert (inpainted(picture, np.zeros_like(known)) == 128).all()


def test_one_known_pixel_is_enough():
    picture = np.zeros((16, 20, 3), np.uint8)
    picture[4, 6] = (200, 100, 50)
    known = np.zeros((16, 20), bool)
    known[4, 6] = True
    filled = inpainted(picture, known)
    assert np.abs(filled.astype(int) - (200, 100, 50)).max() < 20
