"""The labels of Cityscapes, which GTA5 has too: 34 ids and colours, of which 19 are categories."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sims_core.classes import VOID
from sims_core.datasets.class_tables import packaged_list
from sims_core.datasets.decoding import LabelValues

# The 19 categories are those of the embedded dataset, which took them from here.
from sims_core.datasets.synthetic_street.categories import CLASSES as CLASSES


@dataclass(frozen=True)
class CityscapesLabels:
    """The labels by id.

    Attributes:
        names: Their names.
        colours: (34, 3) uint8 RGB; several are black, and pole and polegroup look alike.
        categories: (34,) uint8: the category of each (the train id), 255 = void.
    """

    names: tuple[str, ...]
    colours: NDArray[np.uint8]
    categories: NDArray[np.uint8]

    def values(self, void: tuple[int, ...] = ()) -> LabelValues:
        """Return the meaning of label ids, with further ids that are void."""
        known = {index: int(category) for index, category in enumerate(self.categories)}
        return LabelValues(known | dict.fromkeys(void, VOID), f"label ids 0..{max(known)}")


def read_labels() -> CityscapesLabels:
    """Return the labels of tables/cityscapes_labels.yaml."""
    labels = packaged_list("cityscapes_labels", "labels")
    is_train = np.array([label["train"] for label in labels])
    return CityscapesLabels(
        tuple(label["name"] for label in labels),
        np.array([label["colour"] for label in labels], dtype=np.uint8),
        np.where(is_train, np.cumsum(is_train) - 1, VOID).astype(np.uint8),
    )
