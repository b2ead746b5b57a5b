"""Two evaluations side by side, if and only if they were made by one protocol."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sims_core.base.errors import SimsError
from sims_core.base.files import read_json
from sims_core.evaluation.rows import BOUNDS, row_title
from sims_core.report.explanations import flatten, interval_text

# Parts of a protocol that say what a method is, not how it was measured.
_METHOD_KEYS = ("rows", "perceptual_features")
_NO_FIGURES = ("protocol", "intervals", "differences", "provenance")
_ABSENT = "–"


def read_evaluation(path: Path) -> dict[str, Any]:
    """Read figures.json of an evaluation, or metrics/synthesis.json with the intervals beside it.

    Raises:
        SimsError: The file is missing, is no JSON, or has no protocol.
    """
    content = read_json(path, "evaluate")
    beside = path.with_name(f"{path.stem}_intervals.json")
    if not isinstance(content, dict) or not isinstance(content.get("protocol"), dict):
        raise SimsError(path, "has no protocol", expected="a file of `sims evaluate` or of stage 'evaluate'")
    intervals = read_json(beside, "evaluate") if beside.is_file() else {}
    return {**content, **{key: intervals[key] for key in ("intervals", "differences") if key in intervals}}


def compare_evaluations(first: Path, second: Path) -> str:
    """Return a Markdown table of the figures of both files with their intervals and differences.

    Rows of one name are compared; where each file holds a single method, these two are, whatever their names.

    Raises:
        SimsError: See `read_evaluation`; protocols that differ, or no row in common.
    """
    before, after = read_evaluation(first), read_evaluation(second)
    check_same_protocol(first, before["protocol"], second, after["protocol"])
    pairs = _paired_rows(before, after)
    if not pairs:
        raise SimsError(second, f"no method in common with {first}", found=", ".join(_methods(after)) or "none")
    lines = [f"| figure | method | {first} | {second} | difference |", "|--|--|--:|--:|--:|"]
    for key in (key for key in before if key in after and key not in _NO_FIGURES):
        for old, new in pairs:
            if old in before[key] and new in after[key]:
                title = row_title(old) if old == new else f"{row_title(old)} → {row_title(new)}"
                cells = (with_interval(before, key, old), with_interval(after, key, new))
                difference = f"{after[key][new] - before[key][old]:+.4g}"
                lines.append(f"| {key} | {title} | {cells[0]} | {cells[1]} | {difference} |")
    return "\n".join(lines)


def check_same_protocol(
    first: object, protocol: Mapping[str, Any], second: object, other_protocol: Mapping[str, Any]
) -> None:
    """Raise SimsError naming the first key in which the protocols of two files differ."""
    own, other = (
        {key: value for key, value in flatten(lines) if key.split(".")[0] not in _METHOD_KEYS}
        for lines in (protocol, other_protocol)
    )
    for key in {**own, **other}:
        found, expected = other.get(key, _ABSENT), own.get(key, _ABSENT)
        if found != expected:
            raise SimsError(
                second,
                f"another protocol than {first}: '{key}' differs",
                expected=expected,
                found=found,
                remedy="figures of different protocols are not comparable; evaluate both in one way",
            )


def with_interval(content: Mapping[str, Any], key: str, row: str) -> str:
    """Return a figure as text, with its 95 % interval where it has one."""
    return f"{content[key][row]:.4g}{interval_text(content.get('intervals', {}), key, row)}"


def headline_table(content: Mapping[str, Any]) -> str:
    """Return a Markdown table of all figures of one evaluation by row."""
    keys = [key for key in content if key not in _NO_FIGURES]
    rows = list(dict.fromkeys(row for key in keys for row in content[key]))
    lines = [f"| figure | {' | '.join(rows)} |", f"|--|{'--:|' * len(rows)}"]
    for key in keys:
        cells = [with_interval(content, key, row) if row in content[key] else _ABSENT for row in rows]
        lines.append(f"| {key} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _paired_rows(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str]]:
    old, new = _methods(before), _methods(after)
    if len(old) == len(new) == 1:
        return [(old[0], new[0])]
    return [(row, row) for row in old if row in new]


def _methods(content: Mapping[str, Any]) -> list[str]:
    rows = dict.fromkeys(row for key, by_row in content.items() if key not in _NO_FIGURES for row in by_row)
    return [row for row in rows if row not in BOUNDS]
