"""Cityscapes' naming: leftImg8bit/ and gtFine/ with label ids and instance ids, as cityscapesScripts reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sims_core.base.errors import SimsError
from sims_core.datasets.adapters.cityscapes_labels import read_labels
from sims_core.scenes.category_names import canonical_name
from sims_core.scenes.classes import ClassTable, Role
from sims_core.scenes.street_categories import CANONICAL

# An instance's id is that of its label times this, plus its number among those of the label.
_PER_LABEL = 1000
_UNLABELED = 0


@dataclass(frozen=True)
class CityscapesIds:
    """What the numbers in gtFine mean.

    Attributes:
        of_value: (256,) uint8: the label id of each category id and of void (0, "unlabeled").
        is_official: Whether they are Cityscapes' own ids; otherwise they are the category ids plus 1.
    """

    of_value: NDArray[np.uint8]
    is_official: bool

    def label_ids(self, labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Turn (H, W) uint8 category ids, 255 = void, into label ids."""
        return self.of_value[labels]

    def instance_ids(self, labels: NDArray[np.uint8], instances: NDArray[np.uint16]) -> NDArray[np.uint16]:
        """Return (H, W) uint16: label id x 1000 + number of the object among those of its label; elsewhere label ids.

        Raises:
            SimsError: More than 1000 objects of one category in a picture, for which there are no numbers.
        """
        ids = self.label_ids(labels).astype(np.uint16)
        result = ids.copy()
        for label in np.unique(ids[instances > 0]):
            own = (ids == label) & (instances > 0)
            _, number = np.unique(instances[own], return_inverse=True)
            if number.max() >= _PER_LABEL:
                what = f"a picture shows {number.max() + 1} objects of one category"
                raise SimsError("Cityscapes' instance ids", what, expected="at most 1000", remedy="see --form")
            result[own] = label * _PER_LABEL + number
        return result

    def table(self, classes: ClassTable) -> list[dict[str, Any]]:
        """Return a row for each label id that pictures may show, in the words of cityscapesScripts."""
        void = {"id": _UNLABELED, "name": "unlabeled", "color": [0, 0, 0], "hasInstances": False}
        return [
            void,
            *(
                {
                    "id": int(self.of_value[index]),
                    "name": category.name,
                    "color": list(category.colour),
                    "hasInstances": category.role == Role.OBJECT,
                }
                for index, category in enumerate(classes.categories)
            ),
        ]


def cityscapes_ids(classes: ClassTable) -> CityscapesIds:
    """Return the ids of a class table: Cityscapes' own, if each category has its counterpart among the 19 classes.

    Raises:
        SimsError: Instance ids of the table do not fit into 16 bits.
    """
    of_value = np.zeros(256, dtype=np.uint8)
    official = {int(category): label for label, category in enumerate(read_labels().categories)}
    names = [canonical_name(name) for name in classes.names]
    is_official = None not in names and len(set(names)) == len(names)
    for index, name in enumerate(names):
        of_value[index] = official[CANONICAL.names.index(str(name))] if is_official else index + 1
    for index in classes.ids_with_role(Role.OBJECT):
        if (int(of_value[index]) + 1) * _PER_LABEL > 2**16:
            raise SimsError(
                f"category '{classes.names[index]}'",
                "has no instance ids of Cityscapes' form",
                expected="objects among the first 64 categories",
                remedy="leave this form out: --form coco --form parquet",
            )
    return CityscapesIds(of_value, is_official)


def frame_name(layout: int, variant: int) -> str:
    """Return the name CITY_SEQUENCE_FRAME of a picture by the numbers of its layout and variant."""
    return f"made_{layout:06d}_{variant:06d}"
