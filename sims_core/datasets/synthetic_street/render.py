"""Pictures of synthetic streets: photo, categories, instances and depth of one scene.

Samples lie on a grid of half pixels. Categories, instances and depth are those of the sample at each pixel's
centre; the photo is the mean of the nine samples in and around a pixel with weights 1-2-1 each way.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from sims_core.base.seeding import random_stream
from sims_core.datasets.synthetic_street.camera import SAMPLES_PER_PIXEL
from sims_core.datasets.synthetic_street.categories import SKY
from sims_core.datasets.synthetic_street.library import texture_library
from sims_core.datasets.synthetic_street.rasteriser import perspective_view, rasterise
from sims_core.datasets.synthetic_street.shading import Shader
from sims_core.datasets.synthetic_street.world import World, build_world
from sims_core.scenes.scene import Scene, Split

LICENCE = "rendered by this project; textures from scikit-image's bundled photographs (CC0 and public domain)"


def render_scene(seed: int, scene_id: str, split: Split, height_px: int, width_px: int) -> Scene:
    """Render one scene; the same arguments give the same bytes.

    Args:
        seed: The project's seed.
        scene_id: The scene's name; its content depends on the seed and the name alone.
        split: Which split it belongs to.
        height_px: Picture height; more height at the same width shows more above and below.
        width_px: Picture width.

    Returns:
        The scene with instances of all object categories (0 elsewhere) and exact depth (inf in the sky).
    """
    world = build_world(seed, scene_id)
    atlas = texture_library()
    rows, columns = SAMPLES_PER_PIXEL * height_px + 1, SAMPLES_PER_PIXEL * width_px + 1
    matrix = world.camera.sample_matrix(height_px, width_px)
    view = perspective_view(world.surfaces, world.camera, matrix)
    winner, nearness = rasterise(view, world.surfaces, atlas, rows, columns)
    shader = Shader(world, view, atlas, matrix, random_stream(seed, "synthetic_street_wear", scene_id))
    light = shader.shade(winner, nearness)
    photo = _develop(_tent(light), random_stream(seed, "synthetic_street_camera", scene_id))
    labels, instances = _tables(world)
    centre = winner[1::2, 1::2]
    with np.errstate(divide="ignore"):
        depth = np.where(centre >= 0, 1.0 / nearness[1::2, 1::2], np.inf)
    return Scene(
        scene_id=scene_id,
        split=split,
        photo=photo,
        labels=labels[centre],
        instances=instances[centre],
        depth_m=depth.astype(np.float32),
        licence=LICENCE,
    )


def _tables(world: World) -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
    """Return label and instance by surface index; the last entry, index -1, is the sky."""
    labels = np.array([s.label for s in world.surfaces] + [SKY], dtype=np.uint8)
    instances = np.array([s.instance for s in world.surfaces] + [0], dtype=np.uint16)
    return labels, instances


def _tent(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Average (2 H + 1, 2 W + 1, 3) samples to (H, W, 3) pixels with weights 1-2-1."""
    across = samples[:, 0:-1:2] + 2 * samples[:, 1::2] + samples[:, 2::2]
    pixels: NDArray[np.float32] = (across[0:-1:2] + 2 * across[1::2] + across[2::2]) / 16
    return pixels


def _develop(light: NDArray[np.float32], stream: np.random.Generator) -> NDArray[np.uint8]:
    """Turn linear light into a photo: exposure, white balance, tone curve, vignette, softness and noise."""
    height, width = light.shape[:2]
    exposure = 0.78 * float(np.exp(stream.normal(0, 0.10)))
    balance = 1 + stream.normal(0, 0.025, 3)
    middle = float(np.median(light.mean(axis=2)))
    exposure *= float(np.clip(0.36 / max(middle, 1e-3), 0.7, 2.0)) ** 0.6
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    vignette = 1 - float(stream.uniform(0.03, 0.14)) * (x**2 + y**2) / 2
    exposed = light * (exposure * balance) * vignette[..., None]
    curve = np.sqrt(1 - np.exp(-1.35 * np.clip(exposed, 0, None)))
    contrast = float(stream.uniform(0.15, 0.55))
    curve = curve + contrast * (curve * curve * (3 - 2 * curve) - curve)
    soft = cv2.GaussianBlur(curve, (0, 0), float(stream.uniform(0.25, 0.55)))
    grain = stream.normal(0, float(stream.uniform(0.003, 0.009)), (height, width, 1))
    grain = grain + stream.normal(0, 0.004, (height, width, 3))
    photo: NDArray[np.uint8] = np.clip((soft + grain) * 255 + 0.5, 0, 255).astype(np.uint8)
    return photo
