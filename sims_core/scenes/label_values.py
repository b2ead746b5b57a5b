"""Values and colours of a picture -> category ids; what means nothing is said with its place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from sims_core.base.errors import SimsError
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
    packed = _pack_rgb(picture)
    labels = np.full(packed.shape, VOID, dtype=np.uint8)
    known = packed == 0
    for index, category in enumerate(classes.categories):
        here = packed == _pack_rgb(np.array(category.colour, dtype=np.uint8))
        labels[here] = index
        known |= here
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


def raise_unknown(
    labels: NDArray[Any], known: NDArray[np.bool_], where: object, expected: str, remedy: str
) -> NoReturn:
    """Raise UnknownLabelsError for an (H, W) label map and where its values are `known`, (H, W) bool."""
    row, column = np.argwhere(~known)[0]
    raise UnknownLabelsError(
        known,
        where,
        f"unknown label value {_few(np.unique(labels[~known]))} in {int((~known).sum())} pixels, "
        f"the first at row {row}, column {column}",
        expected=expected,
        remedy=remedy,
    )


def _pack_rgb(picture: NDArray[np.uint8]) -> NDArray[np.uint32]:
    wide = picture.astype(np.uint32)
    return (wide[..., 0] << np.uint32(16)) | (wide[..., 1] << np.uint32(8)) | wide[..., 2]


def _few(values: Iterable[object], limit: int = 5) -> str:
    listed: Sequence[object] = list(values)
    return ", ".join(str(v) for v in listed[:limit]) + (", ..." if len(listed) > limit else "")
