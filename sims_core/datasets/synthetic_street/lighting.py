"""Light of a scene: sun, sky, haze, and the look-ups for cast and contact shadows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sims_core.datasets.synthetic_street.atlas import Atlas
from sims_core.datasets.synthetic_street.geometry import Surface
from sims_core.datasets.synthetic_street.rasteriser import rasterise, sun_view

_CORNER_M = (-45.0, -8.0)
_SIZE_M = (90.0, 120.0)
_SUN_CELLS_PER_M = 7.0
_CONTACT_CELLS_PER_M = 10.0
_SHADOW_BIAS_M = 0.12


@dataclass(frozen=True, kw_only=True)
class Light:
    """The light of one scene; colours are linear RGB, (3,) float64.

    Attributes:
        to_sun: Unit vector.
        sun, sky: Light from the sun on a surface facing it, and from the whole sky.
        zenith, horizon: Colours of the sky.
        cloud: Colour of clouds.
        cloudiness: 0 clear .. 1 overcast.
        cloud_shift: Where in the cloud field this sky is.
        haze_m: Distance at which haze has taken 63 %.
    """

    to_sun: NDArray[np.float64]
    sun: NDArray[np.float64]
    sky: NDArray[np.float64]
    zenith: NDArray[np.float64]
    horizon: NDArray[np.float64]
    cloud: NDArray[np.float64]
    cloudiness: float
    cloud_shift: tuple[float, float]
    haze_m: float

    @property
    def has_shadows(self) -> bool:
        """Whether the sun is strong enough to cast shadows."""
        return bool(self.sun.max() > 0.15)


def draw_light(stream: np.random.Generator) -> Light:
    """Draw the weather and time of day."""
    weather = str(stream.choice(["clear", "fair", "overcast", "evening"], p=(0.32, 0.26, 0.28, 0.14)))
    elevation = float(stream.uniform(0.45, 1.05) if weather != "evening" else stream.uniform(0.2, 0.4))
    azimuth = float(stream.uniform(0, 2 * np.pi))
    to_sun = np.array([np.sin(azimuth) * np.cos(elevation), np.sin(elevation), np.cos(azimuth) * np.cos(elevation)])
    sun, sky, zenith, horizon, cloud, cloudiness = {
        "clear": (
            (1.30, 1.20, 1.02),
            (0.42, 0.48, 0.58),
            (0.16, 0.32, 0.68),
            (0.62, 0.74, 0.86),
            (1.0, 1.0, 1.0),
            0.25,
        ),
        "fair": (
            (0.95, 0.89, 0.78),
            (0.50, 0.54, 0.60),
            (0.26, 0.40, 0.66),
            (0.72, 0.79, 0.86),
            (0.98, 0.98, 1.0),
            0.6,
        ),
        "overcast": (
            (0.05, 0.05, 0.05),
            (0.86, 0.88, 0.92),
            (0.62, 0.66, 0.72),
            (0.86, 0.88, 0.9),
            (0.8, 0.82, 0.86),
            1.0,
        ),
        "evening": (
            (1.20, 0.82, 0.48),
            (0.36, 0.38, 0.46),
            (0.24, 0.34, 0.56),
            (0.95, 0.72, 0.50),
            (1.0, 0.8, 0.66),
            0.45,
        ),
    }[weather]
    strength = float(stream.uniform(0.85, 1.15))
    return Light(
        to_sun=to_sun,
        sun=np.array(sun) * strength,
        sky=np.array(sky),
        zenith=np.array(zenith),
        horizon=np.array(horizon),
        cloud=np.array(cloud),
        cloudiness=float(np.clip(cloudiness + stream.uniform(-0.2, 0.2), 0, 1)),
        cloud_shift=(float(stream.random()), float(stream.random())),
        haze_m=float(np.exp(stream.uniform(np.log(250), np.log(2500)))),
    )


class SunShadows:
    """The highest surface over each point of the ground, seen along the sun's rays."""

    def __init__(self, surfaces: Sequence[Surface], light: Light, atlas: Atlas) -> None:
        """Scan the surfaces once; nothing is in shadow when the light has none."""
        self._heights: NDArray[np.float32] | None = None
        self._slope = light.to_sun[[0, 2]] / light.to_sun[1]
        if not light.has_shadows:
            return
        columns, rows = (round(size * _SUN_CELLS_PER_M) for size in _SIZE_M)
        view = sun_view(surfaces, light.to_sun, _CORNER_M, _SUN_CELLS_PER_M)
        _, heights = rasterise(view, surfaces, atlas, rows, columns)
        self._heights = heights.astype(np.float32)

    def lit_share(self, points_m: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (N,) in 0..1: how much of the sun reaches world points, (N, 3)."""
        if self._heights is None:
            return np.ones(len(points_m))
        ground = points_m[:, [0, 2]] - points_m[:, 1:2] * self._slope
        cell = (ground - np.array(_CORNER_M)) * _SUN_CELLS_PER_M
        low = np.floor(cell)
        across, down = (cell - low).T
        column, row = low.astype(np.int64).T
        height, width = self._heights.shape
        threshold = points_m[:, 1] + _SHADOW_BIAS_M
        outside = (column < 0) | (row < 0) | (column > width - 2) | (row > height - 2)
        column, row = np.clip(column, 0, width - 2), np.clip(row, 0, height - 2)
        flat, start = self._heights.reshape(-1), row * width + column
        free = [flat[start + step] <= threshold for step in (0, 1, width, width + 1)]
        near = free[0] * (1 - across) + free[1] * across
        far = free[2] * (1 - across) + free[3] * across
        share: NDArray[np.float64] = np.where(outside, 1.0, near * (1 - down) + far * down)
        return share


class GroundLight:
    """Brightness of the ground: contact shadows under things, and wear."""

    def __init__(self, footprints: Sequence[tuple[NDArray[np.float64], float]], stream: np.random.Generator) -> None:
        """Draw the outlines, world (x, z) in metres with a darkness of 0..1, and blur them."""
        columns, rows = (round(size * _CONTACT_CELLS_PER_M) for size in _SIZE_M)
        light = np.ones((rows, columns), dtype=np.float32)
        for outline, darkness in footprints:
            cells = np.rint((outline - np.array(_CORNER_M)) * _CONTACT_CELLS_PER_M * 16).astype(np.int32)
            cv2.fillPoly(light, [cells], 1.0 - darkness, cv2.LINE_AA, 4)
        core = cv2.GaussianBlur(light, (0, 0), 1.6)
        wide = cv2.blur(cv2.blur(light, (11, 11)), (11, 11))
        coarse = cv2.resize(
            stream.standard_normal((60, 45)).astype(np.float32), (columns, rows), interpolation=cv2.INTER_CUBIC
        )
        self._light = core * (0.45 + 0.55 * wide) * (1 + 0.035 * coarse)

    def at(self, points_m: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return (N,) brightness factors of world points, (N, 3)."""
        if not len(points_m):
            return np.ones(0, dtype=np.float32)
        cell = (points_m[:, [0, 2]] - np.array(_CORNER_M)) * _CONTACT_CELLS_PER_M
        found = cv2.remap(
            self._light,
            cell[:, 0].astype(np.float32).reshape(-1, 1),
            cell[:, 1].astype(np.float32).reshape(-1, 1),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=1.0,
        )
        factors: NDArray[np.float32] = found.reshape(-1)
        return factors


def sky_colour(light: Light, directions: NDArray[np.float64], atlas: Atlas) -> NDArray[np.float64]:
    """Return (N, 3) linear colours of the sky in unit directions, (N, 3)."""
    height = np.clip(directions[:, 1], 0.0, 1.0)
    blend = (1 - np.exp(-height * 3.5))[:, None]
    clear = light.horizon + blend * (light.zenith - light.horizon)
    towards = np.clip(directions @ light.to_sun, 0, 1)[:, None]
    clear = clear + light.sun * (0.10 * towards**6 + 0.25 * towards**60)
    plane = directions[:, [0, 2]] / (height + 0.12)[:, None] * 0.16
    texture = np.full(len(directions), atlas.index["clouds"], dtype=np.int64)
    near = atlas.sample(texture, plane[:, 0] + light.cloud_shift[0], plane[:, 1] + light.cloud_shift[1],
                        np.zeros(len(directions)))  # fmt: skip
    field = (near[:, 0] - 0.5) * 6 + 0.5 * (near[:, 2] - 0.5) * 6
    threshold = 1.2 - 2.4 * light.cloudiness
    cover = np.clip((field - threshold) / 1.3, 0, 1)[:, None] * (0.55 + 0.4 * light.cloudiness)
    shade = np.clip(1.06 - 0.13 * (field - threshold), 0.66, 1.06)[:, None]
    fade = np.clip(height * 9, 0, 1)[:, None]
    colour: NDArray[np.float64] = clear + cover * fade * (light.cloud * shade - clear)
    return colour
