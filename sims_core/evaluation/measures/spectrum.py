"""Power spectrum: whether pictures have the sharpness statistics of photographs.

Networks that paint textures lose power at high frequencies, or add peaks where they upsample; photo
segments keep the photographs' own spectrum (paper, section 5, "power spectra").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

LUMA_WEIGHTS = (0.299, 0.587, 0.114)
# A perfectly flat picture has no power at all; the floor lies far below 8-bit rounding noise (1e-6).
_FLOOR = 1e-12
# A quarter more power than the neighbours suggest. A hundred rings are looked at, so that an interval of 95 % would
# find five peaks where there are none: four standard errors are asked for.
_LEAST_RISE = 0.1
_NUM_ERRORS = 4
_PEAK_REACH = 6
_FIRST_PEAK_RING = 8
SPECTRUM_RULE = (
    "luma (ITU-R 601) in [0, 1] as float64, mean removed, Hann window, |FFT|^2 per pixel, mean over integer rings "
    "from 1 to the Nyquist frequency of the shorter side, mean over the pictures; the distance is the mean over "
    "the rings of the absolute difference of the log10 profiles"
)
PEAK_RULE = (
    f"rings from {_FIRST_PEAK_RING} to the corner of the spectrum where the mean over the pictures of log10(profile) - "
    f"log10(real profile) rises above its median over the {_PEAK_REACH} rings on either side by more than "
    f"{_LEAST_RISE} and {_NUM_ERRORS} bootstrap standard errors; of neighbouring rings the highest"
)


@dataclass(frozen=True)
class Peak:
    """A ring with more power than its neighbours, compared with real photographs.

    Attributes:
        ring: Its number, in cycles per length of the shorter side.
        rise: log10 of how many times the power exceeds what the neighbours suggest.
    """

    ring: int
    rise: float


def power_spectrum(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the power of one picture at every frequency.

    Args:
        picture: (H, W, 3) uint8 RGB.

    Returns:
        (H, W) float64 power per pixel, in the order of `numpy.fft.fftfreq` on both axes.
    """
    return plane_spectrum(picture.astype(np.float64) @ np.array(LUMA_WEIGHTS) / 255)


def plane_spectrum(plane: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the power of one (H, W) float64 plane at every frequency, see `power_spectrum`."""
    # Without a window, the jump between opposite borders would draw a cross over the spectrum.
    window = np.outer(np.hanning(plane.shape[0]), np.hanning(plane.shape[1]))
    transformed = np.fft.fft2((plane - plane.mean()) * window)
    power: NDArray[np.float64] = np.abs(transformed) ** 2 / np.square(window).sum()
    return power


def ring_means(power: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average a spectrum over all directions.

    Args:
        power: (H, W) of `power_spectrum`.

    Returns:
        (R,) float64; entry i is the mean power of ring i + 1, at (i + 1) / min(H, W) cycles per pixel in
        every direction alike, also when the picture is not square. The rings go as far as the corner, at
        0.71 cycles per pixel, where the pattern of a checkerboard lies; see `num_rings` for the whole ones.
    """
    height_px, width_px = power.shape
    frequency = np.hypot(np.fft.fftfreq(height_px)[:, None], np.fft.fftfreq(width_px)[None, :])
    ring = np.round(frequency * min(height_px, width_px)).astype(np.intp).ravel()
    sums = np.bincount(ring, weights=power.ravel())
    means: NDArray[np.float64] = (sums / np.bincount(ring))[1:]
    return means


def num_rings(frame: tuple[int, int]) -> int:
    """Return the number of rings up to the Nyquist frequency of the shorter side; those beyond are cut by the border.

    Args:
        frame: (height, width) in pixels.
    """
    return min(frame) // 2


def log_power(power: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return log10 of power, with a floor that a picture of 8 bits only reaches when it is flat."""
    logarithms: NDArray[np.float64] = np.log10(np.maximum(power, _FLOOR))
    return logarithms


def spectrum_distance(profile: NDArray[np.float64], reference: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean absolute difference of (..., R) log10 profiles (0 = equal, 1 = ten times on average)."""
    distance: NDArray[np.float64] = np.abs(log_power(profile) - log_power(reference)).mean(axis=-1)
    return distance


def spectrum_slope(profile: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the least-squares slope of log power over log frequency of (..., R) profiles.

    Photographs have about -2, white noise 0.
    """
    position = np.log10(np.arange(1, profile.shape[-1] + 1))
    position -= position.mean()
    slope: NDArray[np.float64] = log_power(profile) @ (position / np.square(position).sum())
    return slope


def ring_rises(mean_log: NDArray[np.float64], reference: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far each ring stands out from its neighbours, beyond what it does in real photographs.

    What upsampling leaves is in every picture; a mean of logarithms hears it in all alike, where a mean of
    powers hears the few pictures with the most texture.

    Args:
        mean_log: (..., R) means over the pictures of the log10 profiles, as far as the corner.
        reference: (..., R) those of the real photographs.

    Returns:
        (..., R) float64: log10 of the ratio of the two, less its median over the rings around; 0 below the
        first ring of `PEAK_RULE`.
    """
    excess = mean_log - reference
    # The median of a wide neighbourhood does not see a peak of two or three rings; mirrored without its last
    # value, so that a peak at the very corner is not its own neighbourhood.
    size = (1,) * (excess.ndim - 1) + (2 * _PEAK_REACH + 1,)
    rises: NDArray[np.float64] = excess - median_filter(excess, size=size, mode="mirror")
    rises[..., : _FIRST_PEAK_RING - 1] = 0
    return rises


def find_peaks(rises: NDArray[np.float64], resampled: NDArray[np.float64]) -> list[Peak]:
    """Find what upsampling leaves: rings that stand out from their neighbours, and surely so.

    Args:
        rises: (R,) of `ring_rises`.
        resampled: (B, R) the same on resamples of the pictures.

    Returns:
        The peaks by ring; of neighbouring rings the highest alone. The rule is `PEAK_RULE`.
    """
    found = np.flatnonzero(rises - _NUM_ERRORS * resampled.std(axis=0) > _LEAST_RISE)
    neighbours = np.split(found, np.flatnonzero(np.diff(found) > 1) + 1)
    highest = [int(group[np.argmax(rises[group])]) for group in neighbours if len(group)]
    return [Peak(index + 1, float(rises[index])) for index in highest]


def spectrum_picture(mean_log: NDArray[np.float64], limits: tuple[float, float]) -> NDArray[np.uint8]:
    """Draw a mean spectrum as the paper does: the zero frequency in the middle, bright where there is power.

    Args:
        mean_log: (H, W) log10 power in the order of the transform.
        limits: What is drawn black and white, in log10 power; alike for all pictures that are compared.

    Returns:
        (H, W) uint8.
    """
    low, high = limits
    scaled = (np.fft.fftshift(mean_log) - low) / max(high - low, 1e-9)
    return np.round(255 * scaled.clip(0, 1)).astype(np.uint8)
