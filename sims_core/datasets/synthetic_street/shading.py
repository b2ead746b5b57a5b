"""Colour of every sample: texture, sun with cast shadows, skylight, reflections, haze."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sims_core.datasets.synthetic_street.atlas import Atlas
from sims_core.datasets.synthetic_street.geometry import outward_normals
from sims_core.datasets.synthetic_street.lighting import GroundLight, Light, SunShadows, sky_colour
from sims_core.datasets.synthetic_street.rasteriser import View
from sims_core.datasets.synthetic_street.world import World
from sims_core.scenes.classes import Role
from sims_core.scenes.street_categories import CANONICAL

_CHUNK = 30_000
"""Samples at a time: fits the cache, and OpenCV looks up fewer than 32768 at once."""
_SHARPNESS = 0.35
"""Texture level: this share follows the finer direction of a slanted texture, the rest the coarser one."""


class Shader:
    """Shades the samples of one view."""

    def __init__(
        self, world: World, view: View, atlas: Atlas, matrix: NDArray[np.float64], stream: np.random.Generator
    ) -> None:
        """Prepare tables by surface; `matrix` is the view's, `stream` draws the ground's wear."""
        surfaces = world.surfaces
        self._world, self._view, self._atlas, self._matrix = world, view, atlas, matrix
        self._shadows = SunShadows(surfaces, world.light, atlas)
        self._ground = GroundLight(world.footprints, stream)
        self._texture = np.array([atlas.index[s.texture] for s in surfaces])
        self._tint = np.array([s.tint for s in surfaces], dtype=np.float32)
        self._gloss = np.array([s.gloss for s in surfaces], dtype=np.float32)
        self._glow = np.array([s.glow for s in surfaces], dtype=np.float32)
        self._is_ground = np.array([s.ground for s in surfaces])
        objects = CANONICAL.ids_with_role(Role.OBJECT)
        self._is_object = np.array([s.label in objects for s in surfaces])
        self._normals = self._facing_normals()
        self._sun, self._ambient = _light_by_surface(self._normals, world.light)

    def _facing_normals(self) -> NDArray[np.float64]:
        """Return unit normals towards the camera, or the surfaces' own shading normals."""
        surfaces = self._world.surfaces
        normals = outward_normals(surfaces)
        origins = np.stack([s.anchor_m[0] for s in surfaces]) - self._world.camera.position_m
        away = np.einsum("si,si->s", normals, origins) > 0
        normals[away] *= -1
        for index, surface in enumerate(surfaces):
            if surface.normal is not None:
                normals[index] = surface.normal
        unit: NDArray[np.float64] = normals / np.linalg.norm(normals, axis=1, keepdims=True)
        return unit

    def shade(self, winner: NDArray[np.int32], nearness: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return (rows, columns, 3) float32 linear light; `winner` is -1 in the sky."""
        light = np.empty((*winner.shape, 3), dtype=np.float32).reshape(-1, 3)
        columns = winner.shape[1]
        for start in range(0, winner.size, _CHUNK):
            flat = np.arange(start, min(start + _CHUNK, winner.size))
            x, y = (flat % columns).astype(np.float64), (flat // columns).astype(np.float64)
            which, near = winner.reshape(-1)[flat], nearness.reshape(-1)[flat]
            rays = self._world.camera.rays(x, y, self._matrix)
            length = np.linalg.norm(rays, axis=1)
            sky = which < 0
            if sky.any():
                unit = rays[sky] / length[sky, None]
                light[flat[sky]] = sky_colour(self._world.light, unit, self._atlas)
            solid = ~sky
            if solid.any():
                light[flat[solid]] = self._shade_solid(
                    which[solid], x[solid], y[solid], near[solid], rays[solid], length[solid]
                )
        return light.reshape(*winner.shape, 3)

    def _shade_solid(
        self,
        which: NDArray[np.int32],
        x: NDArray[np.float64],
        y: NDArray[np.float64],
        near: NDArray[np.float64],
        rays: NDArray[np.float64],
        length: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        depth = 1.0 / near
        points = self._world.camera.position_m + rays * depth[:, None]
        albedo = self._albedo(which, x, y)
        height = points[:, 1]
        fall = np.where(self._is_object[which], 0.55 + 0.45 * np.clip(height / 0.7, 0, 1),
                        0.74 + 0.26 * np.clip(height / 5.0, 0, 1))  # fmt: skip
        ground = self._is_ground[which]
        fall[ground] = self._ground.at(points[ground])
        lit = np.zeros(len(which))
        turned = self._sun[which].max(axis=1) > 0
        lit[turned] = self._shadows.lit_share(points[turned] + 0.08 * self._normals[which[turned]])
        lit *= np.where(ground, np.clip(fall * 1.5 - 0.4, 0, 1.2), 1.0)
        colour = albedo * (
            self._ambient[which] * fall[:, None] + self._sun[which] * lit[:, None] + self._glow[which, None] * 2.0
        )
        glossy = np.flatnonzero(self._gloss[which] > 0)
        if len(glossy):
            colour[glossy] += self._mirrored(which[glossy], rays[glossy] / length[glossy, None], fall[glossy])
        haze = (1 - np.exp(-depth * length / self._world.light.haze_m))[:, None]
        hazy: NDArray[np.float64] = colour + haze * (self._world.light.horizon * 0.9 - colour)
        return hazy

    def _albedo(self, which: NDArray[np.int32], x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (N, 3) linear surface colours at grid points."""
        rows = self._view.rows[which]
        ones = np.stack([x, y, np.ones_like(x)], axis=1)
        u, v, weight = np.einsum("nki,ni->kn", rows[:, :3], ones)
        u, v = u / weight, v / weight
        texture = self._texture[which]
        size = self._atlas.size_px[texture]
        steps = (rows[:, :2, :2] - np.stack([u, v], axis=1)[:, :, None] * rows[:, 2:3, :2]) / weight[:, None, None]
        texels = np.linalg.norm(steps * size[:, :, None], axis=1)
        large, small = np.maximum(texels.max(axis=1), 1e-6), np.maximum(texels.min(axis=1), 1e-6)
        level = (1 - _SHARPNESS) * np.log2(large) + _SHARPNESS * np.log2(small)
        sample = self._atlas.sample(texture, u, v, level)
        colour = np.clip(sample[:, :3] + sample[:, 3:] * self._tint[which], 0, 1)
        albedo: NDArray[np.float64] = (colour * colour).astype(np.float64)
        return albedo

    def _mirrored(
        self, which: NDArray[np.int32], directions: NDArray[np.float64], fall: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return (N, 3) light that glossy surfaces reflect from the sky, the houses and the road."""
        normals = self._normals[which]
        cosine = np.einsum("ni,ni->n", directions, normals)
        bounced = directions - 2 * cosine[:, None] * normals
        light = self._world.light
        up = np.clip(bounced[:, 1:2] * 2.2, 0, 1)
        scene = 0.16 * light.sky + up * (0.75 * light.horizon + 0.25 * light.zenith - 0.16 * light.sky)
        share = self._gloss[which] * (0.12 + 0.88 * (1 - np.clip(-cosine, 0, 1)) ** 4)
        return np.asarray(scene * (share * fall)[:, None])


def _light_by_surface(normals: NDArray[np.float64], light: Light) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the sun's and the sky's light on each surface, (S, 3) each."""
    facing = np.clip(normals @ light.to_sun, 0, None)
    open_sky = 0.5 + 0.5 * normals[:, 1]
    bounce = 0.22 * (light.sky + light.sun * light.to_sun[1] * 0.7)
    ambient = open_sky[:, None] * light.sky + (1 - open_sky)[:, None] * bounce + 0.08 * light.sky
    return facing[:, None] * light.sun, ambient
