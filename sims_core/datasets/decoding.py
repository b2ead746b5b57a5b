"""Values and colours of label files -> category ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sims_core.base.errors import SimsError
from sims_core.base.read_pictures import LabelPicture
from sims_core.scenes.classes import VOID
from sims_core.scenes.label_values import pack_colours, raise_unknown


@dataclass(frozen=True)
class LabelValues:
    """What the values of a dataset's one-channel label files mean.

    Attributes:
        categories: By value, the category id, or 255 = void.
        said_to_be: What a user would call the values, for errors: "0..33".
    """

    categories: dict[int, int]
    said_to_be: str

    def decode(self, picture: LabelPicture, where: object, remedy: str) -> NDArray[np.uint8]:
        """Turn a picture of one channel, or of three equal ones, into (H, W) uint8 category ids, 255 = void.

        Transparent pixels are void.

        Raises:
            SimsError: A colour picture, or a value that means nothing here; `remedy` says what may be wrong then.
        """
        stored = one_channel(picture, where, remedy)
        lookup = np.full(max(self.categories) + 1, -1, dtype=np.int16)
        for value, category in self.categories.items():
            lookup[value] = category
        values = stored.astype(np.int32)
        found = lookup[np.minimum(values, len(lookup) - 1)]
        known = (found >= 0) & (values < len(lookup))
        if picture.transparent is not None:
            found[picture.transparent] = VOID
            known |= picture.transparent
        if not known.all():
            raise_unknown(stored, known, where, self.said_to_be, remedy)
        return found.astype(np.uint8)

    def know(self, picture: LabelPicture) -> bool:
        """Say whether every value of a picture, of one channel or three equal ones, means something here."""
        narrow = picture.in_one_channel()
        return narrow.stored.ndim == 2 and self.categories.keys() >= set(np.unique(narrow.seen()).tolist())


def ids_of(num_categories: int) -> LabelValues:
    """Return the meaning of label files whose values are category ids, 255 = void."""
    return LabelValues(
        {index: index for index in range(num_categories)} | {VOID: VOID}, f"0..{num_categories - 1} or {VOID} (void)"
    )


def counted_from_one(num_categories: int) -> LabelValues:
    """Return the meaning of label files in which 0 is void and the first category is 1."""
    return LabelValues(
        {0: VOID} | {category + 1: category for category in range(num_categories)}, f"0 (void) or 1..{num_categories}"
    )


def one_channel(picture: LabelPicture, where: object, remedy: str) -> NDArray[Any]:
    """Return the (H, W) values of a picture of one channel, or of three equal ones; SimsError for a colour picture."""
    stored = picture.in_one_channel().stored
    if stored.ndim != 2:
        raise SimsError(where, "label map is a colour picture", expected="one channel of label ids", remedy=remedy)
    return stored


def painted(picture: LabelPicture, colours: NDArray[np.uint8], where: object, expected: str) -> NDArray[np.uint8]:
    """Return the (H, W, 3) uint8 RGB of a label file that must be painted in colours; transparent pixels are black.

    Args:
        picture: The file. A grey one will do if its greys are among the colours.
        colours: (N, 3) uint8 RGB, those that mean something; black is void.
        where: Named in the error.
        expected: What the file should hold, for the error.

    Raises:
        SimsError: The file holds values.
    """
    shown = picture.colours()
    if picture.stored.ndim == 2 and picture.palette is None:
        greys = pack_colours(shown)
        if (
            picture.stored.dtype != np.uint8
            or not greys.any()
            or not np.isin(greys, np.append(pack_colours(colours), 0)).all()
        ):
            raise SimsError(where, "label map has one channel", expected=expected)
    return shown


def is_painted(picture: LabelPicture, colour_of_value: NDArray[np.uint8]) -> bool:
    """Say whether a label picture is to be read by its colours, and not by its values.

    A colour picture is, but for one of three equal channels whose greys are no colours of the table. An indexed one
    is when its palette has mostly colours of the table, at other places than the table has them: so it looks as if
    it were painted in the table's colours, and its indices mean nothing.

    Args:
        picture: The label picture.
        colour_of_value: (256, 3) uint8 RGB, what each value looks like in the class table; black where it is void.
    """
    known = np.append(pack_colours(colour_of_value), 0)
    if picture.stored.ndim == 3:
        greys = picture.in_one_channel().stored
        return greys.ndim == 3 or bool(np.isin(np.unique(greys).astype(np.int64) * 0x010101, known).all())
    if picture.palette is None:
        return False
    if has_palette_of(picture, colour_of_value):
        return False
    shown = pack_colours(picture.palette[np.unique(picture.seen())])
    of_table = np.isin(shown[shown > 0], known)
    return bool(of_table.size) and float(of_table.mean()) > 0.5


def has_palette_of(picture: LabelPicture, colour_of_value: NDArray[np.uint8]) -> bool:
    """Say whether a picture is indexed and shows each index that occurs in the colour of that value."""
    if picture.palette is None:
        return False
    used = np.unique(picture.seen())
    return bool((picture.palette[used] == colour_of_value[used]).all())
