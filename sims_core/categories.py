"""The street categories that datasets share, and their names elsewhere: a category's name to its canonical name."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sims_core.classes import VOID, Category, ClassTable, Role

# Cityscapes' 19 training categories in their order and colours.
CANONICAL = ClassTable(
    categories=(
        Category(name="road", colour=(128, 64, 128), role=Role.PLANAR),
        Category(name="sidewalk", colour=(244, 35, 232), role=Role.PLANAR),
        Category(name="building", colour=(70, 70, 70), role=Role.STUFF),
        Category(name="wall", colour=(102, 102, 156), role=Role.STUFF),
        Category(name="fence", colour=(190, 153, 153), role=Role.STUFF),
        Category(name="pole", colour=(153, 153, 153), role=Role.THIN),
        Category(name="traffic light", colour=(250, 170, 30), role=Role.THIN),
        Category(name="traffic sign", colour=(220, 220, 0), role=Role.THIN),
        Category(name="vegetation", colour=(107, 142, 35), role=Role.FOLIAGE),
        Category(name="terrain", colour=(152, 251, 152), role=Role.PLANAR),
        Category(name="sky", colour=(70, 130, 180), role=Role.STUFF),
        Category(name="person", colour=(220, 20, 60), role=Role.OBJECT),
        Category(name="rider", colour=(255, 0, 0), role=Role.OBJECT),
        Category(name="car", colour=(0, 0, 142), role=Role.OBJECT),
        Category(name="truck", colour=(0, 0, 70), role=Role.OBJECT),
        Category(name="bus", colour=(0, 60, 100), role=Role.OBJECT),
        Category(name="train", colour=(0, 80, 100), role=Role.OBJECT),
        Category(name="motorcycle", colour=(0, 0, 230), role=Role.OBJECT),
        Category(name="bicycle", colour=(119, 11, 32), role=Role.OBJECT),
    )
)
# By canonical name, names of other datasets (SegNet's and the original CamVid, ADE20K, COCO-Stuff, one's own), the
# nearest in meaning first.
_NAMES_OF = {
    "road": "road marking, lane marking, lanemkgsdriv, lanemkgsnondriv, roadshoulder, dirt track, runway",
    "sidewalk": "pavement, path",
    "building": "house, skyscraper, building-other, tower, hovel",
    "wall": "wall-brick, wall-concrete, wall-stone, wall-other",
    "fence": "railing",
    "pole": "column_pole, column pole, streetlight",
    "traffic light": "trafficlight",
    "traffic sign": "sign symbol, signsymbol, signboard, stop sign",
    "vegetation": "tree, vegetationmisc, plant, palm, plant-other, bush, leaves, branch",
    "terrain": "grass, earth, field, land, sand, dirt, ground-other, gravel, mud",
    "sky": "sky-other, clouds",
    "person": "pedestrian, child",
    "rider": "bicyclist, cyclist",
    "car": "van, suvpickuptruck",
    "truck": "truck_bus",
    "motorcycle": "motorbike, motorcyclescooter, minibike",
    "bicycle": "bike",
}
_SYNONYMS = {name: canonical for canonical, names in _NAMES_OF.items() for name in names.split(", ")}
SKY = CANONICAL.names.index("sky")


def canonical_name(name: str) -> str | None:
    """Return the canonical name of a dataset's category; None when it has no counterpart."""
    name = _SYNONYMS.get(name, name)
    return name if name in CANONICAL.names else None


def names_of(canonical: str) -> tuple[str, ...]:
    """Return all names of a canonical category: its own, then those of other datasets, nearest in meaning first."""
    return (canonical, *(name for name, other in _SYNONYMS.items() if other == canonical))


def canonical_labels(labels: NDArray[np.uint8], classes: ClassTable) -> NDArray[np.uint8]:
    """Rename the categories of (H, W) uint8 label maps to the canonical ones; what has no counterpart is void."""
    lookup = np.full(256, VOID, dtype=np.uint8)
    for index, name in enumerate(classes.names):
        canonical = canonical_name(name)
        if canonical is not None:
            lookup[index] = CANONICAL.names.index(canonical)
    return lookup[labels]
