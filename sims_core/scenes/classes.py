"""Class tables: the categories of a dataset with name, colour and role; void is always 255."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import cached_property
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from sims_core.base.errors import SimsError

VOID = 255
MAX_CATEGORIES = 254


class UnknownLabelsError(SimsError):
    """Pixels of a label map have values or colours that mean nothing.

    Attributes:
        known: (H, W) bool, False at these pixels. Lost on the way out of a worker process, which sends the message.
    """

    def __init__(self, known: NDArray[np.bool_], where: object, what: str, **details: Any) -> None:
        super().__init__(where, what, **details)
        self.known = known


class Role(StrEnum):
    """What a category is to the pipeline's geometric rules.

    `planar` ground that objects stand on (road, sidewalk); `object` things with a front and a
    contact shadow (car, person); `thin` structures that cut what is behind them in two (pole,
    sign) and are merged across; `foliage` vegetation whose mask lets the background through;
    `stuff` everything else (building, sky).
    """

    PLANAR = "planar"
    OBJECT = "object"
    THIN = "thin"
    FOLIAGE = "foliage"
    STUFF = "stuff"


class Category(BaseModel):
    """One category: its name, display colour (RGB, 0-255) and role."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9 _-]*$")
    colour: tuple[int, int, int]
    role: Role


class ClassTable(BaseModel):
    """The categories of a dataset; a category's id is its position."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    categories: tuple[Category, ...] = Field(min_length=1, max_length=MAX_CATEGORIES)

    @model_validator(mode="after")
    def _unique(self) -> ClassTable:
        for what in ("name", "colour"):
            values = [str(getattr(category, what)) for category in self.categories]
            repeated = sorted({value for value in values if values.count(value) > 1})
            if repeated:
                raise ValueError(f"{what} used twice: {', '.join(repeated)}")
        return self

    def __len__(self) -> int:
        return len(self.categories)

    @property
    def names(self) -> tuple[str, ...]:
        """Category names in id order."""
        return tuple(c.name for c in self.categories)

    def ids_with_role(self, *roles: Role) -> list[int]:
        """Return the ids of the categories with any of the given roles, ascending."""
        return [i for i, c in enumerate(self.categories) if c.role in roles]

    def role_mask(self, labels: NDArray[np.uint8], *roles: Role) -> NDArray[np.bool_]:
        """Return (H, W) bool: True where the label's category has any of the roles."""
        lookup = np.zeros(256, dtype=bool)
        lookup[self.ids_with_role(*roles)] = True
        return lookup[labels]

    @cached_property
    def palette(self) -> NDArray[np.uint8]:
        """(256, 3) uint8 RGB; void and unused ids are black."""
        palette = np.zeros((256, 3), dtype=np.uint8)
        palette[: len(self)] = [c.colour for c in self.categories]
        return palette

    def colourise(self, labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the (H, W, 3) uint8 RGB picture of an (H, W) label map."""
        return self.palette[labels]

    def one_hot(self, labels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return (num_categories + 1, H, W) float32; the last plane is void."""
        index = np.minimum(labels, len(self))
        planes: NDArray[np.float32] = (np.arange(len(self) + 1)[:, None, None] == index).astype(np.float32)
        return planes

    def check_labels(self, labels: NDArray[np.uint8], where: object) -> None:
        """Raise SimsError when a label map holds a value that is no category and not void."""
        known = np.zeros(256, dtype=bool)
        known[: len(self)] = True
        known[VOID] = True
        if not known[labels].all():
            raise_unknown(
                labels,
                known[labels],
                where,
                f"0..{len(self) - 1} or {VOID} (void)",
                "check the class table or map these values to void",
            )

    def decode_palette(self, picture: NDArray[np.uint8], where: object) -> NDArray[np.uint8]:
        """Turn an (H, W, 3) palette-coloured layout into (H, W) ids; black is void.

        Raises SimsError when a colour is neither in the table nor black.
        """
        packed = _pack_rgb(picture)
        labels = np.full(packed.shape, VOID, dtype=np.uint8)
        known = packed == 0
        for index, category in enumerate(self.categories):
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
