"""`sims scenes`: the photos and layouts that the project works with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from sims_core.base.files import check_png_name
from sims_core.cli.options import Params, Project, params_path

commands = typer.Typer(help="The photos and layouts of the dataset.", no_args_is_help=True)


@commands.command("show", epilog="Example: sims scenes show --split train -o train.png")
def show(
    split: Annotated[Literal["train", "val"], typer.Option(help="Which scenes.")] = "val",
    out: Annotated[Path, typer.Option("-o", "--out", help="The picture to write (PNG).")] = Path("scenes.png"),
    project: Project = Path(),
) -> None:
    """Make a contact sheet of photos with their layouts."""
    from sims_core.base.pictures import write_png
    from sims_core.drawing.artifact_sheets import scenes_sheet
    from sims_core.formats.scenes import SceneReader

    check_png_name(out)
    sheet = scenes_sheet(SceneReader(project / "data" / "scenes"), split, num_scenes=24)
    write_png(out, sheet)
    typer.echo(f"{out}: {sheet.shape[1]} x {sheet.shape[0]} px")


@commands.command(
    "export",
    epilog="""The folder gets photos/ID.png, layouts/ID.png (indexed PNGs: values are category ids, 255 = void) and the
class table classes.json, all at the project's resolution. So another method can be trained and scored on the same
pictures:

\b
  sims scenes export --split train -o train/
  sims scenes export -o val/
  sims evaluate theirs/ --layouts val/layouts --real val/photos --segmenter data/models/segmenter -o scores/

With --coarse also coarse/ID.png, as section `layout` of the parameters has them; those of the validation scenes are
the ones that stage evaluate refines. What refinement is worth in the end:

\b
  sims scenes export --coarse -o val/
  sims synthesize val/layouts -o fine/
  sims synthesize val/coarse --coarse -o refined/
  sims evaluate fine/ refined/ --layouts val/layouts --real val/photos --segmenter data/models/segmenter -o scores/""",
)
def export(
    out: Annotated[Path, typer.Option("-o", "--out", help="The folder to write; new or empty.")],
    split: Annotated[Literal["train", "val"], typer.Option(help="Which scenes.")] = "val",
    coarse: Annotated[bool, typer.Option("--coarse", help="Coarse layouts, too.")] = False,
    project: Project = Path(),
    params: Params = None,
) -> None:
    """Write photos and layouts as picture files, for other methods and for `sims evaluate`."""
    from functools import partial

    from sims_core.base.parameters import load_parameters
    from sims_core.evaluation.run.layout import coarse_validation_layout
    from sims_core.formats.scenes import SceneReader
    from sims_core.layouts.export import export_scenes
    from sims_core.training.settings.layout import LayoutConfig

    reader = SceneReader(project / "data" / "scenes")
    coarsened = None
    if coarse:
        parameters = load_parameters(params_path(project, params))
        layout = parameters.section("layout", LayoutConfig)
        coarsened = partial(
            coarse_validation_layout,
            classes=reader.classes,
            source=layout.source,
            config=layout.coarse,
            seed=parameters.seed,
        )
    num_scenes = export_scenes(reader, split, out, coarsened)
    typer.echo(f"{out}: {num_scenes} photos and layouts")
