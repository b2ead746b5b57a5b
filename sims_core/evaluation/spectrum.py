"""Radial power spectrum: whether pictures have the sharpness statistics of photographs.

Networks that paint textures lose power at high frequencies, or add peaks where they upsample; photo
segments keep the photographs' own spectrum (paper, section 5, "power spectra").
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LUMA_WEIGHTS = (0.299, 0.587, 0.114)
SPECTRUM_RULE = (
    "luma (ITU-R 601) in [0, 1] as float64, mean removed, Hann window, |FFT|^2 per pixel, mean over integer rings "
    "from 1 to the Nyquist frequency of the shorter side, mean over the pictures; the distance is the mean over "
    "the rings of the absolute difference of the log10 profiles"
)


def radial_power_spectrum(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the radial power profile of one picture.

    Args:
        picture: (H, W, 3) uint8 RGB.

    Returns:
        (min(H, W) // 2,) float64; entry i is the mean power of ring i + 1, at (i + 1) / min(H, W)
        cycles per pixel, in every direction alike also when the picture is not square.
    """
    luma = picture.astype(np.float64) @ np.array(LUMA_WEIGHTS) / 255
    return radial_profile(luma)


def radial_profile(plane: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the radial power profile of one (H, W) float64 plane, see `radial_power_spectrum`."""
    height, width = plane.shape
    # Without a window, the jump between opposite borders would draw a cross over the spectrum.
    window = np.outer(np.hanning(height), np.hanning(width))
    transformed = np.fft.fft2((plane - plane.mean()) * window)
    power = np.abs(transformed) ** 2 / np.square(window).sum()
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None, :])
    shorter_px = min(height, width)
    ring = np.round(frequency * shorter_px).astype(np.intp).ravel()
    sums = np.bincount(ring, weights=power.ravel())
    profile: NDArray[np.float64] = (sums / np.bincount(ring))[1 : shorter_px // 2 + 1]
    return profile


def spectrum_distance(profile: NDArray[np.float64], reference: NDArray[np.float64]) -> float:
    """Return the mean absolute difference of two log10 profiles (0 = equal, 1 = ten times on average)."""
    return float(np.abs(_log(profile) - _log(reference)).mean())


def spectrum_slope(profile: NDArray[np.float64]) -> float:
    """Return the slope of log power over log frequency; photographs have about -2, white noise 0."""
    rings = np.arange(1, len(profile) + 1)
    return float(np.polyfit(np.log10(rings), _log(profile), deg=1)[0])


def _log(profile: NDArray[np.float64]) -> NDArray[np.float64]:
    # A perfectly flat picture has no power at all; the floor lies far below 8-bit rounding noise (1e-6).
    return np.log10(np.maximum(profile, 1e-12))
