"""Figures in files: rounded JSON values, and CSV files whose bytes depend on nothing but the numbers.

A spreadsheet takes a text that begins with =, +, -, @, a tab or a line for a formula. `write_csv` puts an apostrophe
before such a text, and before one that begins with an apostrophe itself; `read_csv` takes it off again.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from sims_core.base.errors import SimsError
from sims_core.base.files import atomic_file
from sims_core.base.text_files import read_text, shown

_DIGITS = 6
_ESCAPE = "'"
_FIRST_OF_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", _ESCAPE)


def rounded(content: Mapping[str, Any]) -> dict[str, Any]:
    """Round every number of nested mappings to six digits after the point."""
    return {key: _rounded_value(value) for key, value in content.items()}


def _rounded_value(value: Any) -> Any:
    if isinstance(value, dict):
        return rounded(value)
    return round(value, _DIGITS) if isinstance(value, float) else value


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file, atomically; numbers with eight significant digits, NaN as an empty cell, no formulas."""
    with atomic_file(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        # The writer puts no quotes around a carriage return by itself.
        quoting = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        for row in (header, *rows):
            cells = [_cell(value) for value in row]
            (quoting if any("\r" in cell for cell in cells) else writer).writerow(cells)


def _cell(value: object) -> str:
    if isinstance(value, str) and value.startswith(_FIRST_OF_FORMULA):
        return _ESCAPE + value
    if not isinstance(value, float):
        return str(value)
    return "" if math.isnan(value) else f"{value:.8g}"


@dataclass(frozen=True)
class CsvTable:
    """The cells of a CSV file by column, all columns of one length.

    Attributes:
        path: The file.
        made_by: The stage that writes it, named in errors.
        columns: Texts by the column's name, in the file's order.
    """

    path: Path
    made_by: str
    columns: dict[str, list[str]]

    def texts(self, name: str) -> list[str]:
        """Return a column; SimsError when there is none of this name."""
        if name not in self.columns:
            raise self.fault(f"has no column '{name}'")
        return self.columns[name]

    def numbers(self, name: str) -> list[float]:
        """Return a column as finite numbers, NaN for an empty cell; SimsError when a cell is neither."""
        numbers = []
        for cell in self.texts(name):
            try:
                number = float(cell) if cell else math.nan
            except ValueError:
                number = math.inf
            if math.isinf(number) or (cell and math.isnan(number)):
                raise self.fault(f"column '{name}' holds what is no number", shown(cell))
            numbers.append(number)
        return numbers

    def fault(self, what: str, found: object = None) -> SimsError:
        """Return an error about this file that says which stage makes it again."""
        return SimsError(self.path, what, found=found, remedy=f"run stage '{self.made_by}' again")


def read_csv(path: Path, made_by: str, delimiter: str = ",") -> CsvTable:
    """Read a CSV file as `write_csv` writes it.

    Args:
        path: The file.
        made_by: The stage that writes it, named in errors.
        delimiter: Between cells.

    Raises:
        SimsError: The file is missing or no text, has no header or no rows, a name twice, or a line of another length.
    """
    if not path.is_file():
        raise SimsError(path, "not found", remedy=f"run stage '{made_by}' first")
    text = read_text(path, remedy=f"run stage '{made_by}' again")
    table = CsvTable(path, made_by, {})
    try:
        lines = [line for line in csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True) if line]
    except csv.Error as error:
        raise table.fault("is no CSV file", error) from error
    if len(lines) < 2:
        raise table.fault("has no rows")
    header, *rows = ([_text(cell) for cell in line] for line in lines)
    if len(set(header)) < len(header):
        raise table.fault("has two columns of one name", shown(header))
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise table.fault(f"line {number} has {len(row)} cells, its header {len(header)}")
    table.columns.update({name: list(cells) for name, cells in zip(header, zip(*rows, strict=True), strict=True)})
    return table


def _text(cell: str) -> str:
    """Return the text of a cell: without the apostrophe that `write_csv` has put before it."""
    return cell[1:] if cell.startswith(_ESCAPE) and cell[1:].startswith(_FIRST_OF_FORMULA) else cell
