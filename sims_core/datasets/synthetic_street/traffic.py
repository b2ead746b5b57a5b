"""What moves and parks: vehicles in lanes and at kerbs, cycles, people on pavements and crossings."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sims_core.datasets.synthetic_street.furniture import add_cycle, add_person
from sims_core.datasets.synthetic_street.geometry import Builder, Frame
from sims_core.datasets.synthetic_street.street import KERB_M, Street, track_centres_m
from sims_core.datasets.synthetic_street.vehicles import add_bus, add_car, add_tram, add_truck

_Add = Callable[[Builder, np.random.Generator, Frame], None]


class _Lanes:
    """Which stretches of which lane are taken."""

    def __init__(self) -> None:
        self._taken: dict[str, list[tuple[float, float]]] = {}

    def take(self, lane: str, middle_m: float, length_m: float) -> bool:
        """Reserve a stretch of a lane; False when something is there already."""
        low, high = middle_m - length_m / 2 - 0.8, middle_m + length_m / 2 + 0.8
        stretches = self._taken.setdefault(lane, [])
        if any(low < end and start < high for start, end in stretches):
            return False
        stretches.append((low, high))
        return True


def add_traffic(builder: Builder, street: Street, stream: np.random.Generator) -> None:
    """Add all vehicles; rare kinds come first, so that they find room near the camera."""
    lanes = _Lanes()
    lanes.take("0+", 0.0, 9.0)
    lanes.take(f"{street.num_lanes - 1}+", 0.0, 9.0)
    if street.has_tracks and stream.random() < 0.62:
        side = -1 if stream.random() < 0.7 else 1
        _drive(builder, street, stream, lanes, add_tram, 0, side, (22, 55), 36.0, track_centres_m(street)[side > 0])
    for add, chance, length, nearest in ((add_bus, 0.26, 12.6, 13.0), (add_truck, 0.3, 9.2, 11.0)):
        if stream.random() < chance:
            side = 1 if stream.random() < 0.5 else -1
            lane = int(stream.integers(street.num_lanes))
            _drive(builder, street, stream, lanes, add, lane, side, (nearest, 42), length)
    _cycles(builder, street, stream, lanes)
    density = float(stream.uniform(0.2, 1.0))
    if stream.random() < 0.6:
        _drive(builder, street, stream, lanes, add_car, int(stream.integers(street.num_lanes)), 1, (8.5, 24), 5.0)
    for _ in range(int(2 + 9 * density)):
        side = 1 if stream.random() < 0.5 else -1
        _drive(builder, street, stream, lanes, add_car, int(stream.integers(street.num_lanes)), side, (7, 110), 5.0)
    if street.half_road_m > street.lanes_m:
        _parked(builder, street, stream, float(stream.uniform(0.3, 0.95)))
    if street.crossing_m is not None:
        _crossing_traffic(builder, street, stream)


def _drive(
    builder: Builder,
    street: Street,
    stream: np.random.Generator,
    lanes: _Lanes,
    add: _Add,
    lane: int,
    side: int,
    along_m: tuple[float, float],
    length_m: float,
    middle_m: float | None = None,
) -> None:
    """Put a vehicle into a lane where there is room; side 1 is the camera's direction, -1 oncoming."""
    along = float(stream.uniform(*along_m)) + length_m / 2 - 2.5
    shift = float(stream.uniform(-0.2, 0.2)) if middle_m is None else 0.0
    across = (side * street.lane_centre_m(lane) if middle_m is None else middle_m) + shift
    turn = (0.0 if side > 0 else np.pi) + float(stream.normal(0, 0.012))
    if lanes.take(f"{lane}{'+' if side > 0 else '-'}", along, length_m):
        add(builder, stream, street.frame(along, across, turn))


def _cycles(builder: Builder, street: Street, stream: np.random.Generator, lanes: _Lanes) -> None:
    """Riders on the road's edge or crossing it, and cycles parked on the pavement."""
    for motor, chance in ((False, 0.5), (True, 0.22)):
        for _ in range(2):
            if stream.random() >= chance:
                continue
            side = 1 if stream.random() < 0.65 else -1
            along = float(stream.uniform(7, 24))
            crossing = stream.random() < 0.35
            across = side * (street.lanes_m - 0.7) if not motor else side * street.lane_centre_m(0)
            if crossing or lanes.take(f"{street.num_lanes - 1}{'+' if side > 0 else '-'}", along, 2.0):
                if crossing:
                    across = float(stream.uniform(-0.8, 0.5)) * street.lanes_m
                frame = street.frame(along, across)
                add_cycle(builder, stream, frame, motor=motor, ridden=True, across=bool(crossing))
        if stream.random() < (0.45 if not motor else 0.28):
            kerb_side = 1.0 if stream.random() < 0.6 else -1.0
            start = float(stream.uniform(6, 22))
            for step in range(int(stream.integers(1, 5 if not motor else 3))):
                out = kerb_side * (street.pavement_m - 0.5 if stream.random() < 0.5 else street.half_road_m + 0.8)
                frame = street.frame(start + 2.1 * step, out, y_m=KERB_M)
                if not street.in_crossing(start + 2.1 * step):
                    add_cycle(builder, stream, frame, motor=motor, ridden=False, across=True)


def _parked(builder: Builder, street: Street, stream: np.random.Generator, density: float) -> None:
    for side in (-1.0, 1.0):
        along = float(stream.uniform(3.5, 8.0))
        while along < 95.0:
            if stream.random() < density and not street.in_crossing(along, 8.0):
                across = side * (street.lanes_m + (street.half_road_m - street.lanes_m) * 0.5)
                flipped = stream.random() < (0.9 if side < 0 else 0.1)
                turn = (np.pi if flipped else 0.0) + float(stream.normal(0, 0.015))
                is_truck = stream.random() < 0.03 and along > 15
                add = add_truck if is_truck else add_car
                add(builder, stream, street.frame(along + (2.5 if is_truck else 0), across, turn))
                along += 5.0 if is_truck else 0.0
            along += float(stream.uniform(5.4, 6.6))


def _crossing_traffic(builder: Builder, street: Street, stream: np.random.Generator) -> None:
    if street.crossing_m is None:
        return
    middle = sum(street.crossing_m) / 2
    across = float(stream.uniform(6, 16))
    for way in (-1, 1):
        for step in range(int(stream.integers(0, 3))):
            side = way * (street.lanes_m * 0.2 + across + 7.5 * step) * (1 if stream.random() < 0.5 else -1)
            frame = street.frame(middle - way * 1.9, side, way * np.pi / 2)
            add_car(builder, stream, frame)
            across += 7.5


def add_people(builder: Builder, street: Street, stream: np.random.Generator) -> None:
    """Add people on the pavements, alone and in pairs, and a few crossing the road."""
    busy = {"city": 9.0, "avenue": 8.0, "suburb": 3.0, "outskirts": 1.5}[street.kind] * float(stream.uniform(0.4, 2.0))
    for _ in range(int(stream.poisson(busy))):
        side = 1.0 if stream.random() < 0.5 else -1.0
        along = float(5.5 + 38.0 * stream.random() ** 1.9)
        inner, outer = street.half_road_m + 0.5 + street.verge_m, street.pavement_m - 0.3
        out = side * float(stream.uniform(inner, max(outer, inner + 0.1)))
        for step in range(1 + int(stream.random() < 0.3)):
            place = along + 0.15 * step
            lifted = 0.0 if street.in_crossing(place, -2.5) else KERB_M
            add_person(builder, stream, street.frame(place, out + 0.6 * step * side, y_m=lifted))
    if stream.random() < 0.4:
        start = street.crossing_m[0] if street.crossing_m is not None else float(stream.uniform(9, 30))
        for _ in range(int(stream.integers(1, 5))):
            along = start + float(stream.uniform(-1.3, 1.3))
            across = float(stream.uniform(-1, 0.9)) * street.half_road_m
            add_person(builder, stream, street.frame(along, across))
