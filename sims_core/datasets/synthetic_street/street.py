"""The plan of a street: its course, its cross-section, and its ground with markings."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from sims_core.datasets.synthetic_street import categories as category
from sims_core.datasets.synthetic_street.geometry import Builder, Colour, Frame

KERB_M = 0.12
START_M, END_M = -9.0, 240.0
"""Where the street begins and ends, along its middle; the camera stands at 0."""

SIDE_M = 70.0
"""How far the ground reaches to each side."""

Kind = Literal["city", "avenue", "suburb", "outskirts"]
_PAVEMENT_M = 2.5


@dataclass(frozen=True, kw_only=True)
class Street:
    """One street's plan; distances to the side are from the road's middle, positive to the right.

    Attributes:
        kind: What is built along it.
        curvature_per_m: 1 / radius, positive to the right.
        lanes_m: Half width of the lanes.
        half_road_m: Half width with the parking strips.
        verge_m: Grass between kerb and pavement, 0 for none.
        pavement_m: Outer edge of the pavement.
        building_m: The building line.
        num_lanes: Lanes each way.
        crossing_m: Start and end of a crossroads along the street, or None.
        has_tracks: Whether a tramway runs in the middle.
        has_markings: Whether lines are painted on the road.
        road, pavement, green: Tints.
        road_texture, pavement_texture: Texture names.
    """

    kind: Kind
    curvature_per_m: float
    lanes_m: float
    half_road_m: float
    verge_m: float
    pavement_m: float
    building_m: float
    num_lanes: int
    crossing_m: tuple[float, float] | None
    has_tracks: bool
    has_markings: bool
    road: Colour
    pavement: Colour
    green: Colour
    road_texture: str
    pavement_texture: str

    def frame(self, along_m: float, side_m: float = 0.0, turn_rad: float = 0.0, y_m: float = 0.0) -> Frame:
        """Return the place at a distance along the street and to its side, heading along it plus a turn."""
        curvature = self.curvature_per_m
        heading = along_m * curvature
        if abs(curvature) < 1e-6:
            x, z = 0.0, along_m
        else:
            x, z = (1 - np.cos(heading)) / curvature, np.sin(heading) / curvature
        origin = np.array([x + side_m * np.cos(heading), y_m, z - side_m * np.sin(heading)])
        return Frame(origin, heading + turn_rad)

    def lane_centre_m(self, lane: int) -> float:
        """Return the middle of a lane of the camera's direction, 0 next to the road's middle."""
        return self.lanes_m * (lane + 0.5) / self.num_lanes

    def in_crossing(self, along_m: float, margin_m: float = 0.0) -> bool:
        """Whether a place along the street lies in the crossroads or within a margin of it."""
        if self.crossing_m is None:
            return False
        return self.crossing_m[0] - margin_m < along_m < self.crossing_m[1] + margin_m


def plan_street(stream: np.random.Generator) -> Street:
    """Draw a street's plan."""
    kinds: tuple[Kind, ...] = ("city", "avenue", "suburb", "outskirts")
    kind = kinds[int(stream.choice(4, p=(0.38, 0.24, 0.24, 0.14)))]
    num_lanes = 2 if kind == "avenue" or stream.random() < 0.1 else 1
    lanes = num_lanes * float(stream.uniform(2.9, 3.5))
    parking = float(stream.uniform(2.0, 2.3)) if kind != "outskirts" and stream.random() < 0.8 else 0.0
    half_road = lanes + parking
    green_chance = {"city": 0.12, "avenue": 0.6, "suburb": 0.5, "outskirts": 0.9}[kind]
    verge = float(stream.uniform(1.2, 2.6)) if stream.random() < green_chance else 0.0
    pavement = half_road + verge + float(stream.uniform(2.0, 4.2) if kind != "outskirts" else stream.uniform(1.5, 2.2))
    setback = {"city": (0.0, 0.3), "avenue": (0.0, 3.0), "suburb": (3.0, 7.0), "outskirts": (4.0, 10.0)}[kind]
    start = float(stream.uniform(11, 45))
    has_crossing = bool(stream.random() < 0.55)
    bend = float(stream.uniform(-1, 1) / 170) if stream.random() < 0.5 and not has_crossing else 0.0
    tone = float(stream.uniform(0.46, 0.74))
    light = float(stream.uniform(0.55, 0.8))
    warm = float(stream.uniform(-0.03, 0.05))
    return Street(
        kind=kind,
        curvature_per_m=bend,
        lanes_m=lanes,
        half_road_m=half_road,
        verge_m=verge,
        pavement_m=pavement,
        building_m=pavement + float(stream.uniform(*setback)),
        num_lanes=num_lanes,
        crossing_m=(start, start + float(stream.uniform(13, 20))) if has_crossing else None,
        has_tracks=bool(stream.random() < 0.3),
        has_markings=bool(stream.random() < 0.8),
        road=(tone, tone * 1.0, tone * 1.02),
        pavement=(light + warm, light, light - warm),
        green=(float(stream.uniform(0.50, 0.68)), float(stream.uniform(0.56, 0.66)), float(stream.uniform(0.34, 0.42))),
        road_texture=str(stream.choice(["asphalt", "asphalt", "asphalt_cracked", "cobbles"], p=(0.4, 0.3, 0.22, 0.08))),
        pavement_texture=str(stream.choice(["paving", "slabs", "cobbles", "asphalt"], p=(0.35, 0.35, 0.15, 0.15))),
    )


def lay_ground(builder: Builder, street: Street, stream: np.random.Generator) -> None:
    """Add road, kerbs, pavements, grass and everything painted on the road."""
    cuts = _cuts(street)
    for start, end in pairwise(cuts):
        _strip(builder, street, (start, end), (-street.half_road_m, street.half_road_m), 0.0, category.ROAD)
        in_crossing = street.in_crossing((start + end) / 2, -_PAVEMENT_M)
        beside = street.in_crossing((start + end) / 2)
        for side in (-1.0, 1.0):
            if in_crossing:
                _strip(builder, street, (start, end), (side * street.half_road_m, side * SIDE_M), 0.0, category.ROAD)
            else:
                _roadside(builder, street, (start, end), side, beside)
    if street.crossing_m is not None:
        far = street.crossing_m[1] - _PAVEMENT_M
        builder.begin(category.SIDEWALK)
        for left, right in ((-SIDE_M, -street.half_road_m), (street.half_road_m, SIDE_M)):
            frame = street.frame(far)
            face = [(left, 0, 0), (right, 0, 0), (right, KERB_M, 0), (left, KERB_M, 0)]
            builder.quad(frame.at(face), "kerb", street.pavement, tiled=True, casts_shadow=False)
    _repairs(builder, street, stream)
    if street.has_markings:
        _markings(builder, street, stream)
    if street.has_tracks:
        _tracks(builder, street)


def _cuts(street: Street) -> list[float]:
    step = 7.0 if street.curvature_per_m else 60.0
    cuts = {float(c) for c in np.arange(START_M, END_M, step)} | {END_M}
    if street.crossing_m is not None:
        start, end = street.crossing_m
        cuts |= {start, start + _PAVEMENT_M, end - _PAVEMENT_M, end}
    return sorted(cuts)


def _roadside(builder: Builder, street: Street, span_m: tuple[float, float], side: float, beside: bool) -> None:
    inner, outer = street.half_road_m, street.pavement_m
    grass_end = inner + 0.3 + street.verge_m
    _kerb(builder, street, span_m, side)
    _strip(builder, street, span_m, (side * inner, side * (inner + 0.3)), KERB_M, category.SIDEWALK, "kerb")
    if street.verge_m and not beside:
        _strip(builder, street, span_m, (side * (inner + 0.3), side * grass_end), KERB_M, category.TERRAIN)
    else:
        _strip(builder, street, span_m, (side * (inner + 0.3), side * grass_end), KERB_M, category.SIDEWALK)
    _strip(builder, street, span_m, (side * grass_end, side * outer), KERB_M, category.SIDEWALK)
    paved = street.kind in ("city", "avenue") or beside
    front = category.SIDEWALK if paved else category.TERRAIN
    _strip(builder, street, span_m, (side * outer, side * street.building_m), KERB_M, front)
    back = category.SIDEWALK if beside else category.TERRAIN
    _strip(builder, street, span_m, (side * street.building_m, side * SIDE_M), KERB_M, back)


def _strip(
    builder: Builder,
    street: Street,
    along_m: tuple[float, float],
    across_m: tuple[float, float],
    y_m: float,
    label: int,
    texture: str | None = None,
) -> None:
    """Add a flat piece of ground; its texture is laid out in world coordinates, so pieces join."""
    if abs(across_m[1] - across_m[0]) < 1e-6:
        return
    named = {
        category.ROAD: (street.road_texture, street.road),
        category.SIDEWALK: (street.pavement_texture, street.pavement),
        category.TERRAIN: ("grass", street.green),
    }
    own_texture, tint = named[label]
    name = texture or own_texture
    left, right = sorted(across_m)
    near, far = along_m
    corners = [
        street.frame(a, s, y_m=y_m).origin_m for a, s in ((near, left), (near, right), (far, right), (far, left))
    ]
    size = 3.0
    anchor = np.array([[0.0, y_m, 0.0], [size, 0.0, 0.0], [0.0, 0.0, -size]])
    builder.begin(label)
    builder.quad(np.stack(corners), name, tint, tiled=True, anchor_m=anchor, ground=True, casts_shadow=False,
                 gloss=0.06 if label == category.ROAD else 0.0)  # fmt: skip


def _kerb(builder: Builder, street: Street, span_m: tuple[float, float], side: float) -> None:
    near, far = (street.frame(a, side * street.half_road_m).origin_m for a in span_m)
    up = np.array([0.0, KERB_M, 0.0])
    builder.begin(category.SIDEWALK)
    builder.quad(np.stack([near, far, far + up, near + up]), "kerb", street.pavement, tiled=True,
                 one_sided=False, casts_shadow=False)  # fmt: skip


def _painted(
    builder: Builder, street: Street, along_m: tuple[float, float], across_m: tuple[float, float], tint: Colour,
    texture: str = "markings",
) -> None:  # fmt: skip
    """Add a decal on the road, following its course in short pieces."""
    num_pieces = max(1, int(np.ceil((along_m[1] - along_m[0]) / 6.0))) if street.curvature_per_m else 1
    edges = np.linspace(*along_m, num_pieces + 1)
    for near, far in pairwise(edges):
        corners = [street.frame(float(a), s).origin_m for a, s in ((near, across_m[0]), (near, across_m[1]),
                                                                   (far, across_m[1]), (far, across_m[0]))]  # fmt: skip
        anchor = np.array([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [0.0, 0.0, -2.0]])
        builder.begin(category.ROAD)
        builder.quad(np.stack(corners), texture, tint, tiled=True, anchor_m=anchor, decal=True, ground=True,
                     casts_shadow=False)  # fmt: skip


def _repairs(builder: Builder, street: Street, stream: np.random.Generator) -> None:
    """Patches of newer and older asphalt, and covers."""
    for _ in range(int(stream.integers(3, 12))):
        start, side = float(stream.uniform(3, 60)), float(stream.uniform(-0.9, 0.8)) * street.half_road_m
        width, length = float(stream.uniform(0.5, 1.6)), float(stream.uniform(0.8, 9.0))
        tone = float(stream.uniform(0.8, 1.12))
        tint = (street.road[0] * tone, street.road[1] * tone, street.road[2] * tone)
        right = min(side + width, street.half_road_m)
        _painted(builder, street, (start, start + length), (side, right), tint, "asphalt")


def _markings(builder: Builder, street: Street, stream: np.random.Generator) -> None:
    white: Colour = (0.85, 0.85, 0.83)
    dash, gap = float(stream.uniform(2.5, 4.0)), float(stream.uniform(3.0, 6.0))
    lines = [street.lanes_m * k / street.num_lanes for k in range(-street.num_lanes + 1, street.num_lanes)]
    solid_middle = street.num_lanes > 1 or stream.random() < 0.2
    for side in lines:
        step = 12.0 if side == 0 and solid_middle else dash + gap
        length = 12.0 if side == 0 and solid_middle else dash
        for start in np.arange(-6.0 + float(stream.uniform(0, 3)), 130.0, step):
            if not street.in_crossing(float(start) + length / 2, length / 2 + 5.0):
                _painted(builder, street, (float(start), float(start) + length), (side - 0.07, side + 0.07), white)
    if street.half_road_m > street.lanes_m or stream.random() < 0.3:
        for side in (-street.lanes_m, street.lanes_m):
            for start in np.arange(-6.0, 110.0, 6.0):
                if not street.in_crossing(float(start) + 3, 6.0):
                    _painted(builder, street, (float(start), float(start) + 6.0), (side - 0.06, side + 0.06), white)
    if street.crossing_m is not None:
        _crosswalks(builder, street, white)


def _crosswalks(builder: Builder, street: Street, white: Colour) -> None:
    if street.crossing_m is None:
        return
    near, far = street.crossing_m
    for start in (near - 1.5, far - 2.0):
        for side in np.arange(-street.half_road_m + 0.4, street.half_road_m - 0.5, 1.0):
            _painted(builder, street, (start, start + 3.0), (float(side), float(side) + 0.5), white)
    _painted(builder, street, (near - 3.0, near - 2.6), (0.1, street.lanes_m), white)


def _tracks(builder: Builder, street: Street) -> None:
    for middle in track_centres_m(street):
        for rail in (-0.72, 0.72):
            for start in np.arange(START_M, 150.0, 25.0):
                along, across = (float(start), float(start) + 25.0), (middle + rail - 0.045, middle + rail + 0.045)
                _painted(builder, street, along, across, (0.3, 0.3, 0.32), "plain")


def track_centres_m(street: Street) -> tuple[float, float]:
    """Return the middles of the two tram tracks."""
    return -street.lane_centre_m(0), street.lane_centre_m(0)
