"""data/models/ordering/class_prior.json: in how many training pairs each category lies behind each other category."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, NonNegativeInt, ValidationError

from sims_core.base.artifacts import open_artifact
from sims_core.base.errors import SimsError
from sims_core.base.files import read_json
from sims_core.base.text_files import invalid
from sims_core.scenes.classes import ClassTable

CLASS_PRIOR = "class_prior.json"
_AGAIN = "run stage 'train_ordering' again or 'dvc checkout'"


class _Content(BaseModel):
    """`num_pairs`: by the category behind, then by the category in front; what never occurs is absent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: Literal[1]
    num_pairs: dict[str, dict[str, NonNegativeInt]]


def count_pairs(num_categories: int, pairs: Iterable[tuple[int, int, bool]]) -> NDArray[np.int64]:
    """Return (C, C) int64, [a, b] = number of pairs with category a behind category b.

    Args:
        num_categories: C.
        pairs: Of each, category a, category b, and whether b is in front; pairs of one category say nothing.
    """
    counts = np.zeros((num_categories, num_categories), dtype=np.int64)
    for a, b, b_in_front in pairs:
        if a != b:
            counts[(a, b) if b_in_front else (b, a)] += 1
    return counts


def class_prior_content(counts: NDArray[np.int64], classes: ClassTable) -> dict[str, Any]:
    """Return the content of the file for (C, C) int64 counts of `count_pairs`."""
    named = {
        behind: {front: int(number) for front, number in zip(classes.names, row, strict=True) if number}
        for behind, row in zip(classes.names, counts, strict=True)
        if row.any()
    }
    return {"format_version": 1, "num_pairs": named}


def read_class_prior(model: Path, classes: ClassTable) -> NDArray[np.int64]:
    """Read the counts of a trained ordering model.

    Args:
        model: data/models/ordering.
        classes: The class table of the project.

    Returns:
        (C, C) int64 as of `count_pairs`.

    Raises:
        SimsError: The file is missing or damaged, or names a category that the project has not.
    """
    path = open_artifact(model, "train_ordering").file(CLASS_PRIOR)
    try:
        content = _Content.model_validate(read_json(path, "train_ordering"))
    except ValidationError as error:
        raise invalid(path, error, _AGAIN) from error
    ids = {name: index for index, name in enumerate(classes.names)}
    counts = np.zeros((len(classes), len(classes)), dtype=np.int64)
    for behind, row in content.num_pairs.items():
        for front, number in row.items():
            for name in (behind, front):
                if name not in ids:
                    raise SimsError(path, f"category '{name}' is not in the class table", remedy=_AGAIN)
            counts[ids[behind], ids[front]] = number
    return counts
