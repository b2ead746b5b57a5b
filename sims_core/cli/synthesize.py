"""`sims synthesize`: a layout of yours becomes photographs."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from sims_core.base.errors import SimsError
from sims_core.base.locks import only_writer
from sims_core.cli.options import Mapping, Params, params_path

EPILOG = """What a layout is: a PNG in which each pixel names a category, either as its number (grey or indexed PNG;
255 = void) or in its colour from data/scenes/classes.json (RGB PNG; black = void). `sims scenes show` shows layouts in
these colours. Numbers that may be values of the project's masks (prepare.source.label_values) are read as such, and
the command says so. Of other proportions than the project's a layout is cropped about its centre, of another size
resized.

\b
  sims synthesize my_layout.png -o street.png
  sims synthesize my_layout.png -o street.png --variants 6
  sims synthesize my_layout.png -o street.png --pin 14=photo_12:0004 --ban photo_7 --in-front 14=9
  sims synthesize layouts/ -o streets/
  sims synthesize gta5/labels/ -o streets/ --layout-classes gta5
  sims synthesize my_layout.png -o street.png --project project.zip

Beside street.png this writes street.provenance.png (one colour per source photo, black = invented by the network),
street.credits.json (every source photo with its share of pixels, its segments and its licence; what was banned),
street.components.png (the layout with the number of each component) and street.components.csv (each component's
candidates, best first, by segment id). With --variants: street.variant1.png, ... with credits, and
street.variants.png, a contact sheet of them all.

Of a folder, every PNG file is read and checked before the first photograph is made; streets/ then holds photographs
alone, as `sims evaluate` takes them, and streets/sources all other files. Layouts of another dataset are translated by
the names of the categories; what has no counterpart becomes void and is listed. See `sims layout translate`."""


def synthesize(
    layout: Annotated[Path, typer.Argument(help="Layout PNG, or a folder of them: category ids or palette colours.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The photograph to write (PNG); for a folder, a folder.")],
    layout_classes: Annotated[
        str | None,
        typer.Option(
            metavar="DATASET|TABLE",
            help="What the layout is painted in: a dataset's name or a class table's file; the project's by default.",
        ),
    ] = None,
    mapping: Mapping = None,
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
    project: Annotated[
        Path, typer.Option("--project", help="Folder of the project, or a file of `sims project pack`.")
    ] = Path(),
    params: Params = None,
) -> None:
    """Make photographs from a layout or a folder of layouts, with their provenance and credits."""
    from sims_core.base.disk import OTHER_OUT, disk_errors
    from sims_core.layouts.incoming import check_beside, check_out, list_layouts, open_project_layouts, passed_over
    from sims_core.synthesis.control import read_control

    check_out(layout, out)
    check_beside(layout, out)
    control = read_control(pin or [], ban or [], in_front or [])
    _check_components(layout, control.pins or control.in_front)
    paths = list_layouts(layout)
    from sims_core.synthesis.files import synthesize_files, write_candidates, write_synthesis
    from sims_core.synthesis.packed import open_project
    from sims_core.synthesis.refinement import load_refinement
    from sims_core.synthesis.synthesizer import Synthesizer

    folder = open_project(project)
    params = params_path(folder, params)
    synthesizer = Synthesizer(folder, params)
    refine = load_refinement(folder).refine if coarse else None
    forms = open_project_layouts(layout_classes, mapping, synthesizer.classes, synthesizer.frame, refine, params, paths)
    survey = forms.survey(paths, partial(synthesizer.check, control=control))
    for line in (*passed_over(layout), *survey.lines):
        typer.echo(line)
    with disk_errors(out, OTHER_OUT), only_writer(out):
        if layout.is_dir():
            named = zip((path.with_suffix(".png") for path in paths), survey.layouts(), strict=True)
            typer.echo(synthesize_files(named, len(paths), synthesizer, out, control, variants, candidates))
            return
        retrieved = synthesizer.retrieve(next(survey.layouts()), layout, control)
        results = synthesizer.variants(retrieved, variants)
        for line in write_synthesis(out, retrieved, results, synthesizer.classes, beside=out):
            typer.echo(line)
        if candidates:
            typer.echo(write_candidates(out, retrieved, synthesizer.bank, synthesizer.classes))


def _check_components(layout: Path, names_some: object) -> None:
    """Raise SimsError when components are named of a folder of layouts."""
    if layout.is_dir() and names_some:
        what = "--pin and --in-front name components of one layout"
        raise SimsError(layout, what, expected="a file", found="a folder")
