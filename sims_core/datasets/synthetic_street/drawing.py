"""Drawing textures in metres: a canvas of flat and rounded shapes, noise, and scikit-image's bundled photographs."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sims_core.base.seeding import random_stream
from sims_core.datasets.synthetic_street.atlas import Texture
from sims_core.datasets.synthetic_street.geometry import Colour

Mask = NDArray[np.float32]
Point = tuple[float, float]
BLACK: Colour = (0.0, 0.0, 0.0)
_SHIFT = 4


def texture_stream(name: str) -> np.random.Generator:
    """Return the fixed random stream of a texture; textures are the same in every data set."""
    return random_stream(0, "synthetic_street_texture", name)


@cache
def bundled_photo(file_name: str) -> NDArray[np.float32]:
    """Return (H, W, 3) float32 in [0, 1]: a photograph inside the installed scikit-image package."""
    spec = importlib.util.find_spec("skimage")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("scikit-image is not installed")
    path = Path(spec.submodule_search_locations[0]) / "data" / file_name
    return np.asarray(read_rgb(path) / 255, dtype=np.float32)


def read_rgb(path: Path) -> NDArray[np.uint8]:
    """Return a picture of the installed package, (H, W, 3) uint8 RGB; nobody else's files come here."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


@cache
def flat_photo(file_name: str, size_px: int = 256) -> Mask:
    """Return (size, size) float32 around 1: a bundled photo's brightness, evened out and tileable."""
    grey = cv2.resize(bundled_photo(file_name).mean(axis=2), (size_px, size_px), interpolation=cv2.INTER_AREA)
    even = grey / cv2.GaussianBlur(grey, (0, 0), size_px / 10, borderType=cv2.BORDER_REFLECT)
    rolled = np.roll(even, (size_px // 2, size_px // 2), axis=(0, 1))
    ramp = np.minimum(np.arange(size_px), np.arange(size_px)[::-1]) / (size_px / 8)
    centre = np.clip(np.minimum(ramp[:, None], ramp[None, :]), 0, 1).astype(np.float32)
    blended: Mask = even * centre + rolled * (1 - centre)
    return blended


def noise(stream: np.random.Generator, shape: tuple[int, int], roughness: float = 1.0, finest_px: float = 1.0) -> Mask:
    """Return tileable noise of many octaves, float32 with mean 0 and deviation 1.

    Args:
        stream: Where the numbers come from.
        shape: Height and width.
        roughness: Amplitude falls as frequency to this power; 0 is white, 2 is smooth.
        finest_px: Wavelengths below this are left out.
    """
    spectrum = np.fft.rfft2(stream.standard_normal(shape))
    frequency = np.hypot(np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None, :])
    frequency[0, 0] = 1.0
    gain = frequency**-roughness * (frequency < 1 / finest_px)
    gain[0, 0] = 0.0
    field = np.fft.irfft2(spectrum * gain, s=shape)
    scaled: Mask = (field / max(float(field.std()), 1e-9)).astype(np.float32)
    return scaled


class Canvas:
    """A texture being drawn; x runs right from the middle, y up from the bottom edge, both in metres."""

    def __init__(self, size_m: tuple[float, float], size_px: tuple[int, int]) -> None:
        """Start empty; sizes are (width, height), pixels powers of two."""
        self.size_m = size_m
        self.shape = (size_px[1], size_px[0])
        self.base = np.zeros((*self.shape, 3), dtype=np.float32)
        self.paint = np.zeros(self.shape, dtype=np.float32)
        self.alpha = np.zeros(self.shape, dtype=np.float32)

    def _to_px(self, points_m: Sequence[Point]) -> NDArray[np.int32]:
        points = np.asarray(points_m, dtype=np.float64)
        scale = np.array([self.shape[1] / self.size_m[0], self.shape[0] / self.size_m[1]])
        x = (points[:, 0] + self.size_m[0] / 2) * scale[0] - 0.5
        y = (self.size_m[1] - points[:, 1]) * scale[1] - 0.5
        return np.asarray(np.rint(np.stack([x, y], axis=1) * (1 << _SHIFT)), dtype=np.int32)

    def _blank(self) -> NDArray[np.uint8]:
        return np.zeros(self.shape, dtype=np.uint8)

    def polygon(self, points_m: Sequence[Point]) -> Mask:
        """Return the mask of a filled polygon."""
        picture = cv2.fillPoly(self._blank(), [self._to_px(points_m)], 255, cv2.LINE_AA, _SHIFT)
        return _unit(picture)

    def rectangle(self, left_m: float, bottom_m: float, right_m: float, top_m: float) -> Mask:
        """Return the mask of an upright rectangle."""
        return self.polygon([(left_m, bottom_m), (right_m, bottom_m), (right_m, top_m), (left_m, top_m)])

    def ellipse(self, x_m: float, y_m: float, radius_x_m: float, radius_y_m: float | None = None) -> Mask:
        """Return the mask of a filled ellipse, a circle without the second radius."""
        radius_y_m = radius_x_m if radius_y_m is None else radius_y_m
        angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        return self.polygon(
            [(x_m + radius_x_m * float(np.cos(a)), y_m + radius_y_m * float(np.sin(a))) for a in angles]
        )

    def line(self, points_m: Sequence[Point], width_m: float) -> Mask:
        """Return the mask of a line with round ends."""
        scale = self.shape[1] / self.size_m[0]
        thickness = max(1, round(width_m * scale))
        picture = cv2.polylines(self._blank(), [self._to_px(points_m)], False, 255, thickness, cv2.LINE_AA, _SHIFT)
        return _unit(picture)

    def limb(self, points_m: Sequence[Point], widths_m: Sequence[float]) -> Mask:
        """Return the mask of a chain of segments whose width changes at each point."""
        mask = np.zeros(self.shape, dtype=np.float32)
        for (start, end), (wide, narrow) in zip(pairwise(points_m), pairwise(widths_m), strict=True):
            along = np.array(end) - np.array(start)
            side = np.array([-along[1], along[0]]) / max(float(np.linalg.norm(along)), 1e-6)
            outline = [
                start + side * wide / 2,
                end + side * narrow / 2,
                end - side * narrow / 2,
                start - side * wide / 2,
            ]
            mask = np.maximum(mask, self.polygon([(float(p[0]), float(p[1])) for p in outline]))
            mask = np.maximum(mask, self.ellipse(*start, wide / 2))
            mask = np.maximum(mask, self.ellipse(*end, narrow / 2))
        return mask

    def fill(self, mask: Mask, colour: Colour = BLACK, *, tint: float = 0.0, rounded: float = 0.0) -> None:
        """Paint a mask in its own colour plus `tint` times the surface's tint; `rounded` darkens its rim."""
        left, top, width, height = cv2.boundingRect((mask > 0).astype(np.uint8))
        box = (slice(top, top + height), slice(left, left + width))
        inside, shade = mask[box], np.ones((height, width), dtype=np.float32)
        if rounded > 0 and inside.size:
            padded = cv2.copyMakeBorder((inside > 0.5).astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
            rim = cv2.distanceTransform(padded, cv2.DIST_L2, 3)[1:-1, 1:-1]
            depth = np.sqrt(np.clip(rim / max(float(rim.max()), 1e-6) * 1.2, 0, 1))
            shade = np.asarray(1 - rounded * (1 - cv2.GaussianBlur(depth, (0, 0), 1.0)), dtype=np.float32)
        self.base[box] += inside[..., None] * (shade[..., None] * np.asarray(colour, dtype=np.float32) - self.base[box])
        self.paint[box] += inside * (tint * shade - self.paint[box])
        self.alpha[box] = np.maximum(self.alpha[box], inside)

    def shade(self, factor: Mask) -> None:
        """Multiply everything drawn by a brightness map."""
        self.base *= factor[..., None]
        self.paint *= factor

    def texture(self, *, thicken: float = 1.0) -> Texture:
        """Return the finished texture."""
        return make_texture(self.base, self.paint, self.alpha, self.size_m, thicken=thicken)


def make_texture(
    base: NDArray[np.float32] | None,
    paint: Mask | None,
    alpha: Mask | None,
    size_m: tuple[float, float],
    *,
    thicken: float = 1.0,
) -> Texture:
    """Assemble a texture from own colour (H, W, 3), tint weight (H, W) and opacity (H, W); None is 0, 0 and 1."""
    given = base if base is not None else paint
    if given is None:
        raise ValueError("a texture needs a colour or a tint weight")
    pixels = np.zeros((*given.shape[:2], 5), dtype=np.float32)
    pixels[..., 4] = 1.0 if alpha is None else alpha
    if base is not None:
        pixels[..., :3] = base
    if paint is not None:
        pixels[..., 3] = paint
    pixels[..., :4] *= pixels[..., 4:]
    return Texture(np.clip(pixels, 0, 1, dtype=np.float32), size_m, thicken)


def _unit(picture: NDArray[Any]) -> Mask:
    return np.asarray(picture / 255, dtype=np.float32)
