"""Flat textured surfaces and the builder that collects them; world axes: x right, y up, z along the street."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

Colour = tuple[float, float, float]
WHITE: Colour = (1.0, 1.0, 1.0)
UP = np.array([0.0, 1.0, 0.0])


@dataclass(frozen=True, kw_only=True)
class Surface:
    """A convex planar polygon with an affine texture.

    Attributes:
        corners_m: (N, 3) float64 world points in order around the polygon.
        anchor_m: (3, 3) float64 rows: the texture's top-left point, its right edge, its bottom edge as vectors.
        repeats: How often the texture repeats along the two edges.
        texture: Name in the texture library.
        tint: Colour of the texture's painted part, sRGB 0..1.
        label: Category id.
        instance: Instance id, 0 for none.
        one_sided: Invisible from behind; the corner order is then counter-clockwise seen from the front.
        decal: Lies exactly on another surface and covers it (lane markings).
        ground: Receives contact shadows and the ground's wear.
        casts_shadow: Stops the sun.
        gloss: 0..1, how much of the sky it mirrors.
        glow: 0..1, how much light of its own it emits.
        normal: Shading normal, where it differs from the polygon's (foliage, figures).
    """

    corners_m: NDArray[np.float64]
    anchor_m: NDArray[np.float64]
    repeats: tuple[float, float]
    texture: str
    tint: Colour
    label: int
    instance: int
    one_sided: bool = False
    decal: bool = False
    ground: bool = False
    casts_shadow: bool = True
    gloss: float = 0.0
    glow: float = 0.0
    normal: tuple[float, float, float] | None = None


def outward_normals(surfaces: Sequence[Surface]) -> NDArray[np.float64]:
    """Return (S, 3) float64 unit normals of the polygons' fronts."""
    corners = np.stack([s.corners_m[:3] for s in surfaces])
    normals = np.cross(corners[:, 2] - corners[:, 1], corners[:, 1] - corners[:, 0])
    unit: NDArray[np.float64] = normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    return unit


@dataclass(frozen=True)
class Frame:
    """A place on the ground and a heading: local x to the right, y up, z forward."""

    origin_m: NDArray[np.float64]
    heading_rad: float

    def at(self, points_m: ArrayLike) -> NDArray[np.float64]:
        """Return the world coordinates, (..., 3), of local points, (..., 3)."""
        local = np.asarray(points_m, dtype=np.float64)
        sine, cosine = np.sin(self.heading_rad), np.cos(self.heading_rad)
        turn = np.array([[cosine, 0.0, -sine], [0.0, 1.0, 0.0], [sine, 0.0, cosine]])
        world: NDArray[np.float64] = local @ turn + self.origin_m
        return world

    def moved(self, x_m: float = 0.0, y_m: float = 0.0, z_m: float = 0.0, turn_rad: float = 0.0) -> Frame:
        """Return the frame at a local offset, turned further to the right by an angle."""
        return Frame(self.at((x_m, y_m, z_m)), self.heading_rad + turn_rad)


def _upright_anchor(corners_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a quad's texture anchor; on a trapezium the texture stays upright and its longer edge fits."""
    bottom, top = corners_m[1] - corners_m[0], corners_m[2] - corners_m[3]
    across = bottom if bottom @ bottom >= top @ top else top
    middle_top = (corners_m[2] + corners_m[3]) / 2
    return np.stack([middle_top - across / 2, across, (corners_m[0] + corners_m[1]) / 2 - middle_top])


@dataclass
class Builder:
    """Collects surfaces; label and instance are set once for all that follows."""

    viewpoint_m: NDArray[np.float64]
    texture_size_m: dict[str, tuple[float, float]]
    surfaces: list[Surface] = field(default_factory=list)
    footprints: list[tuple[NDArray[np.float64], float]] = field(default_factory=list)
    num_instances: int = 0
    label: int = 0
    instance: int = 0

    def begin(self, label: int, *, is_object: bool = False) -> None:
        """Start a thing of a category; an object gets a new instance id."""
        self.label = label
        self.instance = 0
        if is_object:
            self.num_instances += 1
            self.instance = self.num_instances

    def quad(
        self,
        corners_m: ArrayLike,
        texture: str,
        tint: Colour = WHITE,
        *,
        tiled: bool = False,
        anchor_m: ArrayLike | None = None,
        one_sided: bool = True,
        decal: bool = False,
        ground: bool = False,
        casts_shadow: bool = True,
        gloss: float = 0.0,
        glow: float = 0.0,
        normal: Sequence[float] | None = None,
    ) -> None:
        """Add a polygon; four corners run bottom-left, bottom-right, top-right, top-left seen from its front.

        The texture is stretched over it, or `tiled` at its own size; `anchor_m` (top-left point, right edge,
        bottom edge) places it otherwise, and is needed for polygons that are no quads.
        """
        corners = np.asarray(corners_m, dtype=np.float64)
        anchor = _upright_anchor(corners) if anchor_m is None else np.asarray(anchor_m, dtype=np.float64)
        repeats = (1.0, 1.0)
        if tiled:
            width_m, height_m = self.texture_size_m[texture]
            repeats = (float(np.linalg.norm(anchor[1])) / width_m, float(np.linalg.norm(anchor[2])) / height_m)
        self.surfaces.append(
            Surface(
                corners_m=corners,
                anchor_m=anchor,
                repeats=repeats,
                texture=texture,
                tint=tint,
                label=self.label,
                instance=self.instance,
                one_sided=one_sided,
                decal=decal,
                ground=ground,
                casts_shadow=casts_shadow,
                gloss=gloss,
                glow=glow,
                normal=None if normal is None else (float(normal[0]), float(normal[1]), float(normal[2])),
            )
        )

    def box(
        self,
        frame: Frame,
        low_m: Sequence[float],
        high_m: Sequence[float],
        textures: str | dict[str, str],
        tint: Colour = WHITE,
        *,
        tiled: bool = False,
        gloss: float = 0.0,
    ) -> None:
        """Add an upright box between two local corners.

        `textures` is one name or names for front (+z), back, left, right, top; a missing side is left out.
        """
        (x0, y0, z0), (x1, y1, z1) = low_m, high_m
        faces = {
            "front": [(x1, y0, z1), (x0, y0, z1), (x0, y1, z1), (x1, y1, z1)],
            "back": [(x0, y0, z0), (x1, y0, z0), (x1, y1, z0), (x0, y1, z0)],
            "left": [(x0, y0, z1), (x0, y0, z0), (x0, y1, z0), (x0, y1, z1)],
            "right": [(x1, y0, z0), (x1, y0, z1), (x1, y1, z1), (x1, y1, z0)],
            "top": [(x0, y1, z0), (x1, y1, z0), (x1, y1, z1), (x0, y1, z1)],
        }
        for side, corners in faces.items():
            name = textures if isinstance(textures, str) else textures.get(side)
            if name is not None:
                self.quad(frame.at(corners), name, tint, tiled=tiled, gloss=gloss)

    def billboard(
        self,
        base_m: NDArray[np.float64],
        texture: str,
        tint: Colour = WHITE,
        *,
        scale: float = 1.0,
        mirrored: bool = False,
        lean: float = 0.0,
        glow: float = 0.0,
        normal: Sequence[float] | None = None,
    ) -> None:
        """Add an upright picture of its own size (times scale) that faces the viewpoint, standing on `base_m`."""
        width_m, height_m = (scale * size for size in self.texture_size_m[texture])
        away = base_m - self.viewpoint_m
        angle = float(np.arctan2(away[0], away[2]))
        half = -width_m / 2 if mirrored else width_m / 2
        frame = Frame(base_m, angle)
        corners = [(-half, 0, 0), (half, 0, 0), (half + lean, height_m, 0), (-half + lean, height_m, 0)]
        self.quad(frame.at(corners), texture, tint, one_sided=False, glow=glow, normal=normal)

    def contact(self, frame: Frame, half_width_m: float, half_length_m: float, darkness: float) -> None:
        """Darken the ground under a footprint."""
        x, z = half_width_m, half_length_m
        outline = frame.at([(-x, 0, -z), (x, 0, -z), (x, 0, z), (-x, 0, z)])[:, [0, 2]]
        self.footprints.append((outline, darkness))
