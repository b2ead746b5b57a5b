"""Values and colours of a picture -> category ids; what means nothing is said with its place."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from sims_core.base.errors import SimsError, few
from sims_core.scenes.classes import VOID, ClassTable


class UnknownLabelsError(SimsError):
    """Pixels of a label map have values or colours that mean nothing.

    Attributes:
        known: (H, W) bool, False at these pixels. Lost on the way out of a worker process, which sends the message.
    """

    def __init__(self, known: NDArray[np.bool_], where: object, what: str, **details: Any) -> None:
        super().__init__(where, what, **details)
        self.known = known


def decode_palette(picture: NDArray[np.uint8], classes: ClassTable, where: object) -> NDArray[np.uint8]:
    """Turn an (H, W, 3) palette-coloured layout into (H, W) ids; black is void.

    Raises:
        UnknownLabelsError: A colour is neither in the table nor black.
    """
    labels, known = decode_table_colours(picture, classes)
    if not known.all():
        row, column = np.argwhere(~known)[0]
        raise UnknownLabelsError(
            known,
            where,
            f"colour {tuple(int(v) for v in picture[row, column])} at row {row}, column {column} "
            f"is not in the class table ({int((~known).sum())} such pixels)",
            expected="palette colours or black (void)",
            remedy="save the layout as PNG without anti-aliasing",
        )
    return labels


def decode_table_colours(
    picture: NDArray[np.uint8], classes: ClassTable
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Turn an (H, W, 3) uint8 RGB picture in a class table's colours, black = void, into ids; see `decode_colours`."""
    # Behind the last category the palette is black.
    ids = np.append(np.arange(len(classes)), VOID).astype(np.uint8)
    return decode_colours(picture, classes.palette[: len(ids)], ids)


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
    packed = pack_colours(picture)
    codes, first = np.unique(pack_colours(colours), return_index=True)
    place = np.minimum(np.searchsorted(codes, packed), len(codes) - 1)
    known = codes[place] == packed
    return np.where(known, categories[first][place], VOID).astype(np.uint8), known


def pack_colours(colours: NDArray[Any]) -> NDArray[np.uint32]:
    """Turn (..., 3) uint8 RGB into (...) red x 65536 + green x 256 + blue."""
    packed: NDArray[np.uint32] = colours.astype(np.uint32) @ np.array([65536, 256, 1], dtype=np.uint32)
    return packed


def raise_unknown(
    labels: NDArray[Any], known: NDArray[np.bool_], where: object, expected: str, remedy: str
) -> NoReturn:
    """Raise UnknownLabelsError for an (H, W) label map and where its values are `known`, (H, W) bool."""
    row, column = np.argwhere(~known)[0]
    raise UnknownLabelsError(
        known,
        where,
        f"unknown label value {few(np.unique(labels[~known]), 5)} in {int((~known).sum())} pixels, "
        f"the first at row {row}, column {column}",
        expected=expected,
        remedy=remedy,
    )
