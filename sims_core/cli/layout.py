"""`sims layout`: coarse layouts made dense, layouts of another dataset made the project's."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sims_core.base.errors import SimsError
from sims_core.cli.options import Mapping, Project

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
    from sims_core.base.disk import OTHER_OUT, disk_errors
    from sims_core.base.pictures import write_png
    from sims_core.layouts.incoming import check_out, open_project_layouts
    from sims_core.scenes.classes import VOID
    from sims_core.synthesis.refinement import load_refinement

    if layout.is_dir():
        raise SimsError(layout, "is a folder", expected="one layout", remedy="`sims synthesize --coarse` takes folders")
    check_out(layout, out)
    predictor = load_refinement(project)
    card = predictor.card
    frame = (card.height_px, card.width_px)
    params = project / "params.yaml"
    layouts = open_project_layouts(None, None, card.categories, frame, params=params, paths=[layout])
    labels = layouts.read(layout)
    for line in layouts.said:
        typer.echo(line)
    with disk_errors(out, OTHER_OUT):
        write_png(out, card.categories.colourise(predictor.refine(labels)))
    typer.echo(f"{out}: {(labels == VOID).mean():.0%} of the pixels filled in")


@commands.command(
    "translate",
    epilog="""Categories are translated by name: the same name first, then a name that other datasets have for the same
thing. What has no counterpart becomes void and is listed with its share of the pixels; a file of --mapping overrides
and adds, such as

\b
  wall: building
  traffic light: sign symbol
  train: null

The layouts come out in the project's size and class table, as indexed PNGs: values are category ids, 255 = void. So
`sims synthesize` takes them, and `sims evaluate --layouts` scores what became of them. `sims synthesize
--layout-classes` does it in passing.

\b
  sims layout translate gta5/labels/ --from gta5 -o layouts/
  sims layout translate theirs/ --from theirs.yaml --mapping names.yaml -o layouts/

Datasets have their names of docs/datasets.md, and camvid_original, nyu40, nyu13; their own label files are read.""",
)
def translate(
    layout: Annotated[Path, typer.Argument(help="Layout PNG, or a folder of them.")],
    source: Annotated[
        str, typer.Option("--from", metavar="DATASET|TABLE", help="A dataset's name, or a class table's file.")
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="The layout to write (PNG); for a folder, a folder.")],
    mapping: Mapping = None,
    project: Project = Path(),
) -> None:
    """Turn layouts of another dataset into layouts of the project."""
    from sims_core.base.disk import OTHER_OUT, disk_errors
    from sims_core.formats.scenes import SceneReader
    from sims_core.layouts.files import write_layout
    from sims_core.layouts.incoming import check_out, list_layouts, open_project_layouts, passed_over

    paths = list_layouts(layout)
    check_out(layout, out)
    scenes = SceneReader(project / "data" / "scenes")
    params = project / "params.yaml"
    layouts = open_project_layouts(source, mapping, scenes.classes, scenes.frame(), params=params, paths=paths)
    survey = layouts.survey(paths)
    for line in (*passed_over(layout), *survey.lines):
        typer.echo(line)
    with disk_errors(out, OTHER_OUT):
        for path, labels in zip(paths, survey.layouts(), strict=True):
            write_layout(out / f"{path.stem}.png" if layout.is_dir() else out, labels, scenes.classes)
    typer.echo(f"{out}: {len(paths)} {'layout' if len(paths) == 1 else 'layouts'}")
