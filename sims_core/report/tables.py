"""Figures of several rows -> one table, and figures -> text: for the report, the results page and the commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sims_core.evaluation.rows import BOUNDS, REAL, ordered_rows
from sims_core.report.figures import Figure
from sims_core.report.reading import Figures, flatten

ABSENT = "–"


@dataclass(frozen=True)
class Interval:
    """95 % interval of a figure, or of a difference."""

    low: float
    high: float


@dataclass(frozen=True)
class Cell:
    """A figure of a row, with its interval or its spread where it has one, and whether it is the best of its column."""

    value: float
    interval: Interval | None
    spread: float | None
    is_best: bool


@dataclass(frozen=True)
class Table:
    """Rows in their order, columns, and the cells that there are, by row and key of the column."""

    rows: list[str]
    columns: list[Figure]
    cells: dict[tuple[str, str], Cell]

    def line(self, row: str) -> list[Cell | None]:
        """Return the cells of a row, None where it lacks a figure."""
        return [self.cells.get((row, column.key)) for column in self.columns]


def tabulate(figures: Figures, columns: Sequence[Figure], intervals: Figures | None = None) -> Table:
    """Arrange figures of several rows.

    Args:
        figures: Each column's key has a figure by row, or none: such a column is left out.
        columns: In their order. `<key>_std` is the spread of a figure.
        intervals: By figure and row under `intervals`.

    Raises:
        SimsError: A figure or interval is no finite number.
    """
    by_key = {column.key: by_row for column in columns if (by_row := figures.by_row(column.key))}
    cells = {}
    for column in columns:
        by_row = by_key.get(column.key, {})
        spreads, best = figures.by_row(f"{column.key}_std"), _best(by_row, column.better)
        for row, value in by_row.items():
            interval = None if intervals is None else interval_of(intervals, "intervals", column.key, row)
            cells[row, column.key] = Cell(value, interval, spreads.get(row), row in best)
    return Table(ordered_rows(by_key.values()), [column for column in columns if column.key in by_key], cells)


def interval_of(intervals: Figures, *keys: str) -> Interval | None:
    """Return the interval at some keys; None where there is none."""
    if intervals.part(*keys) is None:
        return None
    return Interval(intervals.number(*keys, "low"), intervals.number(*keys, "high"))


def short(value: object) -> str:
    """Return a figure, or what stands among figures, as text: numbers with four digits."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return ", ".join(short(item) for item in value)
    return str(value)


def short_cell(cell: Cell | None) -> str:
    """Return a cell as text with four digits, its interval with three; "" for no cell."""
    if cell is None:
        return ""
    interval = "" if cell.interval is None else f" [{cell.interval.low:.3g}, {cell.interval.high:.3g}]"
    return short(cell.value) + interval


def protocol_lines(protocol: object) -> list[tuple[str, str]]:
    """Return the protocol of a metrics file as (name, text), in its order; nested names with a dot between."""
    return [(key.replace("_", " "), short(value)) for key, value in flatten(protocol)]


def _best(values: Mapping[str, float], better: str) -> list[str]:
    """Return the rows with the best figure, the bounds apart; several where figures are equal."""
    if better == "" or (better == "real" and REAL not in values):
        return []
    costs = {
        "higher": lambda value: -value,
        "lower": lambda value: value,
        "real": lambda value: abs(value - values[REAL]),
    }
    ranked = {row: costs[better](value) for row, value in values.items() if row not in BOUNDS}
    return [row for row, cost in ranked.items() if cost == min(ranked.values())]
