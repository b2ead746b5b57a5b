"""Textures of grounds, walls, roofs, fences, foliage and clouds."""

from __future__ import annotations

import cv2
import numpy as np

from sims_core.datasets.synthetic_street.atlas import Texture
from sims_core.datasets.synthetic_street.drawing import (
    Canvas,
    Mask,
    bundled_photo,
    flat_photo,
    make_texture,
    noise,
    texture_stream,
)

NUM_CROWNS = 6
NUM_HEDGES = 2


def material_textures() -> dict[str, Texture]:
    """Return the textures by name; walls and grounds are all tint, so any colour will do."""
    found = {"plain": make_texture(None, np.full((8, 8), 0.9, np.float32), None, (1.0, 1.0))}
    found |= {"asphalt": _asphalt("asphalt", 0.05), "asphalt_cracked": _asphalt("asphalt_cracked", 0.09)}
    found |= {"paving": _slabs("paving", 5, 5), "slabs": _slabs("slabs", 3, 4), "cobbles": _slabs("cobbles", 16, 16)}
    found |= {"kerb": _slabs("kerb", 1, 3), "grass": _grass(), "markings": _markings()}
    found |= {"wall_brick": _brick(), "wall_plaster": _plaster(), "wall_stone": _slabs("wall_stone", 8, 5)}
    found |= {"wall_concrete": _concrete(), "roof_tiles": _roof_tiles()}
    found |= {"fence_planks": _planks(), "fence_bars": _bars(), "fence_mesh": _mesh(), "bark": _bark()}
    found |= {f"crown_{i}": _crown(f"crown_{i}") for i in range(NUM_CROWNS)}
    found |= {f"hedge_{i}": _hedge(f"hedge_{i}") for i in range(NUM_HEDGES)}
    found |= {"cylinder": _cylinder(), "clouds": _clouds()}
    return found


def _tinted(paint: Mask, size_m: float) -> Texture:
    return make_texture(None, np.clip(paint, 0, 1).astype(np.float32), None, (size_m, size_m))


def _asphalt(name: str, contrast: float) -> Texture:
    stream = texture_stream(name)
    grain = np.tile(flat_photo("gravel.png"), (2, 2))
    paint = 0.62 + 0.16 * (grain - 1) + 0.03 * noise(stream, (512, 512), 1.4, 8)
    cracks = np.abs(noise(stream, (512, 512), 1.7, 6)) < contrast * 0.35
    paint -= 0.12 * cv2.GaussianBlur(cracks.astype(np.float32), (0, 0), 0.8)
    paint += contrast * np.sign(noise(stream, (512, 512), 2.2, 40)) * 0.5
    return _tinted(paint, 6.0)


def _slabs(name: str, num_rows: int, num_columns: int) -> Texture:
    """Stones in courses, every other course shifted by half a stone."""
    stream = texture_stream(name)
    size = 256
    row = np.arange(size) * num_rows / size
    column = np.arange(size)[None, :] * num_columns / size + 0.5 * (row[:, None].astype(int) % 2)
    which = (row[:, None].astype(int) % num_rows) * num_columns + column.astype(int) % num_columns
    tones = 0.78 + 0.06 * stream.standard_normal(num_rows * num_columns)
    paint = tones[which].astype(np.float32)
    wide = 0.035 * max(num_rows, num_columns) / 4
    edge = np.minimum(np.abs((row % 1) - 0.5)[:, None] * np.ones((1, size)), np.abs(column % 1 - 0.5))
    far = np.maximum(np.abs((row % 1) - 0.5)[:, None] * np.ones((1, size)), np.abs(column % 1 - 0.5))
    joint = np.clip((far - (0.5 - wide)) / (wide * 0.6), 0, 1) + 0 * edge
    paint = paint * (1 + 0.10 * (flat_photo("gravel.png") - 1)) + 0.02 * noise(stream, (size, size), 1.0)
    return _tinted(paint - 0.3 * joint.astype(np.float32), 2.4)


def _grass() -> Texture:
    stream = texture_stream("grass")
    blades = flat_photo("grass.png", 512)
    paint = 0.6 * (1 + 0.55 * (blades - 1)) + 0.05 * noise(stream, (512, 512), 1.6, 12)
    dry = np.clip(noise(stream, (512, 512), 1.8, 20) * 0.05, 0, 0.12)
    base = np.stack([dry, dry * 0.8, dry * 0.2], axis=2).astype(np.float32)
    return make_texture(base, paint.astype(np.float32), None, (3.0, 3.0))


def _markings() -> Texture:
    stream = texture_stream("markings")
    worn = np.clip(0.92 - 0.10 * np.clip(noise(stream, (256, 256), 0.9), 0, 3), 0.5, 1)
    return _tinted(worn * (1 + 0.08 * (flat_photo("gravel.png") - 1)), 2.0)


def _brick() -> Texture:
    stream = texture_stream("brick")
    photo = np.rot90(bundled_photo("brick.png").mean(axis=2))
    small = cv2.resize(photo[:384, :384], (256, 256), interpolation=cv2.INTER_AREA)
    even = small / cv2.GaussianBlur(small, (0, 0), 40)
    mortar = np.clip((even - 1.12) * 3, 0, 1)
    paint = 0.7 * even * (1 - mortar) + 0.02 * noise(stream, (256, 256), 1.0)
    base = (mortar * 0.62)[..., None] * np.array([1.0, 0.97, 0.92])
    return make_texture(base.astype(np.float32), np.clip(paint, 0, 1).astype(np.float32), None, (2.2, 2.2))


def _plaster() -> Texture:
    stream = texture_stream("plaster")
    paint = 0.86 + 0.02 * noise(stream, (256, 256), 1.5) + 0.015 * noise(stream, (256, 256), 0.2)
    return _tinted(paint, 6.0)


def _concrete() -> Texture:
    stream = texture_stream("concrete")
    grain = 0.02 * noise(stream, (256, 256), 0.4) + 0.035 * noise(stream, (256, 256), 1.5)
    pores = noise(stream, (256, 256), 0.5, 3) > 2.6
    paint = 0.8 + grain - 0.2 * cv2.GaussianBlur(pores.astype(np.float32), (0, 0), 0.8)
    paint[::64] -= 0.15
    paint[:, ::128] -= 0.15
    return _tinted(paint, 4.0)


def _roof_tiles() -> Texture:
    stream = texture_stream("roof_tiles")
    y, x = np.mgrid[0:256, 0:256]
    row, column = (y // 16), ((x + 8 * (y // 16 % 2)) // 16) % 16
    tone = 0.75 + 0.07 * stream.standard_normal((16, 16))
    paint = tone[row, column] * (0.7 + 0.3 * ((y % 16) / 16)) * (0.85 + 0.15 * np.sin((x + 8 * row) / 16 * 2 * np.pi))
    return _tinted(paint.astype(np.float32), 4.0)


def _planks() -> Texture:
    stream = texture_stream("planks")
    grain = noise(stream, (8, 256), 1.0).repeat(32, axis=0)
    plank = np.arange(256) // 32
    paint = 0.75 + 0.03 * grain + 0.08 * stream.standard_normal(8)[plank][None, :]
    alpha = np.ones((256, 256), np.float32)
    paint[:, np.arange(256) % 32 < 2] -= 0.35
    alpha[:6, :] = 0
    return make_texture(None, np.clip(paint, 0, 1).astype(np.float32), alpha, (1.2, 1.5))


def _bars() -> Texture:
    canvas = Canvas((2.0, 1.4), (256, 128))
    for x in np.arange(-0.95, 1.0, 0.1):
        canvas.fill(canvas.line([(float(x), 0.0), (float(x), 1.3)], 0.045), tint=0.9, rounded=0.5)
    for y in (0.15, 1.2):
        canvas.fill(canvas.rectangle(-1, y - 0.04, 1, y + 0.04), tint=1.0)
    for x in (-0.97, 0.97):
        canvas.fill(canvas.rectangle(x - 0.06, 0, x + 0.06, 1.4), tint=0.8, rounded=0.3)
    return canvas.texture(thicken=2.5)


def _mesh() -> Texture:
    """A wire fence overgrown enough to be seen: mesh in front of a fabric screen."""
    canvas = Canvas((2.0, 1.8), (256, 256))
    canvas.fill(canvas.rectangle(-1, 0.05, 1, 1.65), tint=0.45)
    for offset in np.arange(-3, 3, 0.12):
        canvas.fill(canvas.line([(float(offset), 0), (float(offset) + 1.8, 1.75)], 0.016), (0.5, 0.52, 0.5))
        canvas.fill(canvas.line([(float(offset) + 1.8, 0), (float(offset), 1.75)], 0.016), (0.5, 0.52, 0.5))
    for x in (-0.97, 0.97):
        canvas.fill(canvas.rectangle(x - 0.05, 0, x + 0.05, 1.8), (0.35, 0.4, 0.36), rounded=0.4)
    return canvas.texture(thicken=2.0)


def _bark() -> Texture:
    stream = texture_stream("bark")
    streaks = noise(stream, (16, 128), 0.5).repeat(8, axis=0)
    round_ = np.sqrt(1 - np.linspace(-0.95, 0.95, 128) ** 2)
    paint = (0.62 + 0.10 * cv2.GaussianBlur(streaks, (0, 0), 1.5)) * (0.4 + 0.6 * round_)[None, :]
    return _tinted(np.asarray(paint, np.float32), 1.0)


def _leaves(stream: np.random.Generator, shape: tuple[int, int]) -> tuple[Mask, Mask]:
    """Return (relief, clumps): small-scale leaf brightness around 1 and clump-scale noise."""
    photo = np.tile(flat_photo("grass.png", 256), (shape[0] // 256 + 1, shape[1] // 256 + 1))[: shape[0], : shape[1]]
    clumps = noise(stream, shape, 1.3, 10)
    relief = 1 + 0.5 * (photo - 1) + 0.16 * clumps + 0.10 * noise(stream, shape, 0.6, 3)
    return relief.astype(np.float32), clumps


def _crown(name: str) -> Texture:
    """One clump of a tree's crown, ragged at the rim, lit from above."""
    stream = texture_stream(name)
    shape = (256, 256)
    relief, clumps = _leaves(stream, shape)
    y, x = np.mgrid[-1:1:256j, -1:1:256j]
    radius = np.hypot(x / stream.uniform(0.82, 0.95), y / stream.uniform(0.8, 0.95))
    ragged = noise(stream, shape, 1.1, 4)
    cover = 0.82 - radius + 0.16 * ragged + 0.05 * clumps
    holes = noise(stream, shape, 0.9, 6) > 1.55
    alpha = ((cover > 0) & ~holes & (radius < 1.0)).astype(np.float32)
    light = np.clip(0.62 - 0.28 * y + 0.10 * (1 - radius), 0.25, 1.0)
    paint = np.clip(0.9 * relief * light, 0.05, 1)
    warm = (np.clip(relief - 1.1, 0, 1) * 0.25)[..., None] * np.array([1.0, 0.95, 0.4])
    return make_texture(
        warm.astype(np.float32),
        paint.astype(np.float32),
        cv2.GaussianBlur(alpha, (0, 0), 0.7),
        (4.0, 4.0),
        thicken=1.15,
    )


def _hedge(name: str) -> Texture:
    stream = texture_stream(name)
    shape = (128, 256)
    relief, clumps = _leaves(stream, shape)
    height = np.linspace(1, 0, 128)[:, None]
    alpha = (height < 0.93 + 0.03 * clumps).astype(np.float32)
    paint = np.clip(0.8 * relief * (0.55 + 0.45 * height), 0.05, 1)
    return make_texture(None, paint.astype(np.float32), alpha, (3.0, 1.5))


def _cylinder() -> Texture:
    round_ = np.sqrt(1 - np.linspace(-0.97, 0.9, 16) ** 2)
    return _tinted(np.tile(0.35 + 0.6 * round_, (16, 1)).astype(np.float32), 1.0)


def _clouds() -> Texture:
    """Two cloud fields in the colour channels: billows in red, wisps in green; the sky decides their colour."""
    stream = texture_stream("clouds")
    billows = noise(stream, (512, 512), 1.75)
    wisps = noise(stream, (64, 512), 1.6)
    wide = cv2.resize(wisps, (512, 512), interpolation=cv2.INTER_CUBIC)
    fields = np.stack([billows, wide, noise(stream, (512, 512), 1.2)], axis=2)
    return make_texture(np.asarray(fields / 6 + 0.5, dtype=np.float32), None, None, (1.0, 1.0))
