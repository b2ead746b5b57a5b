"""The rows that the evaluation scores alike: the ceiling, the result, what it is compared with, and the floor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

# The oracle: the photos that the layouts were drawn from.
REAL = "real"
# The floor of re-segmentation: the same photos, each scored against the layout of another one.
SHUFFLED = "shuffled_layout"
# Name in files -> name for readers.
ROW_TITLES = {
    REAL: "real photographs",
    "synthesized": "synthesised",
    "canvas": "canvas",
    "inpainted": "canvas, inpainted",
    "nearest_photo": "nearest training photo",
    "crn": "CRN",
    "pix2pix": "pix2pix",
    SHUFFLED: "real photographs, shuffled layouts",
}
ROWS = tuple(ROW_TITLES)
# Rows that are no method: they bound what a method can reach.
BOUNDS = (REAL, SHUFFLED)


def row_title(name: str) -> str:
    """Return the name for readers, also of a row that this version does not know."""
    return ROW_TITLES.get(name, name.replace("_", " "))


def ordered_rows(figures: Iterable[Mapping[str, object]]) -> list[str]:
    """Return the rows that any figure has a value of: the known ones in their order, then others as they appear.

    The floor comes last, whatever else there is.
    """
    found = dict.fromkeys(row for values in figures for row in values)
    known = [row for row in ROWS if row in found and row != SHUFFLED]
    others = [row for row in found if row not in ROW_TITLES]
    return known + others + [row for row in found if row == SHUFFLED]
