"""Values and colours of label files -> category ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sims_core.base.errors import SimsError
from sims_core.scenes.classes import VOID
from sims_core.scenes.label_values import raise_unknown


@dataclass(frozen=True)
class LabelValues:
    """What the values of a dataset's one-channel label files mean.

    Attributes:
        categories: By value, the category id, or 255 = void.
        said_to_be: What a user would call the values, for errors: "0..33".
    """

    categories: dict[int, int]
    said_to_be: str

    def decode(self, picture: NDArray[Any], where: object, remedy: str) -> NDArray[np.uint8]:
        """Turn an (H, W) integer picture into (H, W) uint8 category ids, 255 = void.

        Raises:
            SimsError: A colour picture, or a value that means nothing here; `remedy` says what may be wrong then.
        """
        check_one_channel(picture, where, remedy)
        lookup = np.full(max(self.categories) + 1, -1, dtype=np.int16)
        for value, category in self.categories.items():
            lookup[value] = category
        values = picture.astype(np.int32)
        found = lookup[np.minimum(values, len(lookup) - 1)]
        known = (found >= 0) & (values < len(lookup))
        if not known.all():
            raise_unknown(picture, known, where, self.said_to_be, remedy)
        return found.astype(np.uint8)


def counted_from_one(num_categories: int) -> LabelValues:
    """Return the meaning of label files in which 0 is void and the first category is 1."""
    return LabelValues(
        {0: VOID} | {category + 1: category for category in range(num_categories)}, f"0 (void) or 1..{num_categories}"
    )


def check_one_channel(picture: NDArray[Any], where: object, remedy: str) -> None:
    """Raise SimsError when a label picture is a colour picture."""
    if picture.ndim != 2:
        is_grey = bool((picture == picture[..., :1]).all())
        raise SimsError(
            where,
            "label map is a colour picture",
            expected="one channel of label ids",
            found="three equal channels: save one of them" if is_grey else None,
            remedy=remedy,
        )


def decode_colours(
    picture: NDArray[Any], colours: NDArray[np.uint8], categories: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Turn an (H, W, 3) uint8 RGB label picture into category ids.

    Args:
        picture: The label picture.
        colours: (N, 3) uint8 RGB, the colours that occur; of equal ones the first counts.
        categories: (N,) uint8, the category of each.

    Returns:
        (H, W) uint8 category ids, 255 where the colour is unknown; (H, W) bool, whether it is known.
    """
    packed = _pack(picture)
    codes, first = np.unique(_pack(colours), return_index=True)
    place = np.minimum(np.searchsorted(codes, packed), len(codes) - 1)
    known = codes[place] == packed
    return np.where(known, categories[first][place], VOID).astype(np.uint8), known


def _pack(colours: NDArray[Any]) -> NDArray[np.uint32]:
    packed: NDArray[np.uint32] = colours.astype(np.uint32) @ np.array([65536, 256, 1], dtype=np.uint32)
    return packed
