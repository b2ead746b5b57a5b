"""What categories and splits of annotation tools are called here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import chain, count

from sims_core.scenes.classes import VOID, ClassTable

BACKGROUND = "background"
# What tools and people call pixels that are of no category.
VOID_NAMES = frozenset(("void", "unlabeled", "unlabelled", "ignore", "ignored"))
_SPLIT = re.compile(r"(?<![a-z])(train|val|test)(?:ing|id|idation)?(?![a-z])")


def table_name(category: str) -> str:
    """Return a category's name as a class table has it: lower case, plain letters."""
    plain = unicodedata.normalize("NFKD", category.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9 _-]+", "-", plain).strip(" _-") or "category"


def table_names(categories: Sequence[str]) -> dict[str, str]:
    """Return the name in a class table of each category.

    Args:
        categories: As the tool calls them, in its order.
    """
    return dict(zip(categories, distinct([table_name(category) for category in categories]), strict=True))


def distinct(names: Sequence[str]) -> list[str]:
    """Return names with a number behind those that came before: car, car 2."""
    chosen: list[str] = []
    for name in names:
        candidates = chain((name,), (f"{name} {number}" for number in count(2)))
        chosen.append(next(own for own in candidates if own not in chosen))
    return chosen


def category_ids(categories: Sequence[str], classes: ClassTable) -> dict[str, int]:
    """Return the id of each category in a class table, 255 for those that mean void; others are left out."""
    ids: dict[str, int] = {}
    for category, name in table_names(categories).items():
        if name in classes.names:
            ids[category] = classes.names.index(name)
        elif name in VOID_NAMES:
            ids[category] = VOID
    return ids


def split_named(subset: str) -> str | None:
    """Return the split that a name says, "train", "val" or "test": `train2017`, `Validation`; None for none."""
    found = _SPLIT.search(subset.lower())
    return None if found is None else found[1]
