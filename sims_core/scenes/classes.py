"""Class tables: the categories of a dataset with name, colour and role; void is always 255."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

VOID = 255
MAX_CATEGORIES = 254


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


Channel = Annotated[int, Field(ge=0, le=255)]


class Category(BaseModel):
    """One category: its name, display colour (RGB, 0-255) and role."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # A folder of the memory bank has the name.
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9 _-]*$", max_length=100)
    colour: tuple[Channel, Channel, Channel]
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
