"""Textures of the sides, noses and tails of cars, vans, trucks, buses and trams."""

from __future__ import annotations

import numpy as np

from sims_core.datasets.synthetic_street.atlas import Texture
from sims_core.datasets.synthetic_street.drawing import Canvas, Mask, make_texture, texture_stream
from sims_core.datasets.synthetic_street.geometry import Colour

CAR_LENGTH_M = 4.4
"""Length that car side textures are drawn at."""

_GLASS: Colour = (0.10, 0.12, 0.14)
_RUBBER: Colour = (0.05, 0.05, 0.055)
_LAMP: Colour = (0.88, 0.9, 0.92)
_TAIL: Colour = (0.72, 0.05, 0.05)
_PLATE: Colour = (0.9, 0.9, 0.86)


def vehicle_textures() -> dict[str, Texture]:
    """Return the parts by name; bodywork takes the surface's tint."""
    found = {"car_side": _car_side(), "car_nose": _car_nose(), "car_tail": _car_tail()}
    found |= {"car_cabin_side": _cabin_side(), "glass": _windscreen(), "wheel": _wheel(), "dark": _dark()}
    found |= {"bodywork": _bodywork(), "bus_side": _bus_side("bus_side"), "tram_side": _bus_side("tram_side")}
    found |= {"bus_nose": _bus_nose(tail=False), "bus_tail": _bus_nose(tail=True)}
    found |= {"truck_nose": _truck_nose(), "cab_side": _cab_side(), "cargo": _cargo(), "cargo_tail": _cargo_tail()}
    return found


def _sheen(canvas: Canvas, low: float = 0.62) -> None:
    """Bodywork mirrors the sky above and the road below its shoulder line."""
    height = np.linspace(1, 0, canvas.shape[0])
    profile = np.interp(height, [0.0, 0.15, 0.45, 0.7, 0.86, 0.93, 1.0], [low * 0.7, low, 0.8, 0.86, 1.0, 0.93, 1.05])
    canvas.paint *= profile.astype(np.float32)[:, None]


def _car_side() -> Texture:
    """The side below the windows, 4.4 m by 0.75 m: doors, handles, wheel arches."""
    canvas = Canvas((CAR_LENGTH_M, 0.75), (512, 128))
    canvas.fill(canvas.rectangle(-3, -1, 3, 1), tint=0.95)
    _sheen(canvas)
    for x in (-1.05, 0.05, 0.98):
        canvas.fill(canvas.line([(x, 0.1), (x - 0.03, 0.75)], 0.012), tint=0.25)
    for x in (-0.9, 0.2):
        canvas.fill(canvas.rectangle(x, 0.54, x + 0.18, 0.575), tint=0.5)
    canvas.fill(canvas.line([(-2.0, 0.42), (2.0, 0.38)], 0.01), tint=0.6)
    canvas.fill(canvas.rectangle(-3, 0.0, 3, 0.06), _RUBBER)
    for x in (-1.35, 1.35):
        canvas.fill(canvas.ellipse(x, 0.08, 0.40), tint=0.5)
        canvas.fill(canvas.ellipse(x, 0.08, 0.375), (0.02, 0.02, 0.02))
    canvas.fill(canvas.rectangle(-2.2, 0.45, -2.02, 0.62), _TAIL)
    canvas.fill(canvas.rectangle(2.0, 0.45, 2.2, 0.58), _LAMP)
    return canvas.texture()


def _cabin_side() -> Texture:
    """Side windows between pillars, mirroring a bright sky above dark seats."""
    canvas = Canvas((1.0, 1.0), (256, 64))
    canvas.fill(canvas.rectangle(-1, -1, 1, 2), tint=0.9)
    for outline in (
        [(-0.43, 0.05), (-0.03, 0.05), (-0.03, 0.86), (-0.35, 0.86)],
        [(0.02, 0.05), (0.44, 0.05), (0.33, 0.86), (0.02, 0.86)],
    ):
        pane = canvas.polygon(outline)
        canvas.fill(pane, _GLASS)
        _reflect(canvas, pane, 0.30)
    canvas.fill(canvas.ellipse(-0.2, 0.3, 0.05, 0.25), (0.04, 0.04, 0.04))
    canvas.fill(canvas.ellipse(0.18, 0.3, 0.05, 0.25), (0.04, 0.04, 0.04))
    return canvas.texture()


def _reflect(canvas: Canvas, pane: Mask, strength: float) -> None:
    """Add a slanting reflection of the sky to a pane."""
    rows, columns = canvas.shape
    slant = np.linspace(1, 0, rows)[:, None] + 0.35 * np.linspace(-1, 1, columns)[None, :]
    sky = (strength * np.clip((slant - 0.35) * 1.5, 0, 1)).astype(np.float32)
    canvas.base += (pane * sky)[..., None] * np.array([0.75, 0.85, 0.95], dtype=np.float32)


def _windscreen() -> Texture:
    canvas = Canvas((1.0, 1.0), (64, 64))
    canvas.fill(canvas.rectangle(-1, -1, 1, 2), tint=0.85)
    pane = canvas.polygon([(-0.46, 0.05), (0.46, 0.05), (0.365, 0.93), (-0.365, 0.93)])
    canvas.fill(pane, (0.05, 0.06, 0.07))
    _reflect(canvas, pane, 0.34)
    for side in (-0.22, 0.22):
        canvas.fill(canvas.ellipse(side, 0.16, 0.08, 0.2) * pane, (0.03, 0.03, 0.035))
        canvas.fill(canvas.ellipse(side, 0.42, 0.05, 0.08) * pane, (0.04, 0.04, 0.045))
    return canvas.texture()


def _car_nose() -> Texture:
    canvas = Canvas((1.8, 0.7), (128, 64))
    canvas.fill(canvas.rectangle(-1, -1, 1, 1), tint=0.95)
    _sheen(canvas)
    canvas.fill(canvas.rectangle(-0.9, 0.0, 0.9, 0.08), _RUBBER)
    canvas.fill(canvas.polygon([(-0.55, 0.06), (0.55, 0.06), (0.62, 0.24), (-0.62, 0.24)]), (0.06, 0.06, 0.06))
    canvas.fill(canvas.polygon([(-0.42, 0.4), (0.42, 0.4), (0.46, 0.58), (-0.46, 0.58)]), (0.1, 0.1, 0.105))
    canvas.fill(canvas.rectangle(-0.42, 0.48, 0.42, 0.5), (0.6, 0.6, 0.62))
    canvas.fill(canvas.ellipse(0, 0.49, 0.06), (0.75, 0.75, 0.78))
    for side in (-1, 1):
        lamp = [(side * 0.5, 0.42), (side * 0.86, 0.44), (side * 0.88, 0.62), (side * 0.52, 0.56)]
        canvas.fill(canvas.polygon(lamp), (0.25, 0.26, 0.28))
        canvas.fill(canvas.ellipse(side * 0.7, 0.52, 0.13, 0.065), _LAMP)
    canvas.fill(canvas.rectangle(-0.26, 0.26, 0.26, 0.37), _PLATE)
    return canvas.texture()


def _car_tail() -> Texture:
    canvas = Canvas((1.8, 0.75), (128, 64))
    canvas.fill(canvas.rectangle(-1, -1, 1, 1), tint=0.95)
    _sheen(canvas)
    canvas.fill(canvas.rectangle(-0.9, 0.0, 0.9, 0.12), _RUBBER)
    canvas.fill(canvas.rectangle(-0.8, 0.27, 0.8, 0.285), tint=0.4)
    for side in (-1, 1):
        canvas.fill(
            canvas.polygon([(side * 0.55, 0.48), (side * 0.9, 0.44), (side * 0.9, 0.68), (side * 0.6, 0.66)]), _TAIL
        )
        canvas.fill(canvas.rectangle(side * 0.74 - 0.09, 0.5, side * 0.74 + 0.09, 0.54), (0.9, 0.55, 0.4))
    canvas.fill(canvas.rectangle(-0.28, 0.42, 0.28, 0.55), _PLATE)
    canvas.fill(canvas.rectangle(-0.2, 0.47, 0.2, 0.5), (0.15, 0.15, 0.18))
    canvas.fill(canvas.ellipse(0, 0.64, 0.05), (0.7, 0.7, 0.72))
    return canvas.texture()


def _wheel() -> Texture:
    canvas = Canvas((1.0, 1.0), (64, 64))
    canvas.fill(canvas.ellipse(0, 0.5, 0.49), _RUBBER)
    canvas.fill(canvas.ellipse(0, 0.5, 0.33), (0.18, 0.18, 0.19))
    for angle in np.arange(5) * 2 * np.pi / 5 + 0.3:
        tip = (0.3 * float(np.cos(angle)), 0.5 + 0.3 * float(np.sin(angle)))
        canvas.fill(canvas.limb([(0, 0.5), tip], [0.1, 0.13]), (0.6, 0.61, 0.63))
    canvas.fill(canvas.ellipse(0, 0.5, 0.08), (0.5, 0.5, 0.52))
    return canvas.texture()


def _dark() -> Texture:
    return make_texture(np.full((8, 8, 3), 0.045, np.float32), None, None, (1.0, 1.0))


def _bodywork() -> Texture:
    ramp = np.interp(np.linspace(1, 0, 32), [0, 0.3, 0.85, 1], [0.6, 0.82, 1.0, 0.92]).astype(np.float32)
    return make_texture(None, np.tile(ramp[:, None], (1, 8)), None, (1.0, 1.0))


def _bus_side(name: str) -> Texture:
    """A run of windows with doors, 6 m long, tiling along the vehicle."""
    canvas = Canvas((6.0, 3.0), (512, 256))
    is_tram = name == "tram_side"
    canvas.fill(canvas.rectangle(-4, 0, 4, 3), tint=0.95)
    canvas.paint *= np.interp(np.linspace(1, 0, 256), [0, 0.1, 0.3, 0.9, 1], [0.6, 0.8, 0.95, 1.0, 0.8]).astype(
        np.float32
    )[:, None]
    canvas.fill(canvas.rectangle(-3, 1.15, 3, 2.5), (0.07, 0.08, 0.09))
    stream = texture_stream(name)
    for left in np.arange(-3, 3, 1.5):
        pane = canvas.rectangle(float(left) + 0.05, 1.2, float(left) + 1.45, 2.45)
        tone = float(stream.uniform(0.12, 0.2))
        canvas.fill(pane, (tone, tone * 1.12, tone * 1.25))
        for x in stream.uniform(float(left) + 0.2, float(left) + 1.3, 2):
            canvas.fill(canvas.ellipse(float(x), 1.35, 0.17, 0.3) * pane, (0.09, 0.08, 0.08))
    canvas.fill(canvas.rectangle(-3, 2.62, 3, 2.68), (0.85, 0.85, 0.82))
    canvas.fill(canvas.rectangle(-3, 0.72, 3, 0.86), (0.88, 0.88, 0.85))
    canvas.fill(canvas.rectangle(1.62, 0.12, 2.86, 2.5), (0.1, 0.11, 0.12))
    for left in (1.66, 2.27):
        canvas.fill(canvas.rectangle(left, 0.3, left + 0.53, 2.42), (0.2, 0.24, 0.27))
    if is_tram:
        canvas.fill(canvas.rectangle(-3, 0.0, 3, 0.25), (0.12, 0.12, 0.12))
        canvas.fill(canvas.rectangle(-3.0, 0.0, -2.9, 3.0), (0.1, 0.1, 0.1))
    return canvas.texture()


def _bus_nose(*, tail: bool) -> Texture:
    canvas = Canvas((2.5, 3.0), (128, 128))
    canvas.fill(canvas.rectangle(-2, 0, 2, 3), tint=0.95)
    _sheen(canvas, 0.75)
    canvas.fill(canvas.rectangle(-1.25, 0, 1.25, 0.12), _RUBBER)
    low, high = (1.5, 2.4) if tail else (0.95, 2.4)
    canvas.fill(canvas.rectangle(-1.15, low, 1.15, high), (0.09, 0.11, 0.13))
    canvas.fill(
        canvas.polygon([(-1.1, high - 0.05), (0.2, high - 0.05), (-0.4, low + 0.05), (-1.1, low + 0.05)]),
        (0.16, 0.19, 0.22),
    )
    canvas.fill(canvas.rectangle(-0.9, 2.5, 0.9, 2.85), (0.04, 0.04, 0.04))
    for x in np.arange(-0.7, 0.5, 0.2):
        canvas.fill(canvas.line([(float(x), 2.58), (float(x), 2.77), (float(x) + 0.1, 2.68)], 0.04), (1.0, 0.65, 0.1))
    for side in (-1, 1):
        if tail:
            canvas.fill(canvas.rectangle(side * 1.0 - 0.12, 0.5, side * 1.0 + 0.12, 1.1), _TAIL)
        else:
            canvas.fill(canvas.ellipse(side * 0.9, 0.5, 0.2, 0.13), _LAMP)
    canvas.fill(canvas.rectangle(-0.3, 0.3, 0.3, 0.45), _PLATE)
    return canvas.texture()


def _truck_nose() -> Texture:
    canvas = Canvas((2.4, 2.6), (128, 128))
    canvas.fill(canvas.rectangle(-2, 0, 2, 3), tint=0.95)
    _sheen(canvas, 0.75)
    canvas.fill(canvas.rectangle(-1.08, 1.3, 1.08, 2.2), (0.1, 0.12, 0.14))
    canvas.fill(canvas.rectangle(-0.85, 0.55, 0.85, 1.15), (0.08, 0.08, 0.085))
    canvas.fill(canvas.rectangle(-1.2, 0.0, 1.2, 0.45), (0.14, 0.14, 0.15))
    for y in (0.7, 0.85, 1.0):
        canvas.fill(canvas.rectangle(-0.8, y, 0.8, y + 0.03), (0.4, 0.4, 0.42))
    for side in (-1, 1):
        canvas.fill(canvas.rectangle(side * 0.92 - 0.16, 0.2, side * 0.92 + 0.16, 0.4), _LAMP)
    canvas.fill(canvas.rectangle(-0.26, 0.1, 0.26, 0.22), _PLATE)
    return canvas.texture()


def _cab_side() -> Texture:
    canvas = Canvas((2.0, 2.6), (64, 128))
    canvas.fill(canvas.rectangle(-2, 0, 2, 3), tint=0.9)
    _sheen(canvas, 0.75)
    canvas.fill(canvas.polygon([(-0.5, 1.3), (0.75, 1.3), (0.6, 2.15), (-0.5, 2.15)]), (0.09, 0.11, 0.13))
    canvas.fill(canvas.line([(-0.6, 0.3), (-0.6, 2.3)], 0.04), tint=0.4)
    canvas.fill(canvas.ellipse(0.2, 0.05, 0.55), (0.02, 0.02, 0.02))
    return canvas.texture()


def _cargo() -> Texture:
    canvas = Canvas((6.0, 2.8), (256, 128))
    canvas.fill(canvas.rectangle(-4, 0, 4, 3), tint=0.92)
    for x in np.arange(-3, 3.1, 0.6):
        canvas.fill(canvas.line([(float(x), 0), (float(x), 2.8)], 0.03), tint=0.78)
    canvas.fill(canvas.rectangle(-3, 0, 3, 0.14), (0.35, 0.35, 0.36))
    canvas.fill(canvas.rectangle(-3, 2.68, 3, 2.8), tint=0.7)
    x = -1.8
    for width in (0.5, 0.3, 0.55, 0.4, 0.5):
        canvas.fill(canvas.line([(x, 1.2), (x, 2.0), (x + width * 0.6, 1.5)], 0.16), (0.15, 0.22, 0.42))
        x += width + 0.25
    return canvas.texture()


def _cargo_tail() -> Texture:
    canvas = Canvas((2.4, 2.8), (128, 128))
    canvas.fill(canvas.rectangle(-2, 0, 2, 3), tint=0.9)
    canvas.fill(canvas.rectangle(-1.2, 0, 1.2, 0.25), (0.16, 0.16, 0.17))
    canvas.fill(canvas.rectangle(-0.02, 0.25, 0.02, 2.8), tint=0.4)
    for x in (-0.5, -0.25, 0.25, 0.5):
        canvas.fill(canvas.line([(x, 0.3), (x, 2.75)], 0.04), tint=0.6)
    for side in (-1, 1):
        canvas.fill(canvas.rectangle(side * 1.0 - 0.15, 0.06, side * 1.0 + 0.15, 0.2), _TAIL)
    canvas.fill(canvas.rectangle(-0.26, 0.06, 0.26, 0.19), _PLATE)
    return canvas.texture()
