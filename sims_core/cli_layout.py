"""`sims layout`: coarse layouts made dense."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sims_core.cli_options import Project

commands = typer.Typer(help="Layouts before they become photographs.", no_args_is_help=True)


@commands.command(
    "refine",
    epilog="""What nobody painted (void: 255, or black in a colour PNG) is filled in by the network of stage
train_layout; what was painted stays. The result is in the class table's colours.
`sims synthesize --coarse` does both steps at once.

Example: sims layout refine sketch.png -o dense.png""",
)
def refine(
    layout: Annotated[Path, typer.Argument(help="Coarse layout PNG: category ids or palette colours.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The dense layout to write (PNG).")],
    project: Project = Path(),
) -> None:
    """Fill in a layout that was painted in a hurry."""
    from sims_core.classes import VOID
    from sims_core.files import check_png_name
    from sims_core.images import write_png
    from sims_core.layout_files import read_layout
    from sims_core.predict_layout import LayoutPredictor

    check_png_name(out)
    predictor = LayoutPredictor(project / "data" / "models" / "layout")
    card = predictor.card
    labels, _ = read_layout(layout, card.categories, (card.height_px, card.width_px))
    write_png(out, card.categories.colourise(predictor.refine(labels)))
    typer.echo(f"{out}: {(labels == VOID).mean():.0%} of the pixels filled in")
