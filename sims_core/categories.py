"""One vocabulary of street categories, so that a network trained on one dataset can read another's layouts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sims_core.classes import VOID, ClassTable
from sims_core.datasets.synthetic_street.categories import CLASSES

CANONICAL = CLASSES
# Names of other datasets -> canonical name; names that are canonical themselves need no entry.
_SYNONYMS = {
    "pavement": "sidewalk",
    "road marking": "road",
    "lane marking": "road",
    "tree": "vegetation",
    "grass": "terrain",
    "pedestrian": "person",
    "bicyclist": "rider",
    "cyclist": "rider",
    "sign symbol": "traffic sign",
    "signsymbol": "traffic sign",
    "column_pole": "pole",
    "column pole": "pole",
    "house": "building",
    "skyscraper": "building",
    "van": "car",
    "motorbike": "motorcycle",
    "bike": "bicycle",
}


def canonical_labels(labels: NDArray[np.uint8], classes: ClassTable) -> NDArray[np.uint8]:
    """Rename the categories of (H, W) uint8 label maps to the canonical ones; what has no counterpart is void."""
    lookup = np.full(256, VOID, dtype=np.uint8)
    for index, name in enumerate(classes.names):
        name = _SYNONYMS.get(name, name)
        if name in CANONICAL.names:
            lookup[index] = CANONICAL.names.index(name)
    return lookup[labels]
