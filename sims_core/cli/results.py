"""`sims results`: finished runs to contact sheets, tables and pages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sims_core.base.files import check_png_name
from sims_core.cli.options import Project

Figures = Annotated[Path, typer.Option("--figures", help="Folder of the runs that are kept, a folder each.")]
KEPT = Path("docs/figures")
commands = typer.Typer(help="The photographs that were made, and their figures.", no_args_is_help=True)


@commands.command("show", epilog="Example: sims results show --scenes 3 -o results.png")
def show(
    scenes: Annotated[int, typer.Option(min=1, help="How many.")] = 6,
    out: Annotated[Path, typer.Option("-o", "--out", help="The picture to write (PNG).")] = Path("results.png"),
    project: Project = Path(),
) -> None:
    """Make a contact sheet of validation layouts with their canvases, photographs and provenance."""
    from sims_core.base.artifacts import check_together
    from sims_core.base.pictures import write_png
    from sims_core.drawing.artifact_sheets import results_sheet
    from sims_core.formats.canvases import CanvasReader
    from sims_core.formats.scenes import SceneReader
    from sims_core.formats.synthesized import read_images

    check_png_name(out)
    data = project / "data"
    images = read_images(data / "synthesized")
    sheet = results_sheet(SceneReader(data / "scenes"), CanvasReader(data / "canvases"), images, scenes)
    check_together(data / "scenes", data / "canvases", data / "synthesized")
    write_png(out, sheet)
    typer.echo(f"{out}: {sheet.shape[1]} x {sheet.shape[0]} px")


@commands.command(
    "keep",
    epilog="""A run writes metrics/; the folders below docs/figures are documents that no run changes.

\b
  sims results keep demo --replace      the figures of the demo anew
  sims results page                     then the page""",
)
def keep(
    name: Annotated[str, typer.Argument(help="Name of the run: a folder below FIGURES.")],
    replace: Annotated[bool, typer.Option("--replace", help="Replace a run that is kept under this name.")] = False,
    figures: Figures = KEPT,
    project: Project = Path(),
) -> None:
    """Copy the figures of the finished run, with its costs and ablations, to where no run writes."""
    from sims_core.report.keep import keep_figures

    kept = keep_figures(project, figures, name, replace=replace)
    typer.echo(f"{kept}: {len(list(kept.rglob('*.json')))} files")


@commands.command(
    "page",
    epilog="""A run is a folder below FIGURES with a synthesis.json, such as docs/figures/camvid.

Example: sims results page --figures docs/figures -o docs/results.md""",
)
def page(
    figures: Figures = KEPT,
    out: Annotated[Path, typer.Option("-o", "--out", help="The page to write (Markdown).")] = Path("docs/results.md"),
) -> None:
    """Write the figures of all runs that are kept as one Markdown page."""
    from sims_core.report.results import write_results_page

    num_runs = write_results_page(figures, out)
    typer.echo(f"{out}: {num_runs} {'run' if num_runs == 1 else 'runs'}")


@commands.command(
    "compare",
    epilog="""Each file is figures.json of `sims evaluate` or metrics/figures/synthesis.json of a run. If the protocols
differ in anything but the methods, the first difference is named and nothing is compared.

Example: sims results compare scores/figures.json other_scores/figures.json""",
)
def compare(
    first: Annotated[Path, typer.Argument(help="Figures of an evaluation (JSON).")],
    second: Annotated[Path, typer.Argument(help="Figures of another one by the same protocol.")],
) -> None:
    """Print two evaluations side by side as a Markdown table, with intervals and differences."""
    from sims_core.report.compare import compare_evaluations

    typer.echo(compare_evaluations(first, second))


@commands.command(
    "diff",
    epilog="""`dvc metrics diff` shows the headline figures; this command shows every number of metrics/figures, but for
intervals, and of metrics/cost that differs.

\b
  sims results diff                     the workspace against the last commit
  sims results diff main                against a branch
  sims results diff upset-gauds         against an experiment of `dvc exp show`""",
)
def diff(
    revision: Annotated[str, typer.Argument(help="A git revision, or the name of a DVC experiment.")] = "HEAD",
    project: Project = Path(),
) -> None:
    """Print which figures and costs of the workspace differ from a revision's, as a Markdown table."""
    from sims_core.report.difference import compare_with_revision

    typer.echo(compare_with_revision(project, revision))
