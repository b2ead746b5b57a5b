"""What stands on pavements: trees, lamps, signs, traffic lights, people and cycles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sims_core.datasets.synthetic_street import categories as category
from sims_core.datasets.synthetic_street.geometry import Builder, Colour, Frame
from sims_core.datasets.synthetic_street.materials import NUM_CROWNS
from sims_core.datasets.synthetic_street.people_textures import NUM_PEOPLE, NUM_RIDERS
from sims_core.datasets.synthetic_street.signs import BOARDS, LIGHTS, OTHER_SIGNS, ROUND_SIGNS
from sims_core.datasets.synthetic_street.vehicles import PAINTS

_CLOTHES: tuple[Colour, ...] = (
    (0.12, 0.12, 0.14),
    (0.2, 0.24, 0.36),
    (0.45, 0.45, 0.47),
    (0.6, 0.14, 0.14),
    (0.75, 0.72, 0.66),
    (0.35, 0.27, 0.2),
    (0.2, 0.36, 0.3),
    (0.8, 0.6, 0.2),
    (0.35, 0.45, 0.6),
    (0.55, 0.3, 0.42),
)
_GREY_STEEL: Colour = (0.55, 0.57, 0.58)


def _post(builder: Builder, base_m: NDArray[np.float64], height_m: float, width_m: float, tint: Colour) -> None:
    """Add an upright round post as a strip that faces the viewpoint."""
    away = base_m - builder.viewpoint_m
    frame = Frame(base_m, float(np.arctan2(away[0], away[2])))
    half = width_m / 2
    corners = [(-half, 0, 0), (half, 0, 0), (half * 0.8, height_m, 0), (-half * 0.8, height_m, 0)]
    builder.quad(frame.at(corners), "cylinder", tint, one_sided=False)


def _beam(
    builder: Builder, start_m: NDArray[np.float64], end_m: NDArray[np.float64], width_m: float, tint: Colour
) -> None:
    """Add a slanting or level bar as an upright strip."""
    half = np.array([0.0, width_m / 2, 0.0])
    builder.quad(np.stack([start_m - half, end_m - half, end_m + half, start_m + half]), "plain", tint, one_sided=False)


def add_tree(builder: Builder, stream: np.random.Generator, frame: Frame, height_m: float, green: Colour) -> None:
    """Add a tree: crossed trunk strips and a crown of several ragged clumps."""
    builder.begin(category.VEGETATION)
    trunk = height_m * float(stream.uniform(0.3, 0.45))
    width = 0.1 + 0.018 * height_m
    _trunk(builder, frame.origin_m, trunk * 1.25, width)
    spread = height_m * float(stream.uniform(0.2, 0.3))
    middle = (trunk + height_m) / 2
    num_clumps = int(stream.integers(6, 10))
    for clump in range(num_clumps):
        size = spread * float(stream.uniform(1.1, 1.7) if clump else 2.2)
        turn, out = stream.uniform(0, 2 * np.pi), spread * float(stream.uniform(0.2, 0.75)) * (clump > 0)
        y = middle + (height_m - trunk) * 0.5 * float(stream.uniform(-0.75, 0.75)) * (clump > 0) - size / 2
        base = frame.at((out * np.cos(turn), max(y, trunk * 0.55), out * np.sin(turn)))
        if clump == 0:  # the middle clump hides the trunk's end
            base = base + 0.03 * (builder.viewpoint_m - base)
        shade = float(stream.uniform(0.8, 1.1))
        tint = (green[0] * shade, green[1] * shade, green[2] * shade)
        name = f"crown_{(clump + int(stream.integers(NUM_CROWNS))) % NUM_CROWNS}"
        builder.billboard(
            base, name, tint, scale=size / 4.0, mirrored=bool(stream.random() < 0.5), normal=(0, 0.8, -0.6)
        )
    builder.contact(frame, 0.3, 0.3, 0.4)


def _trunk(builder: Builder, base_m: NDArray[np.float64], height_m: float, width_m: float) -> None:
    away = base_m - builder.viewpoint_m
    frame = Frame(base_m, float(np.arctan2(away[0], away[2])))
    half = width_m / 2
    corners = [(-half * 1.2, 0, 0), (half * 1.2, 0, 0), (half * 0.7, height_m, 0), (-half * 0.7, height_m, 0)]
    builder.quad(frame.at(corners), "bark", (0.50, 0.43, 0.36), one_sided=False)


def add_bush(builder: Builder, stream: np.random.Generator, frame: Frame, green: Colour) -> None:
    """Add a low bush of two or three clumps."""
    builder.begin(category.VEGETATION)
    for _ in range(int(stream.integers(2, 4))):
        base = frame.at((stream.uniform(-0.5, 0.5), -0.35, stream.uniform(-0.4, 0.4)))
        name = f"crown_{int(stream.integers(NUM_CROWNS))}"
        builder.billboard(base, name, green, scale=float(stream.uniform(0.3, 0.55)), normal=(0, 0.8, -0.6))
    builder.contact(frame, 0.7, 0.5, 0.5)


def add_lamp(builder: Builder, frame: Frame, height_m: float, reach_m: float) -> None:
    """Add a street lamp whose arm reaches along the frame's x axis (0 for a lantern on top)."""
    builder.begin(category.POLE)
    _post(builder, frame.origin_m, height_m, 0.2, _GREY_STEEL)
    top = frame.moved(y_m=height_m)
    if reach_m:
        _beam(builder, top.at((0, -0.1, 0)), top.at((reach_m, 0.35, 0)), 0.11, _GREY_STEEL)
        x = sorted((reach_m * 0.75, reach_m * 1.25))
        builder.box(top, (x[0], 0.28, -0.15), (x[1], 0.45, 0.15), "plain", (0.8, 0.8, 0.78))
    else:
        builder.box(top, (-0.22, -0.1, -0.22), (0.22, 0.4, 0.22), "plain", (0.75, 0.75, 0.7))
    builder.contact(frame, 0.15, 0.15, 0.4)


def add_post(builder: Builder, frame: Frame, height_m: float, width_m: float, tint: Colour) -> None:
    """Add a bare post or bollard."""
    builder.begin(category.POLE)
    _post(builder, frame.origin_m, height_m, width_m, tint)
    builder.contact(frame, width_m, width_m, 0.4)


def add_sign(builder: Builder, stream: np.random.Generator, frame: Frame) -> None:
    """Add one or two traffic signs on a post, facing back along the frame's z axis."""
    builder.begin(category.POLE)
    height = float(stream.uniform(2.3, 3.1))
    _post(builder, frame.origin_m, height, 0.1, _GREY_STEEL)
    builder.contact(frame, 0.1, 0.1, 0.3)
    builder.begin(category.TRAFFIC_SIGN)
    if stream.random() < 0.22:
        _plate(builder, frame, BOARDS[int(stream.integers(len(BOARDS)))], height - 1.0, float(stream.uniform(0.7, 1.1)))
        return
    y = height - 0.75
    for _ in range(1 + int(stream.random() < 0.35)):
        names = ROUND_SIGNS if stream.random() < 0.55 else OTHER_SIGNS
        _plate(builder, frame, names[int(stream.integers(len(names)))], y, float(stream.uniform(0.95, 1.2)))
        y -= 0.85


def _plate(builder: Builder, frame: Frame, texture: str, y_m: float, scale: float) -> None:
    width, height = (scale * size for size in builder.texture_size_m[texture])
    half, z = width / 2, -0.09
    corners = [(-half, y_m, z), (half, y_m, z), (half, y_m + height, z), (-half, y_m + height, z)]
    builder.quad(frame.at(corners), texture, one_sided=False, gloss=0.05)


def add_traffic_light(builder: Builder, stream: np.random.Generator, frame: Frame, reach_m: float) -> None:
    """Add a traffic light on a post, with a second head over the road when `reach_m` is not 0."""
    state = LIGHTS[int(stream.integers(len(LIGHTS)))]
    builder.begin(category.POLE)
    height = 5.8 if reach_m else 3.4
    _post(builder, frame.origin_m, height, 0.18, _GREY_STEEL)
    builder.contact(frame, 0.2, 0.2, 0.4)
    if reach_m:
        _beam(builder, frame.at((0, 5.5, 0)), frame.at((reach_m, 5.6, 0)), 0.14, _GREY_STEEL)
    builder.begin(category.TRAFFIC_LIGHT)
    spots = [(0.0, 2.35)] + ([(reach_m * 0.95, 4.95)] if reach_m else [])
    for x, y in spots:
        sides = {"left": "dark", "right": "dark", "top": "dark", "front": "dark"}
        builder.box(frame, (x - 0.19, y, -0.3), (x + 0.19, y + 1.0, -0.08), sides)
        face = [
            (x - 0.24, y, -0.301),
            (x + 0.24, y, -0.301),
            (x + 0.24, y + 1.03, -0.301),
            (x - 0.24, y + 1.03, -0.301),
        ]
        builder.quad(frame.at(face), state, one_sided=False, glow=0.35)


def add_person(builder: Builder, stream: np.random.Generator, frame: Frame) -> None:
    """Add someone on foot, now and then a child."""
    builder.begin(category.PERSON, is_object=True)
    scale = float(stream.uniform(0.62, 0.75) if stream.random() < 0.1 else stream.uniform(0.92, 1.06))
    tint = _CLOTHES[int(stream.integers(len(_CLOTHES)))]
    name = f"person_{int(stream.integers(NUM_PEOPLE))}"
    builder.billboard(frame.origin_m, name, tint, scale=scale, mirrored=bool(stream.random() < 0.5))
    builder.contact(frame, 0.3, 0.3, 0.6)


def add_cycle(
    builder: Builder, stream: np.random.Generator, frame: Frame, *, motor: bool, ridden: bool, across: bool
) -> None:
    """Add a bicycle or motorcycle, parked or with its rider, seen from the side (`across`) or from behind."""
    builder.begin(category.MOTORCYCLE if motor else category.BICYCLE, is_object=True)
    view = "side" if across else "back"
    paint = PAINTS[int(stream.integers(len(PAINTS)))]
    mirrored = bool(stream.random() < 0.5)
    vehicle = f"{'motorcycle' if motor else 'bicycle'}_{view}"
    builder.billboard(frame.origin_m, vehicle, paint, mirrored=mirrored, lean=0.0 if ridden else 0.05)
    builder.contact(frame, 0.8 if across else 0.25, 0.25 if across else 0.7, 0.6)
    if not ridden:
        return
    builder.begin(category.RIDER, is_object=True)
    towards = builder.viewpoint_m - frame.origin_m
    towards[1] = 0.0
    base = frame.origin_m + 0.06 * towards / float(np.linalg.norm(towards))
    base[1] += 0.04 if motor else 0.06
    tint = _CLOTHES[int(stream.integers(len(_CLOTHES)))]
    builder.billboard(base, f"rider_{view}_{int(stream.integers(NUM_RIDERS))}", tint, mirrored=mirrored)
