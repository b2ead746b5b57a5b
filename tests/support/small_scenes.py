"""Scenes of 32 x 64 pixels made of rectangles, of five categories, one of each role that a rule looks at."""

from pathlib import Path

import numpy as np

from sims_core.formats.scenes import write_scenes
from sims_core.scenes.classes import Category, ClassTable, Role
from sims_core.scenes.scene import Scene, Split

SKY, ROAD, POLE, CAR, TREE = range(5)
CLASSES = ClassTable(
    categories=(
        Category(name="sky", colour=(70, 130, 180), role=Role.STUFF),
        Category(name="road", colour=(128, 64, 128), role=Role.PLANAR),
        Category(name="pole", colour=(153, 153, 153), role=Role.THIN),
        Category(name="car", colour=(0, 0, 142), role=Role.OBJECT),
        Category(name="tree", colour=(107, 142, 35), role=Role.FOLIAGE),
    )
)


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


def write_small_scenes(folder: Path) -> None:
    """Write the scenes artifact: six training and two validation scenes."""
    scenes = [make_scene(f"t{i}", "train", i) for i in range(6)] + [make_scene(f"v{i}", "val", 100 + i) for i in (0, 1)]
    write_scenes(folder, CLASSES, scenes)
