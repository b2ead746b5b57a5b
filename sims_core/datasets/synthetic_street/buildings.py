"""Houses with roofs and shops, walls, fences and hedges along the building line."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from sims_core.datasets.synthetic_street import categories as category
from sims_core.datasets.synthetic_street.facades import NUM_BAYS, NUM_FACADES, NUM_FLOORS, NUM_POSTERS, NUM_SHOPS
from sims_core.datasets.synthetic_street.geometry import Builder, Colour, Frame

_MATERIALS = ("plaster", "brick", "plaster", "stone", "plaster", "concrete")
_COLOURS: dict[str, tuple[Colour, ...]] = {
    "plaster": (
        (0.88, 0.84, 0.74),
        (0.90, 0.89, 0.86),
        (0.83, 0.72, 0.52),
        (0.74, 0.74, 0.72),
        (0.82, 0.66, 0.56),
        (0.66, 0.72, 0.74),
        (0.72, 0.75, 0.64),
        (0.62, 0.48, 0.40),
        (0.87, 0.80, 0.60),
    ),
    "brick": ((0.72, 0.42, 0.32), (0.60, 0.36, 0.29), (0.76, 0.62, 0.45), (0.52, 0.34, 0.30)),
    "stone": ((0.80, 0.75, 0.66), (0.68, 0.66, 0.62), (0.76, 0.66, 0.54)),
    "concrete": ((0.72, 0.72, 0.71), (0.60, 0.61, 0.62), (0.78, 0.77, 0.73)),
}
_ROOFS: tuple[Colour, ...] = ((0.55, 0.27, 0.19), (0.45, 0.24, 0.18), (0.32, 0.32, 0.34), (0.42, 0.40, 0.38))
_SIGNS: tuple[Colour, ...] = ((0.6, 0.1, 0.1), (0.1, 0.25, 0.45), (0.12, 0.35, 0.2), (0.2, 0.2, 0.2), (0.7, 0.5, 0.1))


def add_building(
    builder: Builder,
    stream: np.random.Generator,
    frame: Frame,
    width_m: float,
    num_floors: int,
    *,
    shop: bool,
    pitched: bool,
) -> None:
    """Add a house whose front lies on the frame's x axis, centred, and faces its negative z axis."""
    builder.begin(category.BUILDING)
    number = int(stream.integers(NUM_FACADES))
    material = _MATERIALS[number % len(_MATERIALS)]
    colours = _COLOURS[material]
    tint = colours[int(stream.integers(len(colours)))]
    floor_m = builder.texture_size_m[f"facade_{number}"][1] / NUM_FLOORS
    base_m = 4.0 if shop else 0.0
    top_m = base_m + num_floors * floor_m
    depth_m = float(stream.uniform(9, 13))
    _fronts(builder, stream, frame, (width_m, depth_m), (base_m, top_m), num_floors, f"facade_{number}", material, tint)
    half = width_m / 2
    if shop:
        _shop(builder, stream, frame, half, depth_m, material, tint)
    else:
        door = float(stream.uniform(-half + 1.2, half - 1.2))
        builder.box(frame, (door - 0.6, 0, -0.12), (door + 0.6, 2.5, 0.1), "plain", _SIGNS[int(stream.integers(5))])
        plinth = {"back": "wall_concrete", "left": "wall_concrete", "right": "wall_concrete", "top": "plain"}
        dull = (tint[0] * 0.7, tint[1] * 0.7, tint[2] * 0.7)
        builder.box(frame, (-half, 0, -0.06), (half, 0.7, 1.0), plinth, dull, tiled=True)
    if stream.random() < 0.3 and num_floors > 2:
        _balconies(builder, stream, frame, half, base_m, floor_m, num_floors)
    roof = _ROOFS[int(stream.integers(len(_ROOFS)))]
    if pitched:
        _pitched_roof(builder, frame, half, depth_m, top_m, roof, (material, tint), float(stream.uniform(0.5, 0.9)))
    else:
        ledge = float(stream.uniform(0.12, 0.4))
        builder.box(frame, (-half, top_m - 0.1, -ledge), (half, top_m + 0.35, depth_m), "plain", tint)
    if stream.random() < 0.5:
        x, z = float(stream.uniform(-half * 0.7, half * 0.7)), depth_m * 0.45
        high = top_m + (depth_m / 2 if pitched else 1.6)
        builder.box(
            frame, (x - 0.35, top_m, z - 0.35), (x + 0.35, high, z + 0.35), "wall_brick", (0.6, 0.4, 0.33), tiled=True
        )


def _fronts(
    builder: Builder,
    stream: np.random.Generator,
    frame: Frame,
    size_m: tuple[float, float],
    span_m: tuple[float, float],
    num_floors: int,
    facade: str,
    material: str,
    tint: Colour,
) -> None:
    """Front with whole bays, and sides that have windows too or are blank."""
    (width, depth), (base, top), half = size_m, span_m, size_m[0] / 2
    bay_m = builder.texture_size_m[facade][0] / NUM_BAYS
    drop = (top - base) * NUM_FLOORS / num_floors
    shift = int(stream.integers(NUM_BAYS))
    num_bays = max(1, round(width / bay_m))
    step = width / num_bays
    front = frame.at([(-half, base, 0), (half, base, 0), (half, top, 0), (-half, top, 0)])
    corner = frame.at(
        [(-half - shift * step, top, 0), (-half + (NUM_BAYS - shift) * step, top, 0), (-half, top - drop, 0)]
    )
    across = corner[1] - corner[0]
    builder.quad(front, facade, tint, anchor_m=np.stack([corner[0], across, np.array([0.0, -drop, 0.0])]))
    for side in (-1.0, 1.0):
        x, z0, z1 = side * half, (depth if side < 0 else 0.0), (0.0 if side < 0 else depth)
        points = frame.at([(x, base, z0), (x, base, z1), (x, top, z1), (x, top, z0)])
        if stream.random() < 0.5:
            repeats = max(1, round(depth / bay_m)) / NUM_BAYS
            anchor = np.stack([points[3], (points[2] - points[3]) / repeats, np.array([0.0, -drop, 0.0])])
            builder.quad(points, facade, tint, anchor_m=anchor)
        else:
            builder.quad(points, f"wall_{material}", tint, tiled=True)
            if top > 7.0 and stream.random() < 0.5:
                _poster(builder, stream, frame, x + side * 0.05, side, depth)


def _poster(
    builder: Builder, stream: np.random.Generator, frame: Frame, x_m: float, side: float, depth_m: float
) -> None:
    """Hang a large advertisement on a blank side wall."""
    height = float(stream.uniform(2.6, 4.5))
    low, start = float(stream.uniform(1.2, 2.5)), float(stream.uniform(0.5, depth_m - 5.0))
    back, front = (start, start + height * 0.8)[:: int(side)]
    corners = [(x_m, low, back), (x_m, low, front), (x_m, low + height, front), (x_m, low + height, back)]
    builder.quad(frame.at(corners), f"poster_{int(stream.integers(NUM_POSTERS))}", gloss=0.1)


def _shop(
    builder: Builder,
    stream: np.random.Generator,
    frame: Frame,
    half_m: float,
    depth_m: float,
    material: str,
    tint: Colour,
) -> None:
    num_shops = max(1, round(2 * half_m / 8))
    edges = np.linspace(-half_m, half_m, num_shops + 1)
    for left, right in pairwise(edges):
        sign = _SIGNS[int(stream.integers(len(_SIGNS)))]
        points = [(left, 0, 0), (right, 0, 0), (right, 4, 0), (left, 4, 0)]
        builder.quad(frame.at(points), f"shop_{int(stream.integers(NUM_SHOPS))}", sign, gloss=0.15)
        if stream.random() < 0.35:
            cloth = [(left + 0.4, 2.5, -1.3), (right - 0.4, 2.5, -1.3), (right - 0.4, 3.0, 0), (left + 0.4, 3.0, 0)]
            builder.quad(frame.at(cloth), "bodywork", sign, one_sided=False)
    sides = {"left": f"wall_{material}", "right": f"wall_{material}"}
    builder.box(frame, (-half_m, 0, 0), (half_m, 4, depth_m), sides, tint, tiled=True)
    builder.box(frame, (-half_m, 3.85, -0.15), (half_m, 4.1, 0.2), "plain", tint)


def _balconies(
    builder: Builder,
    stream: np.random.Generator,
    frame: Frame,
    half_m: float,
    base_m: float,
    floor_m: float,
    num_floors: int,
) -> None:
    x = float(stream.uniform(-half_m + 2, half_m - 2)) if half_m > 2.2 else 0.0
    for floor in range(1, num_floors):
        y = base_m + floor * floor_m
        builder.box(frame, (x - 1.5, y - 0.1, -1.1), (x + 1.5, y + 0.95, 0), "bodywork", (0.75, 0.75, 0.73))


def _pitched_roof(
    builder: Builder,
    frame: Frame,
    half_m: float,
    depth_m: float,
    eaves_m: float,
    tiles: Colour,
    wall: tuple[str, Colour],
    slope: float,
) -> None:
    over, ridge = 0.4, eaves_m + depth_m / 2 * slope
    low, middle = eaves_m - over * slope, depth_m / 2
    front = [(-half_m, low, -over), (half_m, low, -over), (half_m, ridge, middle), (-half_m, ridge, middle)]
    builder.quad(frame.at(front), "roof_tiles", tiles, tiled=True)
    back = [
        (half_m, low, depth_m + over),
        (-half_m, low, depth_m + over),
        (-half_m, ridge, middle),
        (half_m, ridge, middle),
    ]
    builder.quad(frame.at(back), "roof_tiles", tiles, tiled=True)
    for side in (-1.0, 1.0):
        x = side * half_m
        near, far = ((x, eaves_m, 0.0), (x, eaves_m, depth_m))
        gable = [near, far, (x, ridge, middle)] if side > 0 else [far, near, (x, ridge, middle)]
        anchor = np.stack([frame.at((x, ridge, 0)), frame.at((x, ridge, depth_m)) - frame.at((x, ridge, 0)),
                           np.array([0.0, eaves_m - ridge, 0.0])])  # fmt: skip
        builder.quad(frame.at(gable), f"wall_{wall[0]}", wall[1], tiled=True, anchor_m=anchor)


def add_wall(builder: Builder, stream: np.random.Generator, frame: Frame, width_m: float) -> None:
    """Add a garden wall along the frame's x axis, facing its negative z axis."""
    builder.begin(category.WALL)
    material = ("brick", "stone", "concrete", "plaster")[int(stream.integers(4))]
    colours = _COLOURS[material]
    tint = colours[int(stream.integers(len(colours)))]
    height = float(stream.uniform(1.3, 3.0))
    builder.box(frame, (-width_m / 2, 0, 0), (width_m / 2, height, 0.3), f"wall_{material}", tint, tiled=True)
    cap = (0.6, 0.58, 0.55)
    builder.box(frame, (-width_m / 2, height, -0.05), (width_m / 2, height + 0.1, 0.35), "plain", cap)


def add_fence(builder: Builder, stream: np.random.Generator, frame: Frame, width_m: float) -> None:
    """Add a fence along the frame's x axis."""
    builder.begin(category.FENCE)
    texture = ("fence_planks", "fence_bars", "fence_mesh")[int(stream.integers(3))]
    tints: tuple[Colour, ...] = ((0.5, 0.38, 0.27), (0.75, 0.75, 0.72), (0.25, 0.35, 0.28), (0.2, 0.2, 0.21))
    tint = tints[int(stream.integers(len(tints)))]
    half, height = width_m / 2, builder.texture_size_m[texture][1] * float(stream.uniform(0.8, 1.2))
    num = max(1, round(width_m / builder.texture_size_m[texture][0]))
    points = frame.at([(-half, 0, 0), (half, 0, 0), (half, height, 0), (-half, height, 0)])
    anchor = np.stack([points[3], (points[2] - points[3]) / num, points[0] - points[3]])
    builder.quad(points, texture, tint, one_sided=False, anchor_m=anchor)


def add_hedge(builder: Builder, stream: np.random.Generator, frame: Frame, width_m: float, green: Colour) -> None:
    """Add a clipped hedge along the frame's x axis, facing its negative z axis."""
    builder.begin(category.VEGETATION)
    half, height, deep = width_m / 2, float(stream.uniform(1.0, 2.2)), 0.9
    texture = f"hedge_{int(stream.integers(2))}"
    num = max(1, round(width_m / 3.0))
    for z in (0.0, deep):
        points = frame.at([(-half, 0, z), (half, 0, z), (half, height, z), (-half, height, z)])
        anchor = np.stack([points[3], (points[2] - points[3]) / num, points[0] - points[3]])
        builder.quad(points, texture, green, one_sided=False, anchor_m=anchor, normal=(0.0, 0.7, -0.7))
    sides = {"left": texture, "right": texture}
    builder.box(frame, (-half, 0, 0), (half, height, deep), sides, green)
    builder.box(frame, (-half, 0, 0.05), (half, height * 0.9, deep), {"top": "grass"}, green, tiled=True)
