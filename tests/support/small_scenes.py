"""Scenes of 32 x 64 pixels made of rectangles, in the five categories of the fixture `classes`."""

import numpy as np

from sims_core.scenes.scene import Scene, Split

SKY, ROAD, POLE, CAR, TREE = range(5)


def make_scene(scene_id: str, split: Split, seed: int, height_px: int = 32, width_px: int = 64) -> Scene:
    """A sky over a road with a tree, a pole and a car at random places; depth and instances exact."""
    rng = np.random.default_rng(seed)
    labels = np.full((height_px, width_px), SKY, dtype=np.uint8)
    depth = np.full(labels.shape, np.inf, dtype=np.float32)
    instances = np.zeros(labels.shape, dtype=np.uint16)
    horizon = height_px // 2
    labels[horizon:] = ROAD
    depth[horizon:] = (20.0 / np.arange(1, height_px - horizon + 1))[:, None]
    left = int(rng.integers(2, width_px // 3))
    labels[horizon // 2 : horizon + 3, left : left + 12] = TREE
    depth[labels == TREE] = 15.0
    pole = int(rng.integers(width_px // 2, width_px - 4))
    labels[4 : horizon + 5, pole : pole + 2] = POLE
    depth[labels == POLE] = 6.0
    car = int(rng.integers(width_px // 3, width_px - 18))
    labels[horizon - 2 : horizon + 8, car : car + 16] = CAR
    depth[labels == CAR] = 4.0
    instances[labels == CAR] = 1
    colours = rng.integers(30, 220, size=(5, 3))
    photo = np.clip(colours[labels] + rng.integers(-15, 15, size=(*labels.shape, 3)), 0, 255).astype(np.uint8)
    return Scene(
        scene_id=scene_id, split=split, photo=photo, labels=labels, instances=instances, depth_m=depth, licence="test"
    )
