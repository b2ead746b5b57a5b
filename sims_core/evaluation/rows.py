"""The rows that the evaluation scores alike: the ceiling, the result, and what it is compared with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

# Name in files -> name for readers. The first one is the oracle: the photos that the layouts were drawn from.
ROW_TITLES = {
    "real": "real photographs",
    "synthesized": "synthesised",
    "canvas": "canvas",
    "inpainted": "canvas, inpainted",
    "nearest_photo": "nearest training photo",
}
ROWS = tuple(ROW_TITLES)


def row_title(name: str) -> str:
    """Return the name for readers, also of a row that this version does not know."""
    return ROW_TITLES.get(name, name.replace("_", " "))


def ordered_rows(figures: Iterable[Mapping[str, object]]) -> list[str]:
    """Return the rows that any figure has a value of: the known ones in their order, then others as they appear."""
    found = dict.fromkeys(row for values in figures for row in values)
    return [row for row in ROWS if row in found] + [row for row in found if row not in ROW_TITLES]
