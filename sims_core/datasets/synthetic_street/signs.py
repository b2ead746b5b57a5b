"""Textures of traffic signs, traffic lights and lamps."""

from __future__ import annotations

import numpy as np

from sims_core.datasets.synthetic_street.atlas import Texture
from sims_core.datasets.synthetic_street.drawing import Canvas
from sims_core.datasets.synthetic_street.geometry import Colour

ROUND_SIGNS = ("sign_limit", "sign_no_entry", "sign_no_parking", "sign_keep_right")
OTHER_SIGNS = ("sign_yield", "sign_warning", "sign_priority", "sign_crossing", "sign_stop")
BOARDS = ("board_yellow", "board_blue")
LIGHTS = ("light_red", "light_amber", "light_green")

_WHITE: Colour = (0.93, 0.93, 0.92)
_RED: Colour = (0.78, 0.09, 0.1)
_BLUE: Colour = (0.08, 0.25, 0.62)
_YELLOW: Colour = (0.95, 0.75, 0.1)
_INK: Colour = (0.06, 0.06, 0.07)


def sign_textures() -> dict[str, Texture]:
    """Return the signs by name, each a picture of its own size with a transparent surround."""
    found = {"sign_limit": _limit(), "sign_no_entry": _no_entry(), "sign_no_parking": _no_parking()}
    found |= {"sign_keep_right": _keep_right(), "sign_yield": _triangle(down=True)}
    found |= {"sign_warning": _triangle(down=False), "sign_priority": _priority()}
    found |= {"sign_crossing": _crossing(), "sign_stop": _stop()}
    found |= {"board_yellow": _board(_YELLOW, _INK), "board_blue": _board(_BLUE, _WHITE)}
    found |= {name: _light(lit) for lit, name in enumerate(LIGHTS)}
    return found


def _plate() -> Canvas:
    return Canvas((0.8, 0.8), (64, 64))


def _limit() -> Texture:
    canvas = _plate()
    canvas.fill(canvas.ellipse(0, 0.4, 0.38), _RED)
    canvas.fill(canvas.ellipse(0, 0.4, 0.29), _WHITE)
    canvas.fill(
        canvas.line([(-0.06, 0.54), (-0.2, 0.54), (-0.2, 0.42), (-0.06, 0.4), (-0.08, 0.26), (-0.2, 0.27)], 0.06), _INK
    )
    ring = canvas.ellipse(0.12, 0.4, 0.1, 0.16) - canvas.ellipse(0.12, 0.4, 0.04, 0.1)
    canvas.fill(np.clip(ring, 0, 1), _INK)
    return canvas.texture(thicken=1.3)


def _no_entry() -> Texture:
    canvas = _plate()
    canvas.fill(canvas.ellipse(0, 0.4, 0.38), _RED)
    canvas.fill(canvas.rectangle(-0.27, 0.34, 0.27, 0.46), _WHITE)
    return canvas.texture(thicken=1.3)


def _no_parking() -> Texture:
    canvas = _plate()
    canvas.fill(canvas.ellipse(0, 0.4, 0.38), _RED)
    canvas.fill(canvas.ellipse(0, 0.4, 0.3), _BLUE)
    canvas.fill(canvas.line([(-0.22, 0.62), (0.22, 0.18)], 0.08), _RED)
    canvas.fill(canvas.line([(0.22, 0.62), (-0.22, 0.18)], 0.08), _RED)
    return canvas.texture(thicken=1.3)


def _keep_right() -> Texture:
    canvas = _plate()
    canvas.fill(canvas.ellipse(0, 0.4, 0.38), _BLUE)
    canvas.fill(canvas.line([(-0.15, 0.55), (0.12, 0.28)], 0.08), _WHITE)
    canvas.fill(canvas.polygon([(0.22, 0.18), (-0.04, 0.22), (0.18, 0.44)]), _WHITE)
    return canvas.texture(thicken=1.3)


def _triangle(*, down: bool) -> Texture:
    canvas = _plate()

    def scaled(size: float) -> list[tuple[float, float]]:
        corners = [(-0.38, 0.12), (0.38, 0.12), (0.0, 0.78)]
        middle = 0.34
        return [
            (x * size, 0.4 + (-1 if down else 1) * ((y - middle) * size - 0.04)) for x, y in corners
        ]  # both ways up, around the plate's middle

    canvas.fill(canvas.polygon(scaled(1.0)), _RED)
    canvas.fill(canvas.polygon(scaled(0.64)), _WHITE)
    if not down:
        canvas.fill(canvas.rectangle(-0.03, 0.3, 0.03, 0.5), _INK)
    return canvas.texture(thicken=1.3)


def _priority() -> Texture:
    canvas = _plate()
    for size, colour in ((0.39, _WHITE), (0.27, _YELLOW)):
        canvas.fill(canvas.polygon([(0, 0.4 - size), (size, 0.4), (0, 0.4 + size), (-size, 0.4)]), colour)
    return canvas.texture(thicken=1.3)


def _crossing() -> Texture:
    canvas = _plate()
    canvas.fill(canvas.rectangle(-0.36, 0.04, 0.36, 0.76), _BLUE)
    canvas.fill(canvas.polygon([(-0.28, 0.1), (0.28, 0.1), (0, 0.68)]), _WHITE)
    canvas.fill(canvas.line([(0.02, 0.5), (0, 0.36), (0.08, 0.2)], 0.06), _INK)
    canvas.fill(canvas.line([(0, 0.36), (-0.08, 0.2)], 0.05), _INK)
    return canvas.texture(thicken=1.3)


def _stop() -> Texture:
    canvas = _plate()
    for radius, colour in ((0.39, _WHITE), (0.36, _RED)):
        angles = np.arange(8) * np.pi / 4 + np.pi / 8
        canvas.fill(
            canvas.polygon([(radius * float(np.cos(a)), 0.4 + radius * float(np.sin(a))) for a in angles]), colour
        )
    for x in (-0.24, -0.09, 0.06, 0.21):
        canvas.fill(canvas.line([(x, 0.34), (x, 0.47), (x + 0.06, 0.47)], 0.04), _WHITE)
    return canvas.texture(thicken=1.3)


def _board(ground: Colour, ink: Colour) -> Texture:
    canvas = Canvas((2.4, 1.2), (128, 64))
    canvas.fill(canvas.rectangle(-1.18, 0.02, 1.18, 1.18), ink)
    canvas.fill(canvas.rectangle(-1.13, 0.07, 1.13, 1.13), ground)
    canvas.fill(canvas.line([(-0.8, 0.3), (-0.8, 0.85)], 0.1), ink)
    canvas.fill(canvas.polygon([(-0.95, 0.8), (-0.65, 0.8), (-0.8, 1.0)]), ink)
    for y in (0.42, 0.8):
        for x in np.arange(-0.45, 0.9, 0.2):
            canvas.fill(canvas.line([(float(x), y - 0.07), (float(x), y + 0.08), (float(x) + 0.1, y)], 0.045), ink)
    return canvas.texture(thicken=1.3)


def _light(lit: int) -> Texture:
    """A signal head with one of its lamps lit: 0 red, 1 amber, 2 green from the top."""
    canvas = Canvas((0.5, 1.0), (64, 128))
    canvas.fill(canvas.rectangle(-0.22, 0.03, 0.22, 0.97), (0.07, 0.08, 0.08))
    bright: tuple[Colour, ...] = ((1.0, 0.16, 0.1), (1.0, 0.7, 0.1), (0.2, 1.0, 0.6))
    for lamp, colour in enumerate(bright):
        y = 0.8 - 0.3 * lamp
        dim: Colour = (colour[0] * 0.2, colour[1] * 0.2, colour[2] * 0.2)
        canvas.fill(canvas.ellipse(0, y + 0.02, 0.15), (0.02, 0.02, 0.02))
        canvas.fill(canvas.ellipse(0, y, 0.125), colour if lamp == lit else dim)
    return canvas.texture(thicken=1.4)
