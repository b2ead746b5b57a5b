"""The content of a metrics file -> the tables of the report, with what each figure means."""

from __future__ import annotations

from dataclasses import dataclass, field

from sims_core.evaluation.rows import ROWS, row_title
from sims_core.report.figures import MetricsFile
from sims_core.report.picture_figures import ROW_MEANINGS
from sims_core.report.reading import Figures, flatten
from sims_core.report.tables import protocol_lines, short, short_cell, tabulate


@dataclass(frozen=True)
class ExplainedFigure:
    """One line of a table: dotted name, value as text, and what the figure means ('' where that was just said)."""

    name: str
    value: str
    meaning: str


@dataclass(frozen=True)
class ComparedFigure:
    """One figure of every row of a comparison: dotted name, a text per row ('' where absent), and what it means."""

    name: str
    values: list[str]
    meaning: str


@dataclass(frozen=True)
class Comparison:
    """Figures that several rows have: the rows (name for readers, what it is) and the figures."""

    rows: list[tuple[str, str]] = field(default_factory=list)
    figures: list[ComparedFigure] = field(default_factory=list)


@dataclass(frozen=True)
class ExplainedFile:
    """One metrics file: its title, introduction, compared and single figures, and the protocol behind them."""

    title: str
    introduction: str
    comparison: Comparison
    figures: list[ExplainedFigure]
    protocol: list[tuple[str, str]]


def explain(file: MetricsFile, figures: Figures, intervals: Figures | None = None) -> ExplainedFile:
    """Turn the content of a metrics file into tables; a meaning is said once for consecutive figures.

    Args:
        file: What is known of the file's figures.
        figures: Its content.
        intervals: Shown behind the figures that have one.
    """
    rows = {row.name for row in ROWS}
    compared = [
        key for key, value in figures.content.items() if isinstance(value, dict) and not value.keys().isdisjoint(rows)
    ]
    single = {key: value for key, value in figures.content.items() if key not in {*compared, "protocol"}}
    explained: list[ExplainedFigure] = []
    last_meaning = ""
    for key, value in flatten(single):
        meaning = file.figure(key).meaning
        explained.append(ExplainedFigure(key, short(value), "" if meaning == last_meaning else meaning))
        last_meaning = meaning
    return ExplainedFile(
        file.title or file.name,
        file.introduction,
        _compare(file, figures, compared, intervals),
        explained,
        protocol_lines(figures.protocol),
    )


def _compare(file: MetricsFile, figures: Figures, keys: list[str], intervals: Figures | None) -> Comparison:
    table = tabulate(figures, [file.figure(key) for key in keys], intervals)
    return Comparison(
        [(row_title(row), ROW_MEANINGS.get(row, "")) for row in table.rows],
        [
            ComparedFigure(
                column.key, [short_cell(table.cells.get((row, column.key))) for row in table.rows], column.meaning
            )
            for column in table.columns
        ],
    )
