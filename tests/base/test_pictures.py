"""Photos made smaller and larger, by hand."""

import numpy as np

from sims_core.base.pictures import resize_photo


def photo(*rows):
    """(H, W, 3) with another brightness in each colour: the value, twice and three times as much."""
    return np.array(rows, dtype=np.uint8)[..., None] * np.array([1, 2, 3], dtype=np.uint8)


def test_a_smaller_photo_shows_the_mean_of_all_pixels():
    # The corners lie outside the 2 x 2 pixels about the centre of their 4 x 4: samples between pixels miss them.
    large = np.zeros((4, 8))
    large[0, 0] = 80
    large[3, 4:8] = 20
    assert np.array_equal(resize_photo(photo(*large), 1, 2), photo([5, 5]))
    # 3 to 2 columns: each new one holds one and a half.
    assert np.array_equal(resize_photo(photo([30, 60, 0]), 1, 2), photo([40, 20]))


def test_a_larger_photo_is_interpolated():
    # Centres of the new pixels lie a quarter and three quarters of the way, those at the rim outside.
    assert np.array_equal(resize_photo(photo([0, 80]), 1, 4), photo([0, 20, 60, 80]))
    # Shrunk one way and enlarged the other counts as enlarged.
    both = photo([0, 80], [0, 80], [40, 40])
    assert np.array_equal(resize_photo(both, 1, 4), photo([0, 20, 60, 80]))


def test_a_photo_of_the_right_size_stays_as_it_is():
    same = photo([3, 60, 7], [9, 1, 80])
    assert np.array_equal(resize_photo(same, 2, 3), same)
