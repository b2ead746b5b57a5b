"""`sims synthesize`: a layout of yours becomes photographs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sims_core.cli_options import Params, Project, params_path
from sims_core.files import check_png_name

EPILOG = """What a layout is: a PNG of the project's resolution in which each pixel names a category, either as its
number (grey or indexed PNG; 255 = void) or in its colour from data/scenes/classes.json (RGB PNG; black = void).
`sims scenes show` shows layouts in these colours.

\b
  sims synthesize my_layout.png -o street.png
  sims synthesize my_layout.png -o street.png --variants 6
  sims synthesize my_layout.png -o street.png --pin 14=photo_12:0004 --ban photo_7 --in-front 14=9

Beside street.png this writes street.provenance.png (one colour per source photo, black = invented by the network),
street.credits.json (every source photo with its share of pixels, its segments and its licence; what was banned),
street.components.png (the layout with the number of each component) and street.components.csv (each component's
candidates, best first, by segment id). With --variants: street.variant1.png, ... with credits, and
street.variants.png, a contact sheet of them all."""


def synthesize(
    layout: Annotated[Path, typer.Argument(help="Layout PNG: category ids or palette colours.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The photograph to write (PNG).")],
    coarse: Annotated[
        bool, typer.Option("--coarse", help="Fill in what is void first, see `sims layout refine`.")
    ] = False,
    variants: Annotated[
        int, typer.Option(min=1, max=100, help="How many photographs, each of other candidates; the first is the best.")
    ] = 1,
    pin: Annotated[
        list[str] | None,
        typer.Option(metavar="COMPONENT=SEGMENT", help="Show this segment for this component. Repeatable."),
    ] = None,
    ban: Annotated[
        list[str] | None,
        typer.Option(metavar="PHOTO_OR_SEGMENT", help="Show nothing of it; see also retrieve.banned. Repeatable."),
    ] = None,
    in_front: Annotated[
        list[str] | None,
        typer.Option(metavar="A=B", help="Paste component A in front of component B. Repeatable."),
    ] = None,
    candidates: Annotated[
        bool, typer.Option("--candidates", help="Also write OUT.candidates.png: what there is to pin.")
    ] = False,
    project: Project = Path(),
    params: Params = None,
) -> None:
    """Make photographs from one layout, with their provenance and credits."""
    check_png_name(out)
    from sims_core.control import read_control
    from sims_core.inference import Synthesizer
    from sims_core.layout_files import read_layout
    from sims_core.synthesis_files import write_candidates, write_synthesis

    control = read_control(pin or [], ban or [], in_front or [])
    synthesizer = Synthesizer(project, params_path(project, params))
    labels, was_resized_from = read_layout(layout, synthesizer.classes, synthesizer.frame)
    if was_resized_from is not None:
        height_px, width_px = synthesizer.frame
        typer.echo(
            f"{layout}: {was_resized_from[1]} x {was_resized_from[0]} px, resized by nearest neighbour "
            f"to the project's {width_px} x {height_px} px"
        )
    if coarse:
        from sims_core.predict_layout import LayoutPredictor

        labels = LayoutPredictor(project / "data" / "models" / "layout").refine(labels)
    retrieved = synthesizer.retrieve(labels, layout, control)
    results = synthesizer.variants(retrieved, variants)
    for line in write_synthesis(out, retrieved, results, synthesizer.classes):
        typer.echo(line)
    if candidates:
        typer.echo(write_candidates(out, retrieved, synthesizer.bank, synthesizer.classes))
