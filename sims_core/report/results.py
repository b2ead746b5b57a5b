"""The figures of all runs as one Markdown page: docs/results.md, generated from metrics/, never typed.

A run is a folder with a synthesis.json: the metrics folder itself, whose files the pipeline writes, and
any folder below it that keeps the files of another run under the same names.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Literal

from jinja2 import Environment, StrictUndefined, Template

from sims_core.base.errors import SimsError
from sims_core.base.files import atomic_file
from sims_core.evaluation.ablations import ABLATIONS, FOLDER
from sims_core.evaluation.rows import BOUNDS, ROWS, ordered_rows, row_title
from sims_core.networks.baselines import Baseline
from sims_core.report.explanations import EXPLANATIONS, protocol_lines
from sims_core.report.metrics_files import (
    NO_INTERVALS,
    BankFigures,
    CostFigures,
    DataFigures,
    IntervalFigures,
    LayoutFigures,
    OrderingFigures,
    RetrievalFigures,
    RowFigures,
    SourcesFigures,
    SynthesisFigures,
    SynthesisIntervals,
    TrainingFigures,
    TransformFigures,
    read_any_figures,
    read_figures,
)

_ABSENT = "–"
_RESULT = "synthesized"
# Row, file of the training's figures, stage: the methods that are compared.
_TRAININGS = (
    (_RESULT, "train_synthesis", "train_synthesis"),
    *((name.value, f"train_{name}", f"train_baseline_{name}") for name in Baseline),
)


@dataclass(frozen=True)
class Column:
    """A column of a run's table.

    Attributes:
        key: The figure in synthesis.json.
        title: For readers, with the direction that is better.
        better: `higher`, `lower`, or `real`: the closer to the real photographs' figure.
        spread_key: The figure that stands after "±"; "" for none.
    """

    key: str
    title: str
    better: Literal["higher", "lower", "real"]
    spread_key: str = ""


COLUMNS = (
    Column("mean_iou", "mean IoU ↑", "higher"),
    Column("pixel_accuracy", "pixel accuracy ↑", "higher"),
    Column("frequency_weighted_iou", "frequency-weighted IoU ↑", "higher"),
    Column("segmenter_kernel_distance", "segmenter kernel distance ↓", "lower", "segmenter_kernel_distance_std"),
    Column("spectrum_distance", "spectrum distance ↓", "lower"),
    Column("spectrum_slope", "spectrum slope → real", "real"),
)


@dataclass(frozen=True)
class Run:
    """One run: its name ("" for the metrics folder itself), its folder for readers, and its figures.

    `columns` are the titles of the table, `rows` its rows (method, a text per column); a figure that a
    file lacks is a dash, and a row or column without any figure is left out. `differences` are the rows of
    the table of paired differences, with the same columns. `ablations` are rows of that kind, too: the result
    without a part. `trainings` are (method, its training, what that cost) of the methods that learn to make pictures;
    `costs` are (stage, figures).
    """

    name: str
    folder: str
    columns: list[str]
    rows: list[tuple[str, list[str]]]
    differences: list[tuple[str, list[str]]]
    ablations: list[tuple[str, list[str]]]
    trainings: list[tuple[str, TrainingFigures, CostFigures | None]]
    costs: list[tuple[str, CostFigures]]
    protocols: list[tuple[str, list[tuple[str, str]]]]
    synthesis: SynthesisFigures
    transform: TransformFigures | None
    ordering: OrderingFigures | None
    retrieval: RetrievalFigures | None
    sources: SourcesFigures | None
    layout: LayoutFigures | None
    data: DataFigures | None
    bank: BankFigures | None


def write_results_page(metrics: Path, out: Path) -> int:
    """Write the page of a metrics folder, atomically, and return the number of runs; see `read_runs` for errors."""
    runs = read_runs(metrics)
    with atomic_file(out) as temporary:
        temporary.write_text(render_page(runs), encoding="utf-8")
    return len(runs)


def render_page(runs: list[Run]) -> str:
    """Return the Markdown page of some runs; the same figures give the same text."""
    shown = {title for run in runs for title, _ in run.rows}
    return _template().render(
        runs=runs,
        columns=[(column.title, EXPLANATIONS[f"synthesis.{column.key}"]) for column in COLUMNS],
        methods=[(row_title(row), EXPLANATIONS[f"row.{row}"]) for row in ROWS if row_title(row) in shown],
    )


def read_runs(metrics: Path) -> list[Run]:
    """Read the runs of a metrics folder: its own first, then those of the folders below by path.

    Raises:
        SimsError: No run, or a file that is damaged or holds something else than figures.
    """
    folders = sorted(path.parent for path in metrics.rglob("synthesis.json") if path.parent.parent.name != FOLDER)
    if not folders:
        raise SimsError(metrics, "no synthesis.json in this folder or below it", remedy="run stage 'evaluate' first")
    # Without the way to the folder: the page is the same wherever the project lies.
    top = Path(os.path.abspath(metrics)).name
    return [_read_run(folder, folder.relative_to(metrics), top) for folder in folders]


def _read_run(folder: Path, inside: Path, top: str) -> Run:
    synthesis = read_figures(folder / "synthesis.json", SynthesisFigures, "evaluate")
    intervals = read_any_figures(folder / "synthesis_intervals.json", SynthesisIntervals, "evaluate") or NO_INTERVALS
    transform = read_any_figures(folder / "transform.json", TransformFigures, "evaluate")
    ordering = read_any_figures(folder / "ordering.json", OrderingFigures, "evaluate")
    retrieval = read_any_figures(folder / "retrieval.json", RetrievalFigures, "evaluate")
    sources = read_any_figures(folder / "sources.json", SourcesFigures, "evaluate")
    layout = read_any_figures(folder / "layout.json", LayoutFigures, "evaluate")
    parts = {
        "pictures": synthesis,
        "intervals": intervals,
        "transformation": transform,
        "ordering": ordering,
        "retrieval": retrieval,
        "sources": sources,
        "layout refinement": layout,
    }
    columns, rows = tabulate(synthesis, intervals)
    return Run(
        name=inside.as_posix() if inside.parts else "",
        folder=(top / inside).as_posix(),
        columns=columns,
        rows=rows,
        differences=tabulate_differences(synthesis, intervals),
        ablations=tabulate_ablations(folder, synthesis),
        trainings=_read_trainings(folder),
        costs=_read_costs(folder / "cost"),
        protocols=[(name, protocol_lines(part.protocol)) for name, part in parts.items() if part and part.protocol],
        synthesis=synthesis,
        transform=transform,
        ordering=ordering,
        retrieval=retrieval,
        sources=sources,
        layout=layout,
        data=read_any_figures(folder / "prepare.json", DataFigures, "prepare"),
        bank=read_any_figures(folder / "extract_bank.json", BankFigures, "extract_bank"),
    )


def tabulate(
    figures: SynthesisFigures, intervals: SynthesisIntervals = NO_INTERVALS
) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Return the titles of the columns and the rows (method, a text per column), the best of a column in bold.

    Behind a figure stands its interval, or else its spread where it has one.
    """
    by_key = _by_key(figures)
    columns = _columns(figures)
    best = {column.key: _best(by_key[column.key], column.better) for column in columns}
    rows = []
    for row in ordered_rows(by_key[column.key] for column in columns):
        cells = []
        for column in columns:
            value, spread = by_key[column.key].get(row), by_key.get(column.spread_key, {}).get(row)
            interval = intervals.intervals.get(column.key, {}).get(row)
            text = _ABSENT if value is None else _cell(value, spread, interval)
            cells.append(f"**{text}**" if row in best[column.key] else text)
        rows.append((row_title(row), cells))
    return [column.title for column in columns], rows


def tabulate_differences(figures: SynthesisFigures, intervals: SynthesisIntervals) -> list[tuple[str, list[str]]]:
    """Return the rows of the table of paired differences (the two methods, a text per column of `tabulate`)."""
    rows = []
    for pair in dict.fromkeys(pair for by_pair in intervals.differences.values() for pair in by_pair):
        first, _, second = pair.partition("_minus_")
        found = [intervals.differences.get(column.key, {}).get(pair) for column in _columns(figures)]
        cells = [_ABSENT if cell is None else _cell(cell.value, None, cell) for cell in found]
        rows.append((f"{row_title(first)} less {row_title(second)}", cells))
    return rows


def tabulate_ablations(folder: Path, whole: SynthesisFigures) -> list[tuple[str, list[str]]]:
    """Return the rows of the table of ablations: the result of the whole method, then without each part.

    Args:
        folder: Of the run; ablations lie below it as `run_ablation` writes them. Without any there are no rows.
        whole: The figures of the run, which decide the columns.
    """
    files = [(ablation.title, folder / FOLDER / ablation.name / "synthesis.json") for ablation in ABLATIONS]
    found = [(title, read_any_figures(path, SynthesisFigures, "evaluate")) for title, path in files]
    rows = [(title, figures) for title, figures in [("the whole method", whole), *found] if figures is not None]
    if len(rows) == 1:
        return []
    columns = _columns(whole)
    table = []
    for title, figures in rows:
        values = [_by_key(figures)[column.key].get(_RESULT) for column in columns]
        table.append((title, [_ABSENT if value is None else significant(value) for value in values]))
    return table


def _read_trainings(folder: Path) -> list[tuple[str, TrainingFigures, CostFigures | None]]:
    found = []
    for row, name, stage in _TRAININGS:
        training = read_any_figures(folder / f"{name}.json", TrainingFigures, stage)
        if training is not None:
            cost = read_any_figures(folder / "cost" / f"{stage}.json", CostFigures, stage)
            found.append((row_title(row), training, cost))
    return found


def _read_costs(folder: Path) -> list[tuple[str, CostFigures]]:
    """Return what each stage cost, the slowest first."""
    costs = [(path.stem, read_figures(path, CostFigures, path.stem)) for path in sorted(folder.glob("*.json"))]
    return sorted(costs, key=lambda cost: -cost[1].seconds)


def _by_key(figures: SynthesisFigures) -> dict[str, RowFigures]:
    by_key: dict[str, RowFigures] = figures.model_dump(exclude={"protocol", "provenance"})
    return by_key


def _columns(figures: SynthesisFigures) -> list[Column]:
    by_key = _by_key(figures)
    return [column for column in COLUMNS if by_key[column.key]]


def _best(values: Mapping[str, float], better: Literal["higher", "lower", "real"]) -> list[str]:
    """Return the rows with the best figure, the bounds apart; several where figures are equal."""
    if better == "real" and "real" not in values:
        return []
    costs = {
        "higher": lambda value: -value,
        "lower": lambda value: value,
        "real": lambda value: abs(value - values["real"]),
    }
    ranked = {row: costs[better](value) for row, value in values.items() if row not in BOUNDS}
    return [row for row, cost in ranked.items() if cost == min(ranked.values())]


def _cell(value: float, spread: float | None, interval: IntervalFigures | None) -> str:
    if interval is not None:
        return f"{significant(value)} [{significant(interval.low)}, {significant(interval.high)}]"
    if spread is None:
        return significant(value)
    text = significant(spread)
    decimals = len(text.partition(".")[2])
    return f"{value:z.{decimals}f} ± {text}"


def significant(value: float) -> str:
    """Return a number with three significant digits and no exponent: 0.0000270, 0.194, -2.99, 1230."""
    return f"{Decimal(f'{value:#.3g}'):f}"


def _template() -> Template:
    text = (files("sims_core.report") / "results.md.j2").read_text(encoding="utf-8")
    environment = Environment(  # noqa: S701 - Markdown, not HTML
        undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["figure"] = significant
    environment.filters["row_title"] = row_title
    environment.filters["count"] = lambda number: f"{number:,}"
    environment.filters["percent"] = lambda share: f"{100 * share:.3g} %"
    return environment.from_string(text)
