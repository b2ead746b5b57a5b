"""A whole scene in metres: the street, what stands and moves on it, the light and the camera."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sims_core.base.seeding import random_stream
from sims_core.datasets.synthetic_street import buildings, furniture
from sims_core.datasets.synthetic_street.camera import Camera, look_along
from sims_core.datasets.synthetic_street.furnishing import furnish
from sims_core.datasets.synthetic_street.geometry import Builder, Colour, Surface
from sims_core.datasets.synthetic_street.library import texture_library
from sims_core.datasets.synthetic_street.lighting import Light, draw_light
from sims_core.datasets.synthetic_street.street import KERB_M, Street, lay_ground, plan_street
from sims_core.datasets.synthetic_street.traffic import add_people, add_traffic

_FAR_M = 175.0


@dataclass(frozen=True)
class World:
    """Everything the renderer needs.

    Attributes:
        camera: Where the picture is taken from.
        surfaces: All polygons.
        footprints: Outlines on the ground, (N, 2) world (x, z) in metres, with the darkness under them.
        light: Sun and sky.
    """

    camera: Camera
    surfaces: list[Surface]
    footprints: list[tuple[NDArray[np.float64], float]]
    light: Light


def build_world(seed: int, scene_id: str) -> World:
    """Lay out the scene of a seed and name; it does not depend on any picture size."""
    streams = random_stream(seed, "synthetic_street", scene_id).spawn(8)
    street = plan_street(streams[0])
    camera = _place_camera(streams[1], street)
    builder = Builder(camera.position_m, texture_library().size_m)
    lay_ground(builder, street, streams[2])
    green = _foliage(streams[3])
    for side in (-1.0, 1.0):
        _line_street(builder, street, streams[3], side, green)
    _backdrop(builder, street, streams[4], green)
    furnish(builder, street, streams[5], green)
    add_traffic(builder, street, streams[6])
    add_people(builder, street, streams[6])
    return World(camera, builder.surfaces, builder.footprints, draw_light(streams[7]))


def _place_camera(stream: np.random.Generator, street: Street) -> Camera:
    side = street.lane_centre_m(int(stream.integers(street.num_lanes))) + float(stream.uniform(-0.3, 0.3))
    position = street.frame(0.0, side, y_m=float(stream.uniform(1.25, 1.8))).origin_m
    yaw = float(stream.normal(0.0, 0.05)) + 14.0 * street.curvature_per_m
    focal = float(stream.uniform(0.72, 1.02))
    return look_along(position, yaw, float(stream.normal(0.015, 0.02)), float(stream.normal(0, 0.006)), focal)


def _foliage(stream: np.random.Generator) -> Colour:
    tints: tuple[Colour, ...] = (
        (0.42, 0.56, 0.22),
        (0.34, 0.50, 0.24),
        (0.50, 0.60, 0.24),
        (0.30, 0.42, 0.22),
        (0.66, 0.52, 0.20),
    )
    return tints[int(stream.choice(len(tints), p=(0.3, 0.25, 0.2, 0.15, 0.1)))]


def _line_street(builder: Builder, street: Street, stream: np.random.Generator, side: float, green: Colour) -> None:
    """Fill one side's building line with houses, gaps with walls, fences and hedges."""
    gap_chance = {"city": 0.10, "avenue": 0.14, "suburb": 0.4, "outskirts": 0.65}[street.kind]
    usual = {"city": (3, 6), "avenue": (3, 7), "suburb": (1, 3), "outskirts": (1, 4)}[street.kind]
    pitched_chance = {"city": 0.55, "avenue": 0.4, "suburb": 0.85, "outskirts": 0.5}[street.kind]
    shops = {"city": 0.6, "avenue": 0.55, "suburb": 0.04, "outskirts": 0.05}[street.kind]
    along = -7.0 - float(stream.uniform(0, 8))
    while along < _FAR_M:
        width = float(stream.uniform(8, 20) if street.kind in ("city", "avenue") else stream.uniform(8, 14))
        if street.crossing_m and street.in_crossing(along + width / 2, width / 2):
            if along >= street.crossing_m[0] - 5.0:
                along = street.crossing_m[1]
                continue
            width = street.crossing_m[0] - along
        middle = along + width / 2
        frame = street.frame(middle, side * street.building_m, side * np.pi / 2, KERB_M)
        if stream.random() < gap_chance:
            _fill_gap(builder, street, stream, middle, width, side, green)
        else:
            floors = int(stream.integers(usual[0], usual[1] + 1))
            buildings.add_building(builder, stream, frame, width - 0.02, floors, shop=bool(stream.random() < shops),
                                   pitched=bool(stream.random() < pitched_chance))  # fmt: skip
            if street.kind in ("suburb", "outskirts") and street.building_m - street.pavement_m > 2.0:
                _enclose(builder, street, stream, middle, width, side, green)
        along += width + (0.0 if street.kind == "city" else float(stream.uniform(0, 1.5)))


def _fill_gap(
    builder: Builder,
    street: Street,
    stream: np.random.Generator,
    middle_m: float,
    width_m: float,
    side: float,
    green: Colour,
) -> None:
    _enclose(builder, street, stream, middle_m, width_m, side, green)
    for _ in range(int(stream.integers(1, 5))):
        along = middle_m + float(stream.uniform(-0.5, 0.5)) * width_m
        out = side * (street.building_m + float(stream.uniform(2, 12)))
        furniture.add_tree(builder, stream, street.frame(along, out, y_m=KERB_M), float(stream.uniform(4, 11)), green)


def _enclose(
    builder: Builder,
    street: Street,
    stream: np.random.Generator,
    middle_m: float,
    width_m: float,
    side: float,
    green: Colour,
) -> None:
    """Put a wall, fence or hedge between pavement and garden."""
    frame = street.frame(middle_m, side * (street.pavement_m + 0.15), side * np.pi / 2, KERB_M)
    choice = stream.random()
    if choice < 0.3:
        buildings.add_wall(builder, stream, frame, width_m)
    elif choice < 0.66:
        buildings.add_fence(builder, stream, frame, width_m)
    elif choice < 0.88:
        buildings.add_hedge(builder, stream, frame, width_m, green)
    for _ in range(int(stream.integers(0, 3))):
        along = middle_m + float(stream.uniform(-0.5, 0.5)) * width_m
        out = side * (street.pavement_m + float(stream.uniform(1.0, 2.5)))
        furniture.add_bush(builder, stream, street.frame(along, out, y_m=KERB_M), green)


def _backdrop(builder: Builder, street: Street, stream: np.random.Generator, green: Colour) -> None:
    """Close the view behind the houses and at the street's end with rows of houses and trees."""
    for side in (-1.0, 1.0):
        for along in np.arange(-5.0, 215.0, 18.0):
            frame = street.frame(float(along), side * float(stream.uniform(42, 58)), side * np.pi / 2, KERB_M)
            if stream.random() < 0.45:
                buildings.add_building(
                    builder, stream, frame, 17.0, int(stream.integers(2, 5)), shop=False, pitched=True
                )
            else:
                for shift in (-6.0, 0.0, 6.0):
                    height = float(stream.uniform(7, 14))
                    furniture.add_tree(
                        builder, stream, frame.moved(x_m=shift, z_m=float(stream.uniform(-3, 3))), height, green
                    )
    for side in np.arange(-66.0, 67.0, 12.0):
        frame = street.frame(190.0, float(side), 0.0)
        if abs(side) > street.building_m + 6.0 or stream.random() < 0.5:
            buildings.add_building(builder, stream, frame, 12.0, int(stream.integers(2, 6)), shop=False, pitched=True)
        else:
            furniture.add_tree(builder, stream, frame, float(stream.uniform(9, 15)), green)
