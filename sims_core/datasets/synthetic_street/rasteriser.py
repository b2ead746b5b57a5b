"""Which surface is seen at each sample: scan conversion of textured polygons with a depth buffer.

A view maps a surface's texture plane to the screen by a 3 x 3 matrix H: (x z, y z, z) = H (u, v, 1). The rows of
its inverse are linear in the screen and give u / z, v / z and 1 / z, so one form serves the perspective camera
and the sun's parallel projection (where z is 1 and nearness is the height above ground).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sims_core.datasets.synthetic_street.atlas import Atlas
from sims_core.datasets.synthetic_street.camera import NEAR_M, Camera
from sims_core.datasets.synthetic_street.geometry import Surface, outward_normals

_EDGE_ON = 1e-9
_DECAL_TOLERANCE = 1e-5


@dataclass(frozen=True)
class View:
    """Surfaces as seen on a grid.

    Attributes:
        outlines: Per surface (N, 2) float64 grid points (x, y), or None where it cannot be seen.
        rows: (S, 4, 3) float64: numerators of u and v in texture repeats, their denominator, and nearness.
    """

    outlines: list[NDArray[np.float64] | None]
    rows: NDArray[np.float64]


def perspective_view(surfaces: Sequence[Surface], camera: Camera, matrix: NDArray[np.float64]) -> View:
    """Return the view of a camera under a pixel or sample matrix; nearness is 1 / depth."""
    project = matrix @ camera.rotation
    anchors = np.stack([s.anchor_m for s in surfaces])
    origins = anchors[:, 0] - camera.position_m
    planes = np.stack([anchors[:, 1], anchors[:, 2], origins], axis=2)
    rows, usable = _inverse_rows(project @ planes, surfaces)
    from_behind = np.einsum("si,si->s", outward_normals(surfaces), origins) >= 0
    hidden = np.array([s.one_sided for s in surfaces]) & from_behind
    outlines: list[NDArray[np.float64] | None] = []
    counts = np.array([len(s.corners_m) for s in surfaces])
    corners = (np.concatenate([s.corners_m for s in surfaces]) - camera.position_m) @ project.T
    for index, stop in enumerate(np.cumsum(counts)):
        points = corners[stop - counts[index] : stop]
        in_front = points[:, 2] >= NEAR_M
        if hidden[index] or not usable[index] or not in_front.any():
            outlines.append(None)
            continue
        if not in_front.all():
            points = _clip_near(points)
        outlines.append(points[:, :2] / points[:, 2:])
    return View(outlines, np.concatenate([rows, rows[:, 2:]], axis=1))


def sun_view(
    surfaces: Sequence[Surface], to_sun: NDArray[np.float64], corner_m: tuple[float, float], cells_per_m: float
) -> View:
    """Return the view along the sun's rays on a ground grid (x across, z down); nearness is height in metres."""
    slope = to_sun[[0, 2]] / to_sun[1]

    def on_ground(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray((points[..., [0, 2]] - points[..., 1:2] * slope) * cells_per_m, dtype=np.float64)

    anchors = np.stack([s.anchor_m for s in surfaces])
    planes = np.zeros((len(surfaces), 3, 3))
    planes[:, :2, :] = np.moveaxis(on_ground(anchors), 1, 2)[:, :, [1, 2, 0]]
    offset = np.array(corner_m) * cells_per_m
    planes[:, :2, 2] -= offset
    planes[:, 2, 2] = 1.0
    rows, usable = _inverse_rows(planes, surfaces)
    repeats = np.array([s.repeats for s in surfaces])
    heights = anchors[:, [1, 2, 0], 1]
    heights[:, :2] /= repeats
    nearness = np.einsum("sk,skj->sj", heights, rows)
    outlines = [
        on_ground(s.corners_m) - offset if usable[i] and s.casts_shadow else None for i, s in enumerate(surfaces)
    ]
    return View(outlines, np.concatenate([rows, nearness[:, None]], axis=1))


def rasterise(
    view: View, surfaces: Sequence[Surface], atlas: Atlas, height: int, width: int
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return the nearest surface's index, (height, width) int32 with -1 for none, and its nearness, float64 (0)."""
    winner = np.full((height, width), -1, dtype=np.int32)
    nearness = np.zeros((height, width))
    order = [i for i, s in enumerate(surfaces) if not s.decal] + [i for i, s in enumerate(surfaces) if s.decal]
    for index in order:
        outline = view.outlines[index]
        if outline is None:
            continue
        spans = _row_spans(outline, height, width)
        if spans is None:
            continue
        top, left, starts, stops = spans
        columns = np.arange(left, int(stops.max()))
        rows = np.arange(top, top + len(starts), dtype=np.float64)
        block = (slice(top, top + len(starts)), slice(left, left + len(columns)))
        a, b, c = view.rows[index, 3]
        near = (a * columns)[None, :] + (b * rows + c)[:, None]
        inside = (columns >= starts[:, None]) & (columns < stops[:, None])
        if surfaces[index].decal:
            inside &= np.abs(near - nearness[block]) <= _DECAL_TOLERANCE * near
        else:
            inside &= near > nearness[block]
        texture = atlas.index[surfaces[index].texture]
        if atlas.has_holes[texture] and inside.any():
            _punch_holes(inside, view.rows[index], columns, rows, atlas, texture, outline)
        np.copyto(nearness[block], near, where=inside)
        winner[block][inside] = index
    return winner, nearness


def _inverse_rows(
    planes: NDArray[np.float64], surfaces: Sequence[Surface]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    determinants = np.linalg.det(planes)
    usable = np.abs(determinants) > _EDGE_ON
    planes = np.where(usable[:, None, None], planes, np.eye(3))
    rows = np.asarray(np.linalg.inv(planes), dtype=np.float64)
    rows[:, :2] *= np.array([s.repeats for s in surfaces])[:, :, None]
    return rows, usable


def _clip_near(points: NDArray[np.float64]) -> NDArray[np.float64]:
    kept: list[NDArray[np.float64]] = []
    for here, following in zip(points, _following(points), strict=True):
        if here[2] >= NEAR_M:
            kept.append(here)
        if (here[2] >= NEAR_M) != (following[2] >= NEAR_M):
            share = (NEAR_M - here[2]) / (following[2] - here[2])
            kept.append(here + share * (following - here))
    return np.stack(kept)


def _row_spans(
    outline: NDArray[np.float64], height: int, width: int
) -> tuple[int, int, NDArray[np.int64], NDArray[np.int64]] | None:
    """Return (top, left, starts, stops): per row the half-open columns whose samples a convex polygon covers."""
    low, high = outline.min(axis=0), outline.max(axis=0)
    if high[0] < 0 or high[1] < 0 or low[0] > width - 1 or low[1] > height - 1:
        return None
    top, bottom = max(0, int(np.ceil(low[1]))), min(height, int(np.floor(high[1])) + 1)
    if bottom <= top:
        return None
    rows = np.arange(top, bottom, dtype=np.float64)[:, None]
    x0, y0 = outline[:, 0], outline[:, 1]
    x1, y1 = _following(x0), _following(y0)
    crosses = (y0 <= rows) != (y1 <= rows)
    run = np.where(y1 == y0, 1.0, y1 - y0)
    x = x0 + (rows - y0) * ((x1 - x0) / run)
    ends = np.stack([np.where(crosses, x, np.inf).min(axis=1), np.where(crosses, x, -np.inf).max(axis=1)])
    starts, stops = np.ceil(ends.clip(0, width)).astype(np.int64)
    covered = stops > starts
    if not covered.any():
        return None
    return top, int(starts[covered].min()), starts, stops


def _following(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return of each corner's value that of the next corner; `np.roll` takes ten times as long for so few."""
    return np.concatenate([values[1:], values[:1]])


def _punch_holes(
    inside: NDArray[np.bool_],
    rows_of: NDArray[np.float64],
    columns: NDArray[np.int64],
    rows: NDArray[np.float64],
    atlas: Atlas,
    texture: int,
    outline: NDArray[np.float64],
) -> None:
    """Clear, in place, the samples of a mask that fall into the texture's holes."""
    corner = np.concatenate([outline, np.ones((len(outline), 1))], axis=1) @ rows_of[:3].T
    texels = corner[:, :2] / corner[:, 2:] * atlas.size_px[texture]
    ratio = _area(texels) / max(_area(outline), 1e-6)
    level = atlas.clamp_level(texture, 0.5 * float(np.log2(max(ratio, 1e-6))))
    row_index, column_index = np.nonzero(inside)
    x, y = columns[column_index], rows[row_index]
    u, v, weight = (a * x + b * y + c for a, b, c in rows_of[:3])
    inside[row_index, column_index] = atlas.is_solid(texture, u / weight, v / weight, level)


def _area(points: NDArray[np.float64]) -> float:
    x, y = points[:, 0], points[:, 1]
    return float(abs(np.dot(x, _following(y)) - np.dot(y, _following(x))) / 2)
