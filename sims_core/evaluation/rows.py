"""The rows that the evaluation scores alike: the ceiling, the result, what it is compared with, and the floor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

# The oracle: the photos that the layouts were drawn from.
REAL = "real"
# The floor of re-segmentation: the same photos, each scored against the layout of another one.
SHUFFLED = "shuffled_layout"
# Rows that are no method: they bound what a method can reach.
BOUNDS = (REAL, SHUFFLED)


@dataclass(frozen=True)
class Row:
    """One row of the evaluation: its name in files, its title for readers, its colour in charts."""

    name: str
    title: str
    colour: str


ROWS = (
    Row(REAL, "real photographs", "#3b3b40"),
    Row("synthesized", "synthesised", "#d1495b"),
    Row("canvas", "canvas", "#2e86ab"),
    Row("inpainted", "canvas, inpainted", "#edae49"),
    Row("nearest_photo", "nearest training photo", "#66a182"),
    Row("crn", "CRN", "#8d6a9f"),
    Row("pix2pix", "pix2pix", "#b5651d"),
    Row("spade", "SPADE", "#6b6e1f"),
    Row(SHUFFLED, "real photographs, shuffled layouts", "#b9b6ae"),
)
_BY_NAME = {row.name: row for row in ROWS}
_OTHER_COLOURS = ("#5f8fd0", "#7a7a80", "#a3a847", "#c77dbb")


def row_title(name: str) -> str:
    """Return the title for readers, also of a row that this version does not know."""
    return _BY_NAME[name].title if name in _BY_NAME else name.replace("_", " ")


def described_rows(names: Sequence[str]) -> list[Row]:
    """Return rows by name; those that this version does not know share the colours that are left."""
    others = [name for name in names if name not in _BY_NAME]
    spare = {name: _OTHER_COLOURS[index % len(_OTHER_COLOURS)] for index, name in enumerate(others)}
    return [_BY_NAME.get(name) or Row(name, row_title(name), spare[name]) for name in names]


def ordered_rows(figures: Iterable[Mapping[str, object]]) -> list[str]:
    """Return the rows that any figure has a value of: the known ones in their order, then others as they appear.

    The floor comes last, whatever else there is.
    """
    found = dict.fromkeys(row for values in figures for row in values)
    known = [row.name for row in ROWS if row.name in found and row.name != SHUFFLED]
    others = [row for row in found if row not in _BY_NAME]
    return known + others + [row for row in found if row == SHUFFLED]
