"""Cars, vans, trucks, buses and trams as solids of textured faces."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sims_core.datasets.synthetic_street import categories as category
from sims_core.datasets.synthetic_street.geometry import Builder, Colour, Frame
from sims_core.datasets.synthetic_street.vehicle_textures import CAR_LENGTH_M

PAINTS: tuple[Colour, ...] = (
    (0.82, 0.82, 0.82),
    (0.62, 0.64, 0.66),
    (0.40, 0.42, 0.44),
    (0.15, 0.15, 0.16),
    (0.09, 0.09, 0.10),
    (0.55, 0.10, 0.10),
    (0.12, 0.20, 0.42),
    (0.20, 0.34, 0.50),
    (0.55, 0.52, 0.44),
    (0.16, 0.28, 0.22),
    (0.75, 0.55, 0.12),
)


@dataclass(frozen=True)
class _Shape:
    """A car's profile along its length, as shares from tail (0) to nose (1), and heights in metres."""

    length_m: float
    width_m: float
    belt_m: float
    roof_m: float
    nose_m: float
    tail_m: float
    cabin: tuple[float, float, float, float]  # rear foot, roof rear, roof front, windscreen foot


_SHAPES = (
    _Shape(4.0, 1.75, 0.92, 1.47, 0.72, 0.90, (0.04, 0.14, 0.56, 0.76)),  # hatchback
    _Shape(4.7, 1.82, 0.90, 1.43, 0.70, 0.88, (0.14, 0.28, 0.55, 0.72)),  # saloon
    _Shape(4.6, 1.80, 0.92, 1.46, 0.70, 0.90, (0.02, 0.08, 0.55, 0.73)),  # estate
    _Shape(4.5, 1.88, 1.08, 1.70, 0.88, 1.05, (0.03, 0.10, 0.57, 0.74)),  # SUV
    _Shape(4.9, 1.95, 1.10, 1.95, 0.95, 1.08, (0.01, 0.03, 0.68, 0.86)),  # van
)


def add_car(builder: Builder, stream: np.random.Generator, frame: Frame) -> None:
    """Add one car with its middle at the frame, driving along the frame's z axis."""
    builder.begin(category.CAR, is_object=True)
    shape = _SHAPES[int(stream.choice(len(_SHAPES), p=(0.3, 0.22, 0.2, 0.18, 0.1)))]
    paint = PAINTS[
        int(stream.choice(len(PAINTS), p=(0.16, 0.16, 0.14, 0.12, 0.12, 0.08, 0.07, 0.05, 0.04, 0.03, 0.03)))
    ]
    _body(builder, frame, shape, paint)
    _cabin(builder, frame, shape, paint)
    half, axle = shape.width_m / 2, shape.length_m * 1.35 / CAR_LENGTH_M
    _wheels(builder, frame, half + 0.01, (-axle, axle), 0.33)
    builder.contact(frame, half * 1.0, shape.length_m / 2, 0.85)


def _body(builder: Builder, frame: Frame, shape: _Shape, paint: Colour) -> None:
    """The lower body: a tapered tub with chamfered corners, bonnet and boot."""
    low, half, end = 0.2, shape.width_m / 2, shape.length_m / 2
    front, rear, nose, tail = end * 0.80, -end * 0.86, half * 0.74, half * 0.80
    belt, windscreen = shape.belt_m, -end + shape.cabin[3] * 2 * end
    for side in (-1.0, 1.0):
        x = side * half
        outline = [
            (x, low, rear),
            (x, low, front),
            (x, shape.nose_m + 0.1, front),
            (x, belt, windscreen),
            (x, belt, rear),
        ]
        order = outline if side > 0 else outline[::-1]
        anchor = frame.at([(x, belt, -end), (x, belt, end), (x, low, -end)])
        anchor[1:] -= anchor[0]
        builder.quad(frame.at(order), "car_side", paint, anchor_m=anchor, gloss=0.35)
        corner = [
            (x, low, front),
            (side * nose, low, end),
            (side * nose, shape.nose_m, end),
            (x, shape.nose_m + 0.1, front),
        ]
        _face(builder, frame, corner, side > 0, "bodywork", paint)
        corner = [(side * tail, low, -end), (x, low, rear), (x, belt, rear), (side * tail, shape.tail_m, -end)]
        _face(builder, frame, corner, side > 0, "bodywork", paint)
    high = shape.nose_m
    builder.quad(frame.at([(nose, low, end), (-nose, low, end), (-nose, high, end), (nose, high, end)]), "car_nose",
                 paint, gloss=0.3)  # fmt: skip
    high = shape.tail_m
    builder.quad(frame.at([(-tail, low, -end), (tail, low, -end), (tail, high, -end), (-tail, high, -end)]), "car_tail",
                 paint, gloss=0.3)  # fmt: skip
    slope = shape.nose_m + 0.1
    bonnet = [(half, slope, front), (-half, slope, front), (-half, belt, windscreen), (half, belt, windscreen)]
    builder.quad(frame.at(bonnet), "plain", paint, gloss=0.5)
    lip = [(nose, shape.nose_m, end), (-nose, shape.nose_m, end), (-half, slope, front), (half, slope, front)]
    builder.quad(frame.at(lip), "plain", paint, gloss=0.5)
    boot = [(-tail, shape.tail_m, -end), (tail, shape.tail_m, -end), (half, belt, rear), (-half, belt, rear)]
    builder.quad(frame.at(boot), "plain", paint, gloss=0.5)
    deck = [(-half, belt, rear), (half, belt, rear), (half, belt, windscreen), (-half, belt, windscreen)]
    builder.quad(frame.at(deck), "plain", paint, gloss=0.4)


def _face(
    builder: Builder,
    frame: Frame,
    corners: list[tuple[float, float, float]],
    right_side: bool,
    texture: str,
    paint: Colour,
) -> None:
    """Add a face given for the right-hand side (left to right is back to front), or its mirror image."""
    if not right_side:
        corners = [corners[1], corners[0], corners[3], corners[2]]
    builder.quad(frame.at(corners), texture, paint, gloss=0.35)


def _cabin(builder: Builder, frame: Frame, shape: _Shape, paint: Colour) -> None:
    """Windows and roof, leaning inwards."""
    end, half = shape.length_m / 2, shape.width_m / 2 * 0.96
    top, belt, roof = half * 0.78, shape.belt_m, shape.roof_m
    foot_rear, roof_rear, roof_front, foot_front = (-end + share * 2 * end for share in shape.cabin)
    for side in (-1.0, 1.0):
        corners = [(side * half, belt, foot_rear), (side * half, belt, foot_front),
                   (side * top, roof, roof_front), (side * top, roof, roof_rear)]  # fmt: skip
        order = corners if side > 0 else [corners[1], corners[0], corners[3], corners[2]]
        upper = frame.at(
            [(side * top, roof, foot_rear), (side * top, roof, foot_front), (side * half, belt, foot_rear)]
        )
        builder.quad(frame.at(order), "car_cabin_side", paint, gloss=0.22,
                     anchor_m=np.stack([upper[0], upper[1] - upper[0], upper[2] - upper[0]]))  # fmt: skip
    screen = [(half, belt, foot_front), (-half, belt, foot_front), (-top, roof, roof_front), (top, roof, roof_front)]
    builder.quad(frame.at(screen), "glass", paint, gloss=0.3)
    rear = [(-half, belt, foot_rear), (half, belt, foot_rear), (top, roof, roof_rear), (-top, roof, roof_rear)]
    builder.quad(frame.at(rear), "glass", paint, gloss=0.25)
    lid = [(-top, roof, roof_rear), (top, roof, roof_rear), (top, roof, roof_front), (-top, roof, roof_front)]
    builder.quad(frame.at(lid), "plain", paint, gloss=0.4)


def _wheels(builder: Builder, frame: Frame, half_m: float, axles_m: tuple[float, ...], radius_m: float) -> None:
    for axle in axles_m:
        for side in (-1.0, 1.0):
            x, back, front = side * half_m, axle - radius_m * side, axle + radius_m * side
            builder.quad(
                frame.at([(x, 0, back), (x, 0, front), (x, 2 * radius_m, front), (x, 2 * radius_m, back)]), "wheel"
            )
            inner = x - side * 0.2
            left, right = min(x, inner), max(x, inner)
            depth, top = radius_m * 0.45, radius_m * 1.2
            builder.box(frame, (left, 0.0, axle - depth), (right, top, axle + depth), {"front": "dark", "back": "dark"})


def add_truck(builder: Builder, stream: np.random.Generator, frame: Frame) -> None:
    """Add a rigid truck: a cab and a box body."""
    builder.begin(category.TRUCK, is_object=True)
    paint = PAINTS[int(stream.integers(len(PAINTS)))]
    white = (0.85, 0.85, 0.83) if stream.random() < 0.6 else PAINTS[int(stream.integers(5, len(PAINTS)))]
    length, height, half = float(stream.uniform(6.0, 9.0)), float(stream.uniform(2.9, 3.6)), 1.2
    end = length / 2
    cab = {"front": "truck_nose", "back": "plain", "left": "cab_side", "right": "cab_side", "top": "plain"}
    builder.box(frame, (-half * 0.96, 0.35, end - 1.9), (half * 0.96, 2.7, end), cab, paint, gloss=0.3)
    body = {"front": "cargo_tail", "back": "cargo_tail", "left": "cargo", "right": "cargo", "top": "plain"}
    builder.box(frame, (-half, 0.75, -end), (half, height, end - 2.1), body, white, gloss=0.1)
    builder.box(frame, (-half * 0.8, 0.45, -end), (half * 0.8, 0.75, end - 1.9), "dark")
    _wheels(builder, frame, half, (-end + 1.6, end - 0.85), 0.48)
    builder.contact(frame, half, end, 0.85)


def add_bus(builder: Builder, stream: np.random.Generator, frame: Frame) -> None:
    """Add a city bus."""
    builder.begin(category.BUS, is_object=True)
    paints: tuple[Colour, ...] = (
        (0.72, 0.62, 0.12),
        (0.65, 0.12, 0.12),
        (0.82, 0.82, 0.8),
        (0.14, 0.3, 0.5),
        (0.2, 0.42, 0.3),
    )
    paint = paints[int(stream.integers(len(paints)))]
    half, end = 1.25, float(stream.uniform(5.0, 6.2))
    faces = {"front": "bus_nose", "back": "bus_tail", "top": "plain"}
    builder.box(frame, (-half, 0.3, -end), (half, 3.05, end), faces, paint, gloss=0.3)
    _long_sides(builder, frame, half, end, (0.3, 3.05), "bus_side", paint)
    _wheels(builder, frame, half + 0.01, (-end + 3.0, end - 2.7), 0.48)
    builder.contact(frame, half, end, 0.85)


def add_tram(builder: Builder, stream: np.random.Generator, frame: Frame) -> None:
    """Add a tram of two or three cars (category train)."""
    builder.begin(category.TRAIN, is_object=True)
    paints: tuple[Colour, ...] = ((0.78, 0.66, 0.15), (0.7, 0.15, 0.13), (0.85, 0.85, 0.83), (0.15, 0.28, 0.5))
    paint = paints[int(stream.integers(len(paints)))]
    half, end = 1.25, 6.0 * int(stream.integers(2, 4))
    nose = half * 0.8
    _long_sides(builder, frame, half, end - 0.9, (0.25, 3.3), "tram_side", paint)
    for way, texture in ((1.0, "bus_nose"), (-1.0, "bus_tail")):
        turned = frame if way > 0 else frame.moved(turn_rad=np.pi)
        face = [(nose, 0.25, end), (-nose, 0.25, end), (-nose, 3.3, end), (nose, 3.3, end)]
        builder.quad(turned.at(face), texture, paint, gloss=0.35)
        for side in (-1.0, 1.0):
            corner = [
                (side * half, 0.25, end - 0.9),
                (side * nose, 0.25, end),
                (side * nose, 3.3, end),
                (side * half, 3.3, end - 0.9),
            ]
            _face(builder, turned, corner, side > 0, "bodywork", paint)
    roof = [(-half, 3.3, -end + 0.9), (half, 3.3, -end + 0.9), (half, 3.3, end - 0.9), (-half, 3.3, end - 0.9)]
    builder.quad(frame.at(roof), "plain", (0.5, 0.5, 0.5))
    builder.box(frame, (-0.8, 3.3, -end * 0.6), (0.8, 3.7, end * 0.3), "plain", (0.45, 0.45, 0.46))
    builder.box(frame, (-half * 0.9, 0.02, -end + 1.2), (half * 0.9, 0.25, end - 1.2), "dark")
    builder.contact(frame, half, end, 0.85)


def _long_sides(
    builder: Builder,
    frame: Frame,
    half_m: float,
    end_m: float,
    span_m: tuple[float, float],
    texture: str,
    paint: Colour,
) -> None:
    low, high = span_m
    num_tiles = max(1, round(2 * end_m / 6.0))
    edges = np.linspace(-end_m, end_m, num_tiles + 1)
    for back, front in pairwise(edges):
        sides = {"left": texture, "right": texture}
        builder.box(frame, (-half_m, low, float(back)), (half_m, high, float(front)), sides, paint, gloss=0.3)
