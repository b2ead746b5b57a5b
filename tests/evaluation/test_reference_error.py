import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from sims_core.base.errors import SimsError
from sims_core.evaluation.measures.reference_error import reference_error


def picture(seed, shape=(24, 40)):
    return np.random.default_rng(seed).integers(0, 256, (*shape, 3)).astype(np.uint8)


def test_l1_and_psnr_worked_by_hand():
    photo = np.full((12, 12, 3), 100, np.uint8)
    error = reference_error(photo + np.uint8(10), photo)
    assert error.l1 == 10
    assert error.psnr_db == pytest.approx(20 * np.log10(255 / 10))
    assert reference_error(photo - np.uint8(20), photo).l1 == 20  # no wrap-around of uint8


def test_equals_scikit_image():
    first, second = picture(1), (picture(1) // 2 + picture(2) // 2).astype(np.uint8)
    error = reference_error(second, first)
    assert error.psnr_db == peak_signal_noise_ratio(first, second)
    options = {"channel_axis": 2, "gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    assert error.ssim == structural_similarity(first, second, data_range=255, **options)
    assert list(error.as_array()) == [error.l1, error.psnr_db, error.ssim]


def test_equal_pictures_are_no_warning(recwarn):
    error = reference_error(picture(1), picture(1))
    assert (error.l1, error.psnr_db, error.ssim) == (0, np.inf, 1)
    assert not recwarn.list


def test_pictures_below_the_window_are_refused():
    with pytest.raises(SimsError, match=r"SSIM: .*at least 11 px, found 40 x 10 px"):
        reference_error(picture(1, (10, 40)), picture(2, (10, 40)))
