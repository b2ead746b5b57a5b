import numpy as np
import pytest

from sims_core.evaluation.spectrum import (
    radial_power_spectrum,
    radial_profile,
    spectrum_distance,
    spectrum_slope,
)


def noise(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def with_amplitude_falling(shape, seed=0):
    """Noise whose amplitude falls as 1 / frequency, hence its power as 1 / frequency^2."""
    frequency = np.hypot(np.fft.fftfreq(shape[0])[:, None], np.fft.fftfreq(shape[1])[None, :])
    frequency[0, 0] = 1
    return np.fft.ifft2(np.fft.fft2(noise(shape, seed)) / frequency).real


@pytest.mark.parametrize("shape", [(64, 64), (64, 128), (97, 60)])
def test_white_noise_is_flat_at_its_variance(shape):
    profile = np.mean([radial_profile(noise(shape, seed)) for seed in range(40)], axis=0)
    assert profile.shape == (min(shape) // 2,)
    np.testing.assert_allclose(profile, 1, atol=0.25)  # power per pixel of unit variance
    assert profile.mean() == pytest.approx(1, abs=0.03)
    assert spectrum_slope(profile) == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize("shape", [(128, 128), (128, 256)])
def test_one_over_f_noise_has_slope_minus_two(shape):
    profile = np.mean([radial_profile(with_amplitude_falling(shape, seed)) for seed in range(20)], axis=0)
    assert spectrum_slope(profile) == pytest.approx(-2, abs=0.15)


def test_a_wave_is_a_peak_at_its_ring():
    columns = np.arange(128)
    wave = np.tile(np.sin(2 * np.pi * columns * 0.25), (64, 1))  # a quarter cycle per pixel, shorter side 64
    profile = radial_profile(wave)
    assert profile.argmax() == 16 - 1
    assert profile[15] > 100 * np.median(profile)


def test_a_checkerboard_of_upsampling_is_seen_at_nyquist():
    columns = np.arange(64)
    plain = with_amplitude_falling((64, 64))
    marked = plain + 0.5 * plain.std() * (-1.0) ** columns
    ratio = radial_profile(marked) / radial_profile(plain)
    assert ratio.argmax() == 31
    assert ratio[:28].max() < 1.01


@pytest.mark.parametrize("change", [lambda p: p + np.uint8(20), lambda p: p[:, ::-1], lambda p: p[::-1]])
def test_brightness_and_mirroring_change_nothing(change):
    picture = (np.clip(noise((40, 60, 3)) * 30 + 100, 0, 200)).astype(np.uint8)
    np.testing.assert_allclose(radial_power_spectrum(change(picture)), radial_power_spectrum(picture), rtol=1e-9)


def test_distance_of_profiles_worked_by_hand():
    assert spectrum_distance(np.array([1.0, 10.0]), np.array([1.0, 10.0])) == 0
    assert spectrum_distance(np.array([10.0, 1.0]), np.array([1.0, 10.0])) == pytest.approx(1)
    assert spectrum_distance(np.array([100.0, 1.0]), np.array([1.0, 1.0])) == pytest.approx(1)


def test_a_flat_picture_has_a_finite_distance():
    flat = radial_power_spectrum(np.full((16, 16, 3), 90, np.uint8))
    assert np.isfinite(spectrum_distance(flat, np.ones(8)))
