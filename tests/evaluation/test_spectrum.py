import numpy as np
import pytest

from sims_core.evaluation.measures.spectrum import (
    find_peaks,
    log_power,
    num_rings,
    plane_spectrum,
    power_spectrum,
    ring_means,
    ring_rises,
    spectrum_distance,
    spectrum_picture,
    spectrum_slope,
)
from sims_core.evaluation.measures.statistics import draw_resamples, every_picture_once, weighted_mean


def radial_profile(plane):
    """The rings that are whole."""
    return ring_means(plane_spectrum(plane))[: num_rings(plane.shape)]


def radial_power_spectrum(picture):
    return ring_means(power_spectrum(picture))[: num_rings(picture.shape[:2])]


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


def all_rings(planes):
    return np.stack([ring_means(plane_spectrum(plane)) for plane in planes])


def peaks_of(planes, real):
    profiles, reference = log_power(all_rings(planes)), log_power(all_rings(real))
    once, resamples = every_picture_once(len(planes)), draw_resamples(len(planes), 300, seed=0)
    found, resampled = (
        ring_rises(weighted_mean(profiles, weights), weighted_mean(reference, weights)) for weights in (once, resamples)
    )
    return find_peaks(found[0], resampled)


SHAPE = (64, 96)
ROW, COLUMN = np.indices(SHAPE)
PATTERNS = {
    "every second column": ((-1.0) ** COLUMN, 32),
    "every second row": ((-1.0) ** ROW, 32),
    "checkerboard": ((-1.0) ** (ROW + COLUMN), 45),  # beyond the rings of the profile: 0.71 cycles per pixel
    "every fourth column": (np.cos(np.pi * COLUMN / 2), 16),
}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_what_upsampling_leaves_is_reported_as_one_peak(pattern):
    wave, ring = PATTERNS[pattern]
    real = [with_amplitude_falling(SHAPE, seed) for seed in range(12)]
    marked = [with_amplitude_falling(SHAPE, 100 + seed) for seed in range(12)]
    marked = [plane + 0.3 * plane.std() * wave for plane in marked]
    (peak,) = peaks_of(marked, real)
    assert peak.ring == ring
    assert peak.rise > 0.3


@pytest.mark.parametrize("num_pictures", [4, 12, 50])
def test_other_pictures_of_one_kind_have_no_peak(num_pictures):
    for first in range(0, 400, 100):
        real = [with_amplitude_falling(SHAPE, first + seed) for seed in range(num_pictures)]
        others = [with_amplitude_falling(SHAPE, 1000 + first + seed) for seed in range(num_pictures)]
        assert peaks_of(others, real) == []
        if num_pictures >= 12:  # power along one axis alone, as that of buildings: few frequencies fill a ring
            assert peaks_of([np.cumsum(p, axis=1) for p in others], [np.cumsum(p, axis=1) for p in real]) == []


def test_blur_is_no_peak_and_a_peak_of_real_photographs_neither():
    real = [with_amplitude_falling(SHAPE, seed) for seed in range(12)]
    blurred = [(plane + np.roll(plane, 1, axis=0) + np.roll(plane, 1, axis=1)) / 3 for plane in real]
    assert peaks_of(blurred, real) == []
    marked = [plane + 0.1 * plane.std() * PATTERNS["every second row"][0] for plane in real]
    assert peaks_of(marked, marked[::-1]) == []


def test_rings_hold_every_frequency_but_zero():
    power = np.arange(1.0, 25.0).reshape(4, 6)
    rings = ring_means(power)
    # shorter side 4: ring 1 holds (0, 1/6), (1/4, 0), (0, 1/3), (1/4, 1/6) and their mirrors, ring 3 the corner at 2.83
    assert len(rings) == 3
    assert rings[2] == power[2, 3]
    assert power_spectrum(np.full((8, 8, 3), 9, np.uint8)).max() < 1e-20


def test_slopes_of_many_profiles_are_those_of_each():
    profiles = np.random.default_rng(0).uniform(1, 2, (3, 9))
    expected = [np.polyfit(np.log10(np.arange(1, 10)), np.log10(p), 1)[0] for p in profiles]
    np.testing.assert_allclose(spectrum_slope(profiles), expected)


def test_the_picture_has_its_zero_frequency_in_the_middle_and_is_scaled_to_the_limits():
    drawn = spectrum_picture(np.log10(plane_spectrum(with_amplitude_falling((32, 48))) + 1e-12), (-3.0, 3.0))
    assert drawn.shape == (32, 48)
    assert drawn.dtype == np.uint8
    assert drawn[14:19, 22:27].mean() > drawn[:4].mean() + 50
    np.testing.assert_array_equal(
        spectrum_picture(np.array([[-9.0, 1.0, 9.0, -1.0]]), (-3.0, 1.0)), [[255, 128, 0, 255]]
    )
