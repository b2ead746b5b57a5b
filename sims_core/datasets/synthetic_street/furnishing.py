"""Where trees, lamps, signs, bollards and traffic lights stand along the kerbs."""

from __future__ import annotations

import numpy as np

from sims_core.datasets.synthetic_street import furniture
from sims_core.datasets.synthetic_street.geometry import Builder, Colour
from sims_core.datasets.synthetic_street.street import KERB_M, Street

_FROM_KERB_M = 0.55


def furnish(builder: Builder, street: Street, stream: np.random.Generator, green: Colour) -> None:
    """Line both kerbs."""
    lamp_m, reach = float(stream.uniform(5.5, 9.0)), 1.6 if stream.random() < 0.7 else 0.0
    kerb = street.half_road_m + _FROM_KERB_M
    for side in (-1.0, 1.0):
        _trees(builder, street, stream, side, green)
        for along in np.arange(float(stream.uniform(6, 22)), 150.0, float(stream.uniform(22, 32))):
            if not street.in_crossing(float(along)):
                frame = street.frame(float(along), side * kerb, y_m=KERB_M)
                furniture.add_lamp(builder, frame, lamp_m, -side * reach)
        for _ in range(int(stream.integers(1, 4))):
            along = float(stream.uniform(7, 50))
            if not street.in_crossing(along):
                turn = float(stream.uniform(-0.2, 0.2))
                furniture.add_sign(builder, stream, street.frame(along, side * (kerb + 0.1), turn, KERB_M))
        if stream.random() < 0.3:
            _bollards(builder, street, stream, side)
    if street.crossing_m is not None and stream.random() < 0.9:
        _traffic_lights(builder, street, stream)


def _trees(builder: Builder, street: Street, stream: np.random.Generator, side: float, green: Colour) -> None:
    chance = {"city": 0.3, "avenue": 0.85, "suburb": 0.6, "outskirts": 0.6}[street.kind]
    if stream.random() >= chance:
        return
    spacing, tall = float(stream.uniform(7, 13)), float(stream.uniform(5, 10))
    beside = street.half_road_m + 0.3 + max(street.verge_m / 2, 0.5)
    for along in np.arange(float(stream.uniform(5, 14)), 130.0, spacing):
        if not street.in_crossing(float(along), 3.0) and stream.random() < 0.85:
            frame = street.frame(float(along), side * beside, y_m=KERB_M)
            furniture.add_tree(builder, stream, frame, tall * float(stream.uniform(0.8, 1.2)), green)


def _bollards(builder: Builder, street: Street, stream: np.random.Generator, side: float) -> None:
    start = float(stream.uniform(5, 25))
    for step in range(int(stream.integers(3, 9))):
        along = start + 1.8 * step
        if not street.in_crossing(along):
            frame = street.frame(along, side * (street.half_road_m + _FROM_KERB_M), y_m=KERB_M)
            furniture.add_post(builder, frame, 0.95, 0.16, (0.35, 0.35, 0.36))


def _traffic_lights(builder: Builder, street: Street, stream: np.random.Generator) -> None:
    """Lights at the stop line on both sides and, for the camera's direction, behind the crossroads."""
    if street.crossing_m is None:
        return
    near, far = street.crossing_m
    reach = street.lanes_m if stream.random() < 0.5 else 0.0
    for along, side in ((near - 2.2, 1.0), (near - 2.2, -1.0), (far + 0.5, 1.0)):
        frame = street.frame(along, side * (street.half_road_m + _FROM_KERB_M), y_m=KERB_M)
        furniture.add_traffic_light(builder, stream, frame, -reach if side > 0 else 0.0)
