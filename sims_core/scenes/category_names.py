"""A category's name in any dataset -> its canonical name, and label maps in canonical categories."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sims_core.scenes.classes import VOID, ClassTable
from sims_core.scenes.street_categories import CANONICAL

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
