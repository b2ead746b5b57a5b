"""`sims results`: finished runs to contact sheets, tables and pages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sims_core.base.files import check_png_name
from sims_core.cli.options import Project

commands = typer.Typer(help="The photographs that were made, and their figures.", no_args_is_help=True)


@commands.command("show", epilog="Example: sims results show --scenes 3 -o results.png")
def show(
    scenes: Annotated[int, typer.Option(min=1, help="How many.")] = 6,
    out: Annotated[Path, typer.Option("-o", "--out", help="The picture to write (PNG).")] = Path("results.png"),
    project: Project = Path(),
) -> None:
    """Make a contact sheet of validation layouts with their canvases, photographs and provenance."""
    from sims_core.base.pictures import write_png
    from sims_core.drawing.artifact_sheets import results_sheet
    from sims_core.formats.canvases import CanvasReader
    from sims_core.formats.scenes import SceneReader
    from sims_core.formats.synthesized import read_images

    check_png_name(out)
    data = project / "data"
    images = read_images(data / "synthesized")
    sheet = results_sheet(SceneReader(data / "scenes"), CanvasReader(data / "canvases"), images, scenes)
    write_png(out, sheet)
    typer.echo(f"{out}: {sheet.shape[1]} x {sheet.shape[0]} px")


@commands.command(
    "page",
    epilog="""A run is a folder with a synthesis.json: METRICS itself, and any folder below it, such as metrics/camvid.

Example: sims results page --metrics metrics -o docs/results.md""",
)
def page(
    metrics: Annotated[Path, typer.Option(help="Folder of the figures, of one run or of several.")] = Path("metrics"),
    out: Annotated[Path, typer.Option("-o", "--out", help="The page to write (Markdown).")] = Path("docs/results.md"),
) -> None:
    """Write the figures of all runs as one Markdown page."""
    from sims_core.report.results import write_results_page

    num_runs = write_results_page(metrics, out)
    typer.echo(f"{out}: {num_runs} {'run' if num_runs == 1 else 'runs'}")


@commands.command(
    "compare",
    epilog="""Each file is figures.json of `sims evaluate` or metrics/synthesis.json of a run. If the protocols differ
in anything but the methods, the first difference is named and nothing is compared.

Example: sims results compare scores/figures.json other_scores/figures.json""",
)
def compare(
    first: Annotated[Path, typer.Argument(help="Figures of an evaluation (JSON).")],
    second: Annotated[Path, typer.Argument(help="Figures of another one by the same protocol.")],
) -> None:
    """Print two evaluations side by side as a Markdown table, with intervals and differences."""
    from sims_core.report.compare import compare_evaluations

    typer.echo(compare_evaluations(first, second))
