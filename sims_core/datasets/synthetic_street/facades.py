"""Textures of house fronts: tiles of floors and bays, shop fronts, advertisements."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from sims_core.datasets.synthetic_street.atlas import Texture
from sims_core.datasets.synthetic_street.drawing import (
    Canvas,
    Mask,
    bundled_photo,
    make_texture,
    noise,
    texture_stream,
)
from sims_core.datasets.synthetic_street.geometry import Colour

NUM_FACADES = 14
NUM_SHOPS = 8
NUM_BAYS = 4
NUM_FLOORS = 4
_CELL_PX = 128
_WINDOWS_PER_FACADE = 6
_PHOTOS = ("coffee.png", "chelsea.png", "astronaut.png", "rocket.jpg")
NUM_POSTERS = len(_PHOTOS)


@dataclass(frozen=True)
class _Style:
    bay_m: float
    floor_m: float
    window_width: float
    window_height: float
    num_panes: int
    has_frame: bool
    has_ledge: bool
    has_shutters: bool
    has_arch: bool
    frame: Colour


def facade_textures(walls: dict[str, Texture]) -> dict[str, Texture]:
    """Return `facade_0..` (4 bays by 4 floors), `shop_0..`, `door` and `poster_0..`.

    Args:
        walls: Material textures that the walls are made of.
    """
    found: dict[str, Texture] = {}
    materials = ("wall_plaster", "wall_brick", "wall_plaster", "wall_stone", "wall_plaster", "wall_concrete")
    for number in range(NUM_FACADES):
        stream = texture_stream(f"facade_{number}")
        style = _draw_style(stream, modern=number % 5 == 4)
        found[f"facade_{number}"] = _facade(stream, style, walls[materials[number % len(materials)]])
    for number in range(NUM_SHOPS):
        found[f"shop_{number}"] = _shop(texture_stream(f"shop_{number}"), number)
    for number, photo in enumerate(_PHOTOS):
        picture = cv2.resize(bundled_photo(photo), (128, 128), interpolation=cv2.INTER_AREA)
        found[f"poster_{number}"] = make_texture(np.asarray(picture, dtype=np.float32), None, None, (2.4, 3.0))
    return found


def _draw_style(stream: np.random.Generator, *, modern: bool) -> _Style:
    pale, dark = (0.82, 0.82, 0.80), (0.2, 0.18, 0.17)
    return _Style(
        bay_m=float(stream.uniform(2.4, 3.4)),
        floor_m=float(stream.uniform(2.9, 3.6)),
        window_width=float(stream.uniform(0.78, 0.92) if modern else stream.uniform(0.34, 0.5)),
        window_height=float(stream.uniform(0.5, 0.8) if modern else stream.uniform(0.46, 0.62)),
        num_panes=int(stream.integers(1, 4)),
        has_frame=bool(stream.random() < 0.5) and not modern,
        has_ledge=bool(stream.random() < 0.7),
        has_shutters=bool(stream.random() < 0.25) and not modern,
        has_arch=bool(stream.random() < 0.25) and not modern,
        frame=pale if stream.random() < 0.7 else dark,
    )


def _facade(stream: np.random.Generator, style: _Style, wall: Texture) -> Texture:
    size_m = (style.bay_m * NUM_BAYS, style.floor_m * NUM_FLOORS)
    size_px = _CELL_PX * NUM_BAYS
    base = _tile(wall.pixels[..., :3], wall.size_m, size_m, size_px)
    paint = _tile(wall.pixels[..., 3], wall.size_m, size_m, size_px)
    if stream.random() < 0.6:  # a string course between the floors
        paint.reshape(NUM_FLOORS, _CELL_PX, size_px)[:, -7:] *= 1.12
        paint.reshape(NUM_FLOORS, _CELL_PX, size_px)[:, -1:] *= 0.7
    windows = [_window(stream, style) for _ in range(_WINDOWS_PER_FACADE)]
    for floor in range(NUM_FLOORS):
        for bay in range(NUM_BAYS):
            canvas = windows[int(stream.integers(len(windows)))]
            block = (
                slice(floor * _CELL_PX, (floor + 1) * _CELL_PX),
                slice(bay * _CELL_PX, (bay + 1) * _CELL_PX),
            )
            cover = canvas.alpha
            base[block] += cover[..., None] * (canvas.base - base[block])
            paint[block] += cover * (canvas.paint - paint[block])
    stains = 1 + 0.035 * noise(stream, (size_px, size_px), 1.5)
    return make_texture(base * stains[..., None], paint * stains, None, size_m)


def _tile(
    pixels: NDArray[np.float32], tile_m: tuple[float, float], size_m: tuple[float, float], size_px: int
) -> NDArray[np.float32]:
    """Repeat a tile a whole number of times over an area, so that the result tiles as well."""
    across, down = (max(1, round(size / tile)) for size, tile in zip(size_m, tile_m, strict=True))
    columns = np.arange(size_px) * pixels.shape[1] * across // size_px % pixels.shape[1]
    rows = np.arange(size_px) * pixels.shape[0] * down // size_px % pixels.shape[0]
    tiled: NDArray[np.float32] = pixels[rows][:, columns].copy()
    return tiled


def _window(stream: np.random.Generator, style: _Style) -> Canvas:
    """Draw one bay's window on a transparent cell of 1 by 1."""
    canvas = Canvas((1.0, 1.0), (_CELL_PX, _CELL_PX))
    half, bottom = style.window_width / 2, 0.24
    top = min(bottom + style.window_height, 0.92)
    hole = canvas.rectangle(-half, bottom, half, top)
    if style.has_arch:
        hole = np.maximum(hole, canvas.ellipse(0, top, half, 0.08))
    if style.has_frame:
        canvas.fill(canvas.rectangle(-half - 0.05, bottom - 0.03, half + 0.05, top + 0.07), tint=1.0)
    canvas.fill(np.roll(hole, (-2, -2), axis=(0, 1)), tint=0.45)
    canvas.fill(hole, style.frame)
    inner = np.asarray(cv2.erode(hole, np.ones((7, 7), np.uint8)), dtype=np.float32)
    canvas.fill(inner, (0.2, 0.23, 0.26))
    canvas.base += inner[..., None] * (_glass(stream, canvas.shape, bottom, top) - canvas.base)
    if stream.random() < 0.55:
        _curtain(stream, canvas, inner, half, bottom, top)
    for pane in range(1, style.num_panes):
        x = -half + 2 * half * pane / style.num_panes
        canvas.fill(canvas.rectangle(x - 0.012, bottom, x + 0.012, top), style.frame)
    if style.window_height > 0.5 and stream.random() < 0.7:
        y = bottom + 0.68 * (top - bottom)
        canvas.fill(canvas.rectangle(-half, y - 0.01, half, y + 0.01), style.frame)
    if style.has_ledge:
        canvas.fill(canvas.rectangle(-half - 0.06, bottom - 0.06, half + 0.06, bottom - 0.01), tint=1.0)
        canvas.fill(canvas.rectangle(-half - 0.05, bottom - 0.085, half + 0.05, bottom - 0.06), tint=0.5)
    if style.has_shutters:
        for side in (-1, 1):
            centre = side * (half + 0.085)
            canvas.fill(canvas.rectangle(centre - 0.075, bottom, centre + 0.075, top), (0.23, 0.33, 0.28))
    return canvas


def _glass(stream: np.random.Generator, shape: tuple[int, int], bottom: float, top: float) -> NDArray[np.float32]:
    """Return (H, W, 3): dark rooms with a slanting reflection of the sky in their panes."""
    height = (np.linspace(1, 0, shape[0])[:, None] - bottom) / (top - bottom)
    slant = height + 0.5 * np.linspace(-1, 1, shape[1])[None, :] * stream.uniform(-1, 1)
    sky = np.clip(slant + stream.uniform(-0.5, 0.2), 0, 1)[..., None]
    dark = np.array([0.13, 0.15, 0.17]) * stream.uniform(0.7, 1.5)
    mixed: NDArray[np.float32] = (dark + sky * (np.array([0.50, 0.58, 0.66]) - dark) * 0.8).astype(np.float32)
    return mixed


def _curtain(stream: np.random.Generator, canvas: Canvas, inner: Mask, half: float, bottom: float, top: float) -> None:
    tone = stream.uniform(0.45, 0.8)
    colour = (float(tone), float(tone * 0.97), float(tone * 0.9))
    if stream.random() < 0.5:
        drop = bottom + (top - bottom) * float(stream.uniform(0.2, 0.8))
        canvas.fill(inner * canvas.rectangle(-half, drop, half, top), colour)
        return
    width = half * float(stream.uniform(0.3, 0.7))
    for side in (-1, 1):
        canvas.fill(inner * canvas.rectangle(*_strip(side, half, width, bottom, top)), colour, rounded=0.3)


def _strip(side: int, half: float, width: float, bottom: float, top: float) -> tuple[float, float, float, float]:
    """Return (left, bottom, right, top) of the strip along one side (-1 or 1) of an opening."""
    return (-half, bottom, -half + width, top) if side < 0 else (half - width, bottom, half, top)


def _shop(stream: np.random.Generator, number: int) -> Texture:
    """A ground floor with display windows, a door and a sign in the surface's tint."""
    canvas = Canvas((8.0, 4.0), (512, 256))
    pillar = float(stream.uniform(0.3, 0.7))
    canvas.fill(canvas.rectangle(-4, 0, 4, 4), (pillar, pillar * 0.97, pillar * 0.93))
    photo = cv2.resize(bundled_photo(_PHOTOS[number % len(_PHOTOS)]), (512, 256), interpolation=cv2.INTER_AREA)
    goods = cv2.GaussianBlur(photo, (0, 0), 5) * 0.55 + 0.06 + 0.05 * noise(stream, (256, 512), 0.8, 6)[..., None]
    edges = [-3.8, *sorted(float(e) for e in stream.uniform(-2.5, 2.5, 2)), 3.8]
    for left, right in pairwise(edges):
        if right - left < 0.6:
            continue
        pane = canvas.rectangle(left + 0.1, 0.45, right - 0.1, 2.75)
        canvas.fill(canvas.rectangle(left, 0.35, right, 2.85), (0.16, 0.16, 0.17))
        canvas.base += pane[..., None] * (goods.astype(np.float32) - canvas.base)
    door = float(stream.uniform(-3, 3))
    canvas.fill(canvas.rectangle(door - 0.55, 0.0, door + 0.55, 2.6), (0.12, 0.11, 0.11))
    canvas.fill(canvas.rectangle(door - 0.42, 0.3, door + 0.42, 2.45), (0.34, 0.38, 0.4))
    canvas.fill(canvas.rectangle(-3.9, 2.95, 3.9, 3.65), tint=0.9)
    canvas.fill(canvas.rectangle(-3.9, 2.85, 3.9, 2.95), tint=0.4)
    ink: Colour = (0.93, 0.92, 0.86)
    x = float(stream.uniform(-3, -1))
    for _ in range(int(stream.integers(5, 11))):  # letters are strokes: a name nobody can read
        width = float(stream.uniform(0.15, 0.32))
        canvas.fill(canvas.line([(x, 3.12), (x, 3.48)], 0.07), ink)
        canvas.fill(canvas.line([(x, 3.12 + 0.36 * float(stream.random())), (x + width, 3.3)], 0.06), ink)
        x += width + 0.12
    return canvas.texture()
