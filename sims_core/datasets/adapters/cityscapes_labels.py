"""The labels of Cityscapes, which GTA5 has too: 34 ids and colours, of which 19 are categories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sims_core.datasets.class_tables import packaged_list
from sims_core.datasets.decoding import LabelValues, decode_colours
from sims_core.scenes.classes import VOID
from sims_core.scenes.label_values import UnknownLabelsError

# In GTA5, where it is -1 in Cityscapes.
_LICENCE_PLATE = 34


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

    def decode(self, picture: NDArray[Any], where: object) -> NDArray[np.uint8]:
        """Turn a label picture, of label ids or of the labels' colours, into (H, W) uint8 category ids, 255 = void.

        Raises:
            SimsError: A value or colour that no label has.
        """
        if picture.ndim != 3:
            remedy = "files of train ids are those of dataset synthetic_street; or download the labels again"
            return self.values(void=(_LICENCE_PLATE,)).decode(picture, where, remedy)
        ids, known = decode_colours(picture, self.colours, self.categories)
        if not known.all():
            row, column = np.argwhere(~known)[0]
            colour = tuple(int(value) for value in picture[row, column])
            raise UnknownLabelsError(
                known, where, f"colour {colour} at row {row}, column {column} is none of Cityscapes' labels"
            )
        return ids


def read_labels() -> CityscapesLabels:
    """Return the labels of tables/cityscapes_labels.yaml."""
    labels = packaged_list("cityscapes_labels", "labels")
    is_train = np.array([label["train"] for label in labels])
    return CityscapesLabels(
        tuple(label["name"] for label in labels),
        np.array([label["colour"] for label in labels], dtype=np.uint8),
        np.where(is_train, np.cumsum(is_train) - 1, VOID).astype(np.uint8),
    )
