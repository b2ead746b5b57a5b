"""The labels of Cityscapes, which GTA5 has too: 34 ids and colours, of which 19 are categories."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sims_core.base.read_pictures import LabelPicture
from sims_core.datasets.class_tables import packaged_list
from sims_core.datasets.decoding import LabelValues, is_painted
from sims_core.scenes.classes import VOID
from sims_core.scenes.label_values import UnknownLabelsError, decode_colours

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

    @property
    def colour_of_value(self) -> NDArray[np.uint8]:
        """(256, 3) uint8 RGB: what each label id looks like; black where there is none."""
        return np.pad(self.colours, ((0, 256 - len(self.colours)), (0, 0)))

    def decode(self, picture: LabelPicture, where: object) -> NDArray[np.uint8]:
        """Turn a label picture, of label ids or of the labels' colours, into (H, W) uint8 category ids, 255 = void.

        Raises:
            SimsError: A value or colour that no label has.
        """
        if not is_painted(picture, self.colour_of_value):
            remedy = "files of train ids are those of dataset synthetic_street; or download the labels again"
            return self.values(void=(_LICENCE_PLATE,)).decode(picture, where, remedy)
        shown = picture.colours()
        ids, known = decode_colours(shown, self.colours, self.categories)
        if not known.all():
            row, column = np.argwhere(~known)[0]
            colour = tuple(int(value) for value in shown[row, column])
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
