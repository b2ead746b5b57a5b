"""The figures of all kept runs as one Markdown page: docs/results.md, generated from docs/figures, never typed.

A run is a folder with a synthesis.json: the files of metrics/figures as `sims results keep` copied them, what the
stages cost in `cost/`, the figures without each part of the method in `ablations/`, and what its pictures are worth in
`usefulness/`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template

from sims_core.base.errors import SimsError
from sims_core.base.files import atomic_file
from sims_core.evaluation.ablations import ABLATIONS, FOLDER
from sims_core.evaluation.rows import ROWS, row_title
from sims_core.networks.baselines import Baseline
from sims_core.report.metrics_files import COST, FILES, PREPARE, TRAININGS
from sims_core.report.picture_figures import ROW_MEANINGS, SYNTHESIS
from sims_core.report.reading import INTERVALS, Figures, read_any_figures, read_figures
from sims_core.report.run_sentences import SENTENCES
from sims_core.report.sentences import significant, write_sentences
from sims_core.report.study_rows import HEADINGS, MADE_BY, STUDY, study_introduction, study_rows
from sims_core.report.tables import ABSENT, Cell, interval_of, protocol_lines, tabulate
from sims_core.report.usefulness import (
    PLOT,
    USEFULNESS,
    draw_usefulness,
    read_usefulness,
    usefulness_protocol,
    usefulness_tables,
)

_RESULT = "synthesized"
# Row and network of the methods that are compared.
_METHODS = {_RESULT: "synthesis", **{name.value: name.value for name in Baseline}}
_DIFFERENCES = (
    "Paired differences, with the same columns; where the interval leaves out 0, the difference is more than the "
    "choice of layouts explains:"
)
_WITHOUT = (
    'What each part is worth: the result (row "synthesised") of the pipeline changed as the row says, each an '
    "experiment of `sims ablations run`:"
)
_BUDGETS = "Budgets, what each method's network was trained with:"
_COSTS = "Cost, the slowest stages first:"


@dataclass(frozen=True)
class PageTable:
    """A table of the page: what it is about ("" for nothing to say), its headings, and its rows of as many texts."""

    introduction: str
    headings: list[str]
    rows: list[list[str]]


@dataclass(frozen=True)
class Run:
    """One run, as text for the page.

    Attributes:
        name: Its folder's, relative to the folder of all runs.
        folder: Its folder, for readers.
        data: What it was made from, in one sentence; "" where nobody says.
        methods: The rows of its first table, for readers.
        tables: Of figures; a figure that a file lacks is a dash, and a table without rows is left out.
        notes: Sentences about the other figures.
        costs: Tables of trainings and stages.
        protocols: What the figures depend on, by file.
    """

    name: str
    folder: str
    data: str
    methods: list[str]
    tables: list[PageTable]
    notes: list[str]
    costs: list[PageTable]
    protocols: list[tuple[str, list[tuple[str, str]]]]


def write_results_page(figures: Path, out: Path) -> int:
    """Write the page of all runs, atomically, and return their number; see `read_runs` for errors.

    A run with usefulness/*.json gets usefulness/plot.png beside them.
    """
    runs = read_runs(figures)
    for run in runs:
        if useful := read_usefulness(figures / run.name):
            with atomic_file(figures / run.name / USEFULNESS / PLOT) as temporary:
                draw_usefulness(useful, temporary)
    with atomic_file(out) as temporary:
        temporary.write_text(render_page(runs), encoding="utf-8")
    return len(runs)


def render_page(runs: list[Run]) -> str:
    """Return the Markdown page of some runs; the same figures give the same text."""
    shown = {title for run in runs for title in run.methods}
    return _template().render(
        runs=runs,
        columns=[(column.heading, column.meaning) for column in SYNTHESIS.columns],
        methods=[(row.title, ROW_MEANINGS[row.name]) for row in ROWS if row.title in shown],
    )


def read_runs(figures: Path) -> list[Run]:
    """Read the runs below a folder, by path.

    Raises:
        SimsError: No run, or a file that is damaged or holds something else than figures.
    """
    folders = sorted(path.parent for path in figures.rglob("synthesis.json") if path.parent.parent.name != FOLDER)
    if not folders:
        raise SimsError(
            figures,
            "no synthesis.json in this folder or below it",
            remedy="run `dvc repro`, then `sims results keep NAME`",
        )
    # Without the way to the folder: the page is the same wherever the project lies.
    top = Path(*Path(os.path.abspath(figures)).parts[-2:])
    return [_read_run(folder, folder.relative_to(figures), top) for folder in folders]


def _read_run(folder: Path, inside: Path, top: Path) -> Run:
    found = {file.name: read_any_figures(folder / f"{file.name}.json", file.made_by) for file in FILES}
    synthesis = read_figures(folder / "synthesis.json", SYNTHESIS.made_by)
    intervals = read_any_figures(folder / f"{SYNTHESIS.name}{INTERVALS}.json", SYNTHESIS.made_by)
    table = tabulate(synthesis, SYNTHESIS.columns, intervals)
    headings = [column.heading for column in table.columns]
    rows = [[row_title(row), *map(_cell, table.line(row))] for row in table.rows]
    keys = [column.key for column in table.columns]
    tables = [
        PageTable("", ["method", *headings], rows),
        PageTable(_DIFFERENCES, ["methods", *headings], _differences(keys, intervals)),
        PageTable(_WITHOUT, ["pipeline", *headings], _ablations(keys, folder / FOLDER, synthesis)),
        *_preferences(folder),
    ]
    useful = read_usefulness(folder)
    picture = (Path(top.name) / inside / USEFULNESS / PLOT).as_posix()
    tables += [PageTable(made.introduction, made.headings, made.rows) for made in usefulness_tables(useful, picture)]
    sentences = {
        name: write_sentences(lines, part) for name, lines in SENTENCES.items() if (part := found[name]) is not None
    }
    measured = [(file.title, found[file.name]) for file in FILES if file.made_by == SYNTHESIS.made_by]
    return Run(
        name=inside.as_posix(),
        folder=(top / inside).as_posix(),
        data=" ".join(sentences.pop(PREPARE.name, [])),
        methods=[row_title(row) for row in table.rows],
        tables=[shown for shown in tables if shown.rows],
        notes=[line for lines in sentences.values() for line in lines],
        costs=[shown for shown in _costs(folder / "cost", found) if shown.rows],
        protocols=[
            (title, protocol_lines(part.protocol))
            for title, part in [*measured, ("Intervals", intervals)]
            if part is not None and part.protocol
        ]
        + ([("Usefulness", usefulness_protocol(useful))] if useful else []),
    )


def _differences(keys: Sequence[str], intervals: Figures | None) -> list[list[str]]:
    """Return a row of texts for each pair of methods."""
    if intervals is None:
        return []
    rows = []
    for pair in dict.fromkeys(pair for key in keys for pair in intervals.part("differences", key) or {}):
        first, _, second = pair.partition("_minus_")
        cells = [
            None
            if (interval := interval_of(intervals, "differences", key, pair)) is None
            else Cell(intervals.number("differences", key, pair, "value"), interval, None, is_best=False)
            for key in keys
        ]
        rows.append([f"{row_title(first)} less {row_title(second)}", *map(_cell, cells)])
    return rows


def _preferences(folder: Path) -> list[PageTable]:
    """Return the table of a run's study with human raters, none where there was no study."""
    figures = read_any_figures(folder / f"{STUDY}.json", MADE_BY)
    return [] if figures is None else [PageTable(study_introduction(figures), HEADINGS, study_rows(figures))]


def _ablations(keys: Sequence[str], folder: Path, whole: Figures) -> list[list[str]]:
    """Return a row of texts for the whole method and each ablation that lies in a folder; none without ablations."""
    files = [(ablation.title, folder / ablation.name / "synthesis.json") for ablation in ABLATIONS]
    found = [(title, read_any_figures(path, SYNTHESIS.made_by)) for title, path in files]
    without = [(title, figures) for title, figures in found if figures is not None]
    return [
        [title, *(ABSENT if value is None else significant(value) for value in _results(figures, keys))]
        for title, figures in [("the whole method", whole), *without]
        if without
    ]


def _results(figures: Figures, keys: Sequence[str]) -> list[float | None]:
    return [figures.by_row(key).get(_RESULT) for key in keys]


def _costs(folder: Path, found: dict[str, Figures | None]) -> list[PageTable]:
    """Return the tables of trainings and stages, the slowest stage first."""
    costs = {path.stem: read_figures(path, path.stem) for path in sorted(folder.glob("*.json"))}
    lasting = [column for column in COST.columns if column.key in ("seconds", "cpu_seconds")]
    budgets = []
    trained = TRAININGS[_METHODS[_RESULT]].columns
    for row, network in _METHODS.items():
        file = TRAININGS[network]
        training, cost = found[file.name], costs.get(file.made_by.replace("@", "_"))
        if training is not None:
            texts = [_plain(training, column.key) for column in file.columns]
            budgets.append([row_title(row), *texts, *(_plain(cost, column.key) for column in lasting)])
    return [
        PageTable(_BUDGETS, ["method", *(column.heading for column in (*trained, *lasting))], budgets),
        PageTable(
            _COSTS,
            ["stage", *(column.heading for column in COST.columns)],
            [
                [stage, *(_plain(costs[stage], column.key) for column in COST.columns)]
                for stage in sorted(costs, key=lambda stage: -costs[stage].number("seconds"))
            ],
        ),
    ]


def _plain(figures: Figures | None, key: str) -> str:
    """Return a number as it stands in a file, with commas between thousands."""
    if figures is None or figures.part(key) is None:
        return ABSENT
    return f"{figures.number(key):,}"


def _cell(cell: Cell | None) -> str:
    """Return a cell as text, its interval or else its spread behind the figure, the best of a column in bold."""
    if cell is None:
        return ABSENT
    text = significant(cell.value)
    if cell.interval is not None:
        text += f" [{significant(cell.interval.low)}, {significant(cell.interval.high)}]"
    elif cell.spread is not None:
        spread = significant(cell.spread)
        decimals = len(spread.partition(".")[2])
        text = f"{cell.value:z.{decimals}f} ± {spread}"
    return f"**{text}**" if cell.is_best else text


def _template() -> Template:
    text = (files("sims_core.report") / "results.md.j2").read_text(encoding="utf-8")
    environment = Environment(  # noqa: S701 - Markdown, not HTML
        undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(text)
