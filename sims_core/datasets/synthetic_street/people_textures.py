"""Textures of people, riders, bicycles and motorcycles: pictures that face the camera."""

from __future__ import annotations

import numpy as np

from sims_core.datasets.synthetic_street.atlas import Texture
from sims_core.datasets.synthetic_street.drawing import (
    Canvas,
    noise,
    texture_stream,
)
from sims_core.datasets.synthetic_street.geometry import Colour

NUM_PEOPLE = 24
NUM_RIDERS = 6
_SKINS: tuple[Colour, ...] = ((0.85, 0.66, 0.55), (0.78, 0.58, 0.46), (0.55, 0.38, 0.28), (0.38, 0.26, 0.2))
_HAIRS: tuple[Colour, ...] = ((0.16, 0.12, 0.09), (0.35, 0.24, 0.15), (0.62, 0.5, 0.32), (0.45, 0.44, 0.43))
_TROUSERS: tuple[Colour, ...] = (
    (0.16, 0.19, 0.28),
    (0.25, 0.33, 0.45),
    (0.12, 0.12, 0.13),
    (0.45, 0.4, 0.33),
    (0.3, 0.3, 0.31),
)


def people_textures() -> dict[str, Texture]:
    """Return `person_0..`, `rider_side_0..`, `rider_back_0..`, `bicycle_side`, `bicycle_back`, `motorcycle_*`.

    Side views face right. A person's coat and a vehicle's frame take the surface's tint.
    """
    found: dict[str, Texture] = {}
    for number in range(NUM_PEOPLE):
        stream = texture_stream(f"person_{number}")
        found[f"person_{number}"] = _side_walker(stream) if number % 2 else _front_walker(stream)
    for number in range(NUM_RIDERS):
        found[f"rider_side_{number}"] = _rider_side(texture_stream(f"rider_side_{number}"))
        found[f"rider_back_{number}"] = _rider_back(texture_stream(f"rider_back_{number}"), number % 2 == 1)
    found |= {"bicycle_side": _bicycle_side(), "bicycle_back": _bicycle_back()}
    found |= {"motorcycle_side": _motorcycle_side(), "motorcycle_back": _motorcycle_back()}
    return found


def _pick(stream: np.random.Generator, colours: tuple[Colour, ...]) -> Colour:
    return colours[int(stream.integers(len(colours)))]


def _finish(canvas: Canvas, stream: np.random.Generator, thicken: float = 1.4) -> Texture:
    """Add folds and light from above."""
    folds = 1 + 0.07 * noise(stream, canvas.shape, 1.2, 3)
    fall = np.linspace(1.06, 0.84, canvas.shape[0], dtype=np.float32)[:, None]
    canvas.shade((folds * fall).astype(np.float32))
    return canvas.texture(thicken=thicken)


def _head(canvas: Canvas, stream: np.random.Generator, x: float, y: float, view: str) -> None:
    skin, hair = _pick(stream, _SKINS), _pick(stream, _HAIRS)
    canvas.fill(canvas.limb([(x, y - 0.2), (x, y - 0.05)], [0.11, 0.1]), skin, rounded=0.3)
    canvas.fill(canvas.ellipse(x, y, 0.085 if view != "side" else 0.098, 0.12), skin, rounded=0.35)
    if view == "back":
        canvas.fill(canvas.ellipse(x, y + 0.015, 0.093, 0.12), hair, rounded=0.4)
    elif view == "side":
        canvas.fill(canvas.ellipse(x - 0.035, y + 0.04, 0.085, 0.095), hair, rounded=0.3)
    else:
        canvas.fill(canvas.polygon([(x - 0.1, y), (x - 0.07, y + 0.13), (x + 0.07, y + 0.13), (x + 0.1, y),
                                    (x + 0.06, y + 0.06), (x - 0.06, y + 0.06)]), hair)  # fmt: skip
        canvas.fill(
            canvas.rectangle(x - 0.055, y - 0.005, x + 0.055, y + 0.018),
            (skin[0] * 0.7, skin[1] * 0.65, skin[2] * 0.65),
        )
    if stream.random() < 0.35:
        canvas.fill(canvas.ellipse(x, y - 0.05, 0.12, 0.19) * (canvas.alpha < 0.5), hair, rounded=0.3)


def _front_walker(stream: np.random.Generator) -> Texture:
    canvas = Canvas((1.0, 2.0), (128, 256))
    view = "front" if stream.random() < 0.5 else "back"
    trousers, shoe = _pick(stream, _TROUSERS), (0.1, 0.09, 0.09)
    stance = float(stream.uniform(0.06, 0.13))
    lifted = float(stream.uniform(0.0, 0.12))
    hem = float(stream.uniform(0.78, 1.0)) if stream.random() < 0.6 else 0.55
    skin = _pick(stream, _SKINS)
    for side, rise in ((-1, 0.0), (1, lifted)):
        x = side * stance
        canvas.fill(canvas.ellipse(x, 0.05 + rise, 0.055, 0.05), shoe)
        canvas.fill(canvas.limb([(x, 0.07 + rise), (x * 0.9, 0.5), (x * 0.8, 0.95)], [0.1, 0.14, 0.18]), trousers,
                    rounded=0.45)  # fmt: skip
    shoulder = float(stream.uniform(0.2, 0.25))
    swing = float(stream.uniform(-0.06, 0.06))
    for side in (-1, 1):
        hand = (side * (shoulder + 0.07), 0.82 + side * swing)
        canvas.fill(canvas.ellipse(*hand, 0.045), skin)
        elbow = (side * (shoulder + 0.06), 1.1)
        canvas.fill(canvas.limb([(side * (shoulder - 0.03), 1.42), elbow, hand], [0.13, 0.11, 0.08]), tint=0.8,
                    rounded=0.45)  # fmt: skip
    torso = [(-shoulder * 0.95, hem), (shoulder * 0.95, hem), (shoulder * 0.8, 1.1), (shoulder, 1.42),
             (0.08, 1.52), (-0.08, 1.52), (-shoulder, 1.42), (-shoulder * 0.8, 1.1)]  # fmt: skip
    canvas.fill(canvas.polygon(torso), tint=0.95, rounded=0.4)
    if view == "front" and stream.random() < 0.6:
        canvas.fill(canvas.polygon([(-0.05, 1.5), (0.05, 1.5), (0.02, hem), (-0.02, hem)]), (0.75, 0.73, 0.7))
    if view == "back" and stream.random() < 0.4:
        canvas.fill(canvas.rectangle(-0.16, 1.0, 0.16, 1.42), (0.2, 0.17, 0.22), rounded=0.4)
    _head(canvas, stream, 0.0, 1.66, view)
    return _finish(canvas, stream)


def _side_walker(stream: np.random.Generator) -> Texture:
    canvas = Canvas((1.0, 2.0), (128, 256))
    trousers, shoe, skin = _pick(stream, _TROUSERS), (0.11, 0.1, 0.1), _pick(stream, _SKINS)
    stride = float(stream.uniform(0.12, 0.36))
    far = (trousers[0] * 0.7, trousers[1] * 0.7, trousers[2] * 0.7)
    for front, colour in ((-1, far), (1, trousers)):
        foot = (front * stride, 0.06 + (0.06 if front < 0 else 0.0))
        knee = (front * stride * 0.45 + 0.06, 0.5)
        canvas.fill(canvas.limb([foot, (foot[0] + 0.13, foot[1] - 0.02)], [0.09, 0.06]), shoe)
        canvas.fill(canvas.limb([foot, knee, (0.0, 0.95)], [0.1, 0.15, 0.2]), colour, rounded=0.45)
    hem = float(stream.uniform(0.75, 0.98))
    swing = stride * 0.8
    canvas.fill(canvas.limb([(0.0, 1.4), (swing * 0.5, 1.12), (swing + 0.06, 0.92)], [0.12, 0.1, 0.07]), tint=0.6)
    canvas.fill(canvas.polygon([(-0.15, hem), (0.14, hem), (0.13, 1.2), (0.1, 1.45), (0.02, 1.53), (-0.06, 1.52),
                                (-0.14, 1.4), (-0.13, 1.15)]), tint=0.9, rounded=0.45)  # fmt: skip
    if stream.random() < 0.4:
        canvas.fill(canvas.ellipse(-0.19, 1.24, 0.1, 0.2), (0.25, 0.2, 0.16), rounded=0.4)
    hand = (-swing * 0.8, 0.86)
    canvas.fill(canvas.ellipse(*hand, 0.042), skin)
    canvas.fill(canvas.limb([(-0.01, 1.4), (-swing * 0.6, 1.12), hand], [0.13, 0.11, 0.08]), tint=1.0, rounded=0.4)
    if stream.random() < 0.4:
        canvas.fill(canvas.rectangle(hand[0] - 0.13, 0.5, hand[0] + 0.13, 0.8), (0.4, 0.25, 0.18), rounded=0.3)
    _head(canvas, stream, 0.03, 1.66, "side")
    return _finish(canvas, stream)


def _rider_side(stream: np.random.Generator) -> Texture:
    """A cyclist leaning forward, feet at pedals near x = 0, saddle at (-0.2, 0.95), hands at (0.42, 1.05)."""
    canvas = Canvas((1.6, 2.0), (256, 256))
    trousers, skin = _pick(stream, _TROUSERS), _pick(stream, _SKINS)
    far = (trousers[0] * 0.7, trousers[1] * 0.7, trousers[2] * 0.7)
    for foot, knee, colour in (((-0.05, 0.46), (0.2, 0.82), far), ((0.06, 0.2), (0.2, 0.66), trousers)):
        canvas.fill(canvas.limb([foot, (foot[0] + 0.15, foot[1])], [0.09, 0.06]), (0.1, 0.1, 0.1))
        canvas.fill(canvas.limb([foot, knee, (-0.2, 0.98)], [0.1, 0.14, 0.19]), colour, rounded=0.45)
    shoulder = (0.08 + float(stream.uniform(-0.08, 0.08)), 1.47)
    canvas.fill(canvas.limb([(-0.2, 1.0), (-0.1, 1.25), shoulder], [0.26, 0.27, 0.24]), tint=0.9, rounded=0.45)
    canvas.fill(canvas.ellipse(0.43, 1.08, 0.05), skin)
    canvas.fill(canvas.limb([shoulder, (0.22, 1.2), (0.42, 1.08)], [0.14, 0.11, 0.08]), tint=1.0, rounded=0.4)
    head = (shoulder[0] + 0.09, shoulder[1] + 0.22)
    _head(canvas, stream, *head, "side")
    if stream.random() < 0.6:
        helmet = canvas.ellipse(head[0] - 0.01, head[1] + 0.06, 0.13, 0.1) * canvas.rectangle(-0.8, head[1], 0.8, 2.0)
        canvas.fill(helmet, _pick(stream, ((0.8, 0.8, 0.78), (0.15, 0.15, 0.16), (0.7, 0.15, 0.12))), rounded=0.3)
    return _finish(canvas, stream)


def _rider_back(stream: np.random.Generator, helmet: bool) -> Texture:
    canvas = Canvas((1.0, 2.0), (128, 256))
    trousers, skin = _pick(stream, _TROUSERS), _pick(stream, _SKINS)
    for side, foot in ((-1, 0.22), (1, 0.42)):
        canvas.fill(canvas.ellipse(side * 0.14, foot, 0.05, 0.045), (0.1, 0.1, 0.1))
        knee = (side * 0.19, 0.55 + foot * 0.4)
        canvas.fill(canvas.limb([(side * 0.14, foot), knee, (side * 0.1, 0.95)], [0.1, 0.14, 0.19]), trousers,
                    rounded=0.45)  # fmt: skip
        canvas.fill(canvas.ellipse(side * 0.3, 1.06, 0.045), skin)
        canvas.fill(canvas.limb([(side * 0.19, 1.42), (side * 0.31, 1.22), (side * 0.3, 1.06)], [0.13, 0.1, 0.08]),
                    tint=0.8, rounded=0.4)  # fmt: skip
    canvas.fill(canvas.limb([(0, 1.0), (0, 1.38)], [0.34, 0.42]), tint=0.9, rounded=0.45)
    _head(canvas, stream, 0.0, 1.64, "back")
    if helmet:
        canvas.fill(canvas.ellipse(0, 1.68, 0.13, 0.14), (0.2, 0.2, 0.22), rounded=0.4)
    return _finish(canvas, stream)


def _bicycle_side() -> Texture:
    canvas = Canvas((2.0, 1.2), (256, 128))
    rear, front, radius = (-0.52, 0.34), (0.52, 0.34), 0.32
    for centre in (rear, front):
        for angle in np.arange(0, np.pi, np.pi / 7):
            across = (radius * float(np.cos(angle)), radius * float(np.sin(angle)))
            spoke = [(centre[0] - across[0], centre[1] - across[1]), (centre[0] + across[0], centre[1] + across[1])]
            canvas.fill(canvas.line(spoke, 0.012), (0.5, 0.5, 0.5))
        tyre = canvas.ellipse(*centre, radius + 0.03) - canvas.ellipse(*centre, radius - 0.025)
        canvas.fill(np.clip(tyre, 0, 1), (0.09, 0.09, 0.09))
        canvas.fill(canvas.ellipse(*centre, 0.05), (0.3, 0.3, 0.3))
    crank, saddle, head = (-0.05, 0.32), (-0.2, 0.82), (0.36, 0.84)
    for bar in (
        [rear, crank, head],
        [crank, saddle],
        [saddle, head],
        [rear, (-0.17, 0.74)],
        [front, head, (0.34, 0.98)],
    ):
        canvas.fill(canvas.line(bar, 0.05), tint=0.9)
    canvas.fill(canvas.ellipse(*crank, 0.09), (0.2, 0.2, 0.2))
    canvas.fill(canvas.line([saddle, (-0.22, 0.93)], 0.04), (0.3, 0.3, 0.3))
    canvas.fill(canvas.limb([(-0.34, 0.95), (-0.1, 0.94)], [0.1, 0.05]), (0.12, 0.1, 0.09))
    canvas.fill(canvas.line([(0.34, 0.98), (0.42, 1.04), (0.3, 1.05)], 0.045), (0.15, 0.15, 0.15))
    canvas.fill(canvas.line([(-0.75, 0.55), (-0.52, 0.7), (-0.3, 0.68)], 0.035), (0.2, 0.2, 0.2))
    return canvas.texture(thicken=2.4)


def _bicycle_back() -> Texture:
    canvas = Canvas((0.8, 1.2), (128, 128))
    canvas.fill(canvas.limb([(0, 0.04), (0, 0.66)], [0.06, 0.07]), (0.08, 0.08, 0.08))
    canvas.fill(canvas.limb([(0, 0.6), (0, 0.9)], [0.09, 0.06]), tint=0.8)
    canvas.fill(canvas.line([(-0.11, 0.32), (0.11, 0.3)], 0.04), (0.2, 0.2, 0.2))
    canvas.fill(canvas.ellipse(0, 0.94, 0.09, 0.05), (0.12, 0.1, 0.1))
    canvas.fill(canvas.line([(-0.3, 1.0), (-0.12, 1.06), (0.12, 1.06), (0.3, 1.0)], 0.045), (0.15, 0.15, 0.15))
    canvas.fill(canvas.rectangle(-0.04, 0.6, 0.04, 0.68), (0.75, 0.1, 0.08))
    return canvas.texture(thicken=1.8)


def _motorcycle_side() -> Texture:
    canvas = Canvas((2.4, 1.2), (256, 128))
    rear, front = (-0.7, 0.31), (0.72, 0.31)
    black, chrome, steel = (0.07, 0.07, 0.075), (0.68, 0.69, 0.7), (0.34, 0.34, 0.35)
    for centre in (rear, front):
        canvas.fill(canvas.ellipse(*centre, 0.31), black, rounded=0.3)
        canvas.fill(canvas.ellipse(*centre, 0.2), (0.2, 0.2, 0.21))
        for angle in np.arange(5) * np.pi / 5:
            across = (0.2 * float(np.cos(angle)), 0.2 * float(np.sin(angle)))
            ends = [(centre[0] - across[0], centre[1] - across[1]), (centre[0] + across[0], centre[1] + across[1])]
            canvas.fill(canvas.line(ends, 0.03), chrome)
        canvas.fill(canvas.ellipse(*centre, 0.07), steel)
    canvas.fill(canvas.line([rear, (-0.1, 0.36)], 0.07), steel)
    canvas.fill(canvas.polygon([(-0.3, 0.22), (0.28, 0.2), (0.36, 0.5), (0.1, 0.66), (-0.3, 0.62)]), (0.13, 0.13, 0.14))
    canvas.fill(canvas.ellipse(-0.06, 0.36, 0.16, 0.13), chrome, rounded=0.5)
    for y in (0.48, 0.53, 0.58):  # cooling fins
        canvas.fill(canvas.line([(0.0, y), (0.24, y - 0.02)], 0.028), chrome)
    canvas.fill(canvas.limb([(0.3, 0.42), (0.2, 0.18), (-0.35, 0.2), (-0.95, 0.3)], [0.06, 0.06, 0.07, 0.12]), chrome,
                rounded=0.6)  # fmt: skip
    canvas.fill(canvas.line([front, (0.42, 0.96)], 0.07), chrome)
    canvas.fill(canvas.limb([(0.46, 0.6), (0.72, 0.66), (0.98, 0.52)], [0.05, 0.09, 0.05]), tint=0.9, rounded=0.4)
    canvas.fill(canvas.limb([(-1.05, 0.6), (-0.75, 0.72), (-0.35, 0.68)], [0.06, 0.14, 0.12]), tint=0.85, rounded=0.4)
    canvas.fill(canvas.limb([(-0.86, 0.84), (-0.5, 0.8), (-0.12, 0.76)], [0.12, 0.15, 0.12]), black, rounded=0.3)
    canvas.fill(canvas.polygon([(-0.16, 0.68), (0.3, 0.64), (0.4, 0.82), (0.22, 0.94), (-0.02, 0.9), (-0.16, 0.8)]),
                tint=1.0, rounded=0.4)  # fmt: skip
    canvas.fill(canvas.ellipse(0.5, 0.88, 0.12), steel, rounded=0.5)
    canvas.fill(canvas.ellipse(0.56, 0.88, 0.06, 0.1), (0.85, 0.86, 0.84))
    canvas.fill(canvas.line([(0.42, 0.96), (0.3, 1.08), (0.16, 1.04)], 0.045), black)
    canvas.fill(canvas.ellipse(0.26, 1.15, 0.07, 0.04), black)
    canvas.fill(canvas.ellipse(-1.02, 0.66, 0.05), (0.75, 0.1, 0.08))
    return canvas.texture(thicken=1.5)


def _motorcycle_back() -> Texture:
    canvas = Canvas((1.0, 1.4), (128, 128))
    canvas.fill(canvas.limb([(0, 0.09), (0, 0.6)], [0.17, 0.2]), (0.07, 0.07, 0.07), rounded=0.4)
    canvas.fill(canvas.limb([(0.15, 0.32), (0.17, 0.5)], [0.12, 0.1]), (0.55, 0.55, 0.55), rounded=0.5)
    canvas.fill(canvas.polygon([(-0.17, 0.5), (0.17, 0.5), (0.2, 0.8), (0.12, 0.92), (-0.12, 0.92), (-0.2, 0.8)]),
                tint=0.9, rounded=0.4)  # fmt: skip
    canvas.fill(canvas.rectangle(-0.1, 0.72, 0.1, 0.8), (0.8, 0.1, 0.08))
    canvas.fill(canvas.rectangle(-0.09, 0.5, 0.09, 0.62), (0.8, 0.8, 0.75))
    canvas.fill(canvas.ellipse(0, 0.95, 0.15, 0.07), (0.12, 0.1, 0.1), rounded=0.3)
    canvas.fill(canvas.line([(-0.4, 1.08), (-0.15, 1.1), (0.15, 1.1), (0.4, 1.08)], 0.05), (0.12, 0.12, 0.12))
    for side in (-1, 1):
        canvas.fill(canvas.ellipse(side * 0.36, 1.24, 0.08, 0.05), (0.1, 0.1, 0.1))
        canvas.fill(canvas.line([(side * 0.3, 1.09), (side * 0.36, 1.22)], 0.025), (0.15, 0.15, 0.15))
    return canvas.texture(thicken=1.5)
