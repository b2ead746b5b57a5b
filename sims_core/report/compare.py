"""Two evaluations side by side, if and only if they were made by one protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sims_core.base.errors import SimsError
from sims_core.evaluation.rows import BOUNDS, row_title
from sims_core.report.figures import Figure
from sims_core.report.reading import INTERVALS, Figures, flatten, read_any_figures, read_figures
from sims_core.report.tables import ABSENT, Table, short_cell, tabulate

# Parts of a protocol that say what a method is, not how it was measured.
_METHOD_KEYS = ("rows", "perceptual_features")
# Lines of figures that a file may lack, since an older version or a training in these features has none of this name.
_OWN_NAME = "lite0_"
_NO_FIGURES = ("protocol", "intervals", "differences", "provenance")


def read_evaluation(path: Path) -> Figures:
    """Read figures.json of an evaluation, or metrics/figures/synthesis.json with the intervals beside it.

    Raises:
        SimsError: The file is missing, is no JSON, or has no protocol.
    """
    figures = read_figures(path, "evaluate")
    if not isinstance(figures.part("protocol"), dict):
        raise SimsError(path, "has no protocol", expected="a file of `sims evaluate` or of stage 'evaluate'")
    beside = read_any_figures(path.with_name(f"{path.stem}{INTERVALS}.json"), "evaluate")
    intervals = {} if beside is None else {key: beside.part(key) for key in ("intervals", "differences")}
    return replace(figures, content={**figures.content, **intervals})


def compare_evaluations(first: Path, second: Path) -> str:
    """Return a Markdown table of the figures of both files with their intervals and differences.

    Rows of one name are compared; where each file holds a single method, these two are, whatever their names.

    Raises:
        SimsError: See `read_evaluation`; protocols that differ, or no row in common.
    """
    before, after = read_evaluation(first), read_evaluation(second)
    check_same_protocol(before, after)
    old_table, new_table = _all_figures(before), _all_figures(after)
    pairs = _paired_rows(old_table, new_table)
    if not pairs:
        raise SimsError(second, f"no method in common with {first}", found=", ".join(_methods(new_table)) or "none")
    lines = [f"| figure | method | {first} | {second} | difference |", "|--|--|--:|--:|--:|"]
    for column in old_table.columns:
        for old, new in pairs:
            one, other = old_table.cells.get((old, column.key)), new_table.cells.get((new, column.key))
            if one is not None and other is not None:
                title = row_title(old) if old == new else f"{row_title(old)} → {row_title(new)}"
                difference = f"{other.value - one.value:+.4g}"
                lines.append(f"| {column.key} | {title} | {short_cell(one)} | {short_cell(other)} | {difference} |")
    return "\n".join(lines)


def check_same_protocol(first: Figures, second: Figures) -> None:
    """Raise SimsError naming the first key in which the protocols of two files differ."""
    own, other = (_measuring(figures.protocol) for figures in (first, second))
    for key in {**own, **other}:
        found, expected = other.get(key, ABSENT), own.get(key, ABSENT)
        if ABSENT in (found, expected) and key.startswith(_OWN_NAME):
            continue
        if found != expected:
            raise SimsError(
                second.path,
                f"another protocol than {first.path}: '{key}' differs",
                expected=expected,
                found=found,
                remedy="figures of different protocols are not comparable; evaluate both in one way",
            )


def headline_table(figures: Figures) -> str:
    """Return a Markdown table of all figures of one evaluation by row."""
    table = _all_figures(figures)
    rows = _rows(table)
    lines = [f"| figure | {' | '.join(rows)} |", f"|--|{'--:|' * len(rows)}"]
    for column in table.columns:
        cells = [short_cell(table.cells.get((row, column.key))) or ABSENT for row in rows]
        lines.append(f"| {column.key} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _measuring(protocol: Mapping[str, Any]) -> dict[str, object]:
    """Return what a protocol says of how something was measured."""
    return {key: value for key, value in flatten(protocol) if key.split(".")[0] not in _METHOD_KEYS}


def _all_figures(figures: Figures) -> Table:
    return tabulate(figures, [Figure(key) for key in figures.content if key not in _NO_FIGURES], figures)


def _paired_rows(before: Table, after: Table) -> list[tuple[str, str]]:
    old, new = _methods(before), _methods(after)
    if len(old) == len(new) == 1:
        return [(old[0], new[0])]
    return [(row, row) for row in old if row in new]


def _methods(table: Table) -> list[str]:
    return [row for row in _rows(table) if row not in BOUNDS]


def _rows(table: Table) -> list[str]:
    """Return the rows in the order of the file: as the user named the methods."""
    return list(dict.fromkeys(row for row, _ in table.cells))
