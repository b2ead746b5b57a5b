"""How much of a picture is another photo's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from sims_core.evaluation.measures.copying import CopyCount, NearestCrops
from tests.support.small_canvas import canvas_of

PHOTOS = np.random.default_rng(0).integers(0, 256, (3, 64, 96, 3), dtype=np.uint8)


def test_pixels_left_as_they_were_by_hand():
    canvas = canvas_of(["a"], np.array([[0, 1, 1, 1]], np.uint16))
    canvas.canvas[:] = 100
    picture = canvas.canvas.copy()
    picture[0, 1] = 100  # as given
    picture[0, 2, 1] = 108  # nearly
    picture[0, 3, 2] = 91  # not
    count = CopyCount()
    count.add(canvas, picture)
    # The first pixel is equal too, and nobody's.
    assert count.summary() == {"share_of_pixels_unchanged": 0.25, "share_of_pixels_nearly_unchanged": 0.5}
    count.add(canvas, 255 - picture)
    assert count.summary() == {"share_of_pixels_unchanged": 0.125, "share_of_pixels_nearly_unchanged": 0.25}


def test_a_picture_that_is_a_photo_lies_at_no_distance():
    crops = NearestCrops(0)
    crops.add("copied", "x", PHOTOS[1])
    crops.add("inverted", "x", 255 - PHOTOS[1])
    found = crops.distances(PHOTOS)
    assert found["copied"] == pytest.approx(0, abs=1e-3)
    assert (found["inverted"] > 0.15).all()
    assert (crops.distances(PHOTOS[[0, 2]])["copied"] > 0.05).all()


def test_one_colour_by_hand():
    crops = NearestCrops(0)
    crops.add("grey", "x", np.full((48, 60, 3), 100, np.uint8))
    photos = [np.full((48, 60, 3), value, np.uint8) for value in (151, 0)]
    assert crops.distances(photos)["grey"] == pytest.approx(51 / 255, abs=1e-5)


@settings(max_examples=3)
@given(seed=st.integers(0, 10**6))
def test_the_search_is_exact(seed):
    picture, *photos = np.random.default_rng(seed).integers(0, 256, (3, 48, 50, 3), dtype=np.uint8)
    crops = NearestCrops(seed)
    crops.add("row", "x", picture)
    # At 48 rows nothing is reduced: every crop of the picture against every crop of the photos.
    windows = [np.lib.stride_tricks.sliding_window_view(each / 255, (8, 8), axis=(0, 1)) for each in (picture, *photos)]
    own, *others = (window.reshape(-1, 3 * 64) for window in windows)
    possible = cdist(own, np.concatenate(others)).min(axis=1) / np.sqrt(3 * 64)
    for distance in crops.distances(photos)["row"]:
        assert np.abs(possible - distance).min() < 1e-5


def test_the_search_takes_any_number_of_crops_at_once(monkeypatch):
    found = []
    for at_once in (3, 5, 1024):  # 12 crops, divided and not
        monkeypatch.setattr("sims_core.evaluation.measures.copying._QUERIES_AT_ONCE", at_once)
        crops = NearestCrops(0)
        for number, photo in enumerate(PHOTOS):
            crops.add("row", str(number), 255 - photo)
        found.append(crops.distances(PHOTOS)["row"])
    assert found[0] == pytest.approx(found[2], abs=1e-5)
    assert found[1] == pytest.approx(found[2], abs=1e-5)
    assert len(set(found[2].tolist())) == 12


def test_crops_are_at_the_same_places_for_every_method():
    crops = NearestCrops(3)
    crops.add("one", "x", PHOTOS[0])
    crops.add("other", "x", PHOTOS[0])
    found = crops.distances(PHOTOS[1:])
    assert np.array_equal(found["one"], found["other"])
