"""Writing figures: rounded JSON values and CSV files whose bytes depend on nothing but the numbers."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sims_core.base.files import atomic_file

_DIGITS = 6


def rounded(content: Mapping[str, Any]) -> dict[str, Any]:
    """Round every number of nested mappings to six digits after the point."""
    return {key: _rounded_value(value) for key, value in content.items()}


def _rounded_value(value: Any) -> Any:
    if isinstance(value, dict):
        return rounded(value)
    return round(value, _DIGITS) if isinstance(value, float) else value


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file, atomically; numbers with eight significant digits, NaN as an empty cell."""
    with atomic_file(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([_cell(value) for value in row] for row in rows)


def _cell(value: object) -> str:
    if not isinstance(value, float):
        return str(value)
    return "" if math.isnan(value) else f"{value:.8g}"
