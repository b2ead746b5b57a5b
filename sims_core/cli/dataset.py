"""`sims dataset`: labelled datasets, made of layouts or rendered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sims_core.base.errors import SimsError
from sims_core.cli.options import Mapping, Params, params_path
from sims_core.usefulness.forms import Form

if TYPE_CHECKING:
    from sims_core.scenes.classes import ClassTable
    from sims_core.usefulness.asked import AskedLayout, Check

commands = typer.Typer(help="Labelled datasets of photographs that this project makes.", no_args_is_help=True)
_Out = Annotated[Path, typer.Option("-o", "--out", help="The folder to write; new or empty.")]
_FinishedProject = Annotated[
    Path, typer.Option("--project", help="Folder of the project, or a file of `sims project pack`.")
]
_Forms = Annotated[
    list[Form] | None,
    typer.Option(
        metavar="coco|cityscapes|parquet", help="What to write beside the folders; all by default. Repeatable."
    ),
]
_Ban = Annotated[
    list[str] | None,
    typer.Option(metavar="PHOTO_OR_SEGMENT", help="Show nothing of it; see also retrieve.banned. Repeatable."),
]
_BanLicence = Annotated[
    list[str] | None,
    typer.Option(metavar="LICENCE", help="Show no photo that has this licence, word by word. Repeatable."),
]
_LayoutClasses = Annotated[
    str | None,
    typer.Option(
        metavar="DATASET|TABLE",
        help="What these are painted in: a dataset's name or a class table's file; the project's by default.",
    ),
]


@commands.command(
    "make",
    epilog="""Layouts come from the project's own scenes (--split), or from a folder of label maps (--layouts): painted,
of another dataset, or rendered. A folder with labels/ and instances/ in it brings its instances along. Of each layout
so many photographs are made as --variants says; the first one shows the best segments, the others draw theirs. No
photograph shows a segment of the photo that has its layout's name, so training layouts become new photographs.

\b
  sims dataset make -o made/                                  the training layouts, compose.num_variants of each
  sims dataset make -o made/ --layouts gta5/labels --layout-classes gta5 --variants 1
  sims dataset render 500 -o rendered/                        layouts for free, then
  sims dataset make -o made/ --layouts rendered/ --variants 1
  sims dataset make -o made/ --form parquet --ban photo_7 --ban-licence 'all rights reserved'

The dataset has images/, labels/, instances/, origins/ (which pixels were pasted, which invented), implied/ (the
categories of what was pasted), provenance/ and credits/, all with files of equal names; pictures.csv, credits.json,
classes.json, and README.md, which explains them all. Beside that, unless --form says otherwise: coco/ (COCO's panoptic
form), cityscapes/ (its naming) and data/ (Parquet with the features of Hugging Face `datasets`). The label map of a
picture is the layout that was asked for; where the picture shows something else, origins/ and implied/ say so.
Photos and segments of retrieve.banned and --ban are in no picture. The folder appears whole or not at all.""",
)
def make(
    out: _Out,
    split: Annotated[Literal["train", "val"], typer.Option(help="Whose layouts, without --layouts.")] = "train",
    layouts: Annotated[Path | None, typer.Option(help="Folder of label maps instead, see below.")] = None,
    layout_classes: _LayoutClasses = None,
    mapping: Mapping = None,
    variants: Annotated[
        int | None, typer.Option(min=1, max=100, help="Photographs of each layout; compose.num_variants by default.")
    ] = None,
    form: _Forms = None,
    ban: _Ban = None,
    ban_licence: _BanLicence = None,
    project: _FinishedProject = Path(),
    params: Params = None,
) -> None:
    """Make a labelled dataset: photographs with label maps, instances, origin of every pixel, and credits."""
    from functools import partial

    from sims_core.base.disk import OTHER_OUT, check_writable, disk_errors
    from sims_core.base.locks import only_writer
    from sims_core.usefulness.make import Order, check_new, make_dataset, photos_of_licences

    check_new(out)
    check_writable(out, OTHER_OUT)
    _check_options(project, layouts, names_categories=layout_classes is not None or mapping is not None)
    from sims_core.base.parameters import load_parameters
    from sims_core.composition.composer import ComposeConfig
    from sims_core.synthesis.control import Control
    from sims_core.synthesis.packed import open_project
    from sims_core.synthesis.synthesizer import Synthesizer

    folder = open_project(project)
    params = params_path(folder, params)
    num_variants = variants or load_parameters(params).section("compose", ComposeConfig).num_variants
    synthesizer = Synthesizer(folder, params)
    control = Control(banned=frozenset(ban or []) | photos_of_licences(synthesizer.bank, ban_licence or []))
    check = partial(synthesizer.check, control=control)
    if layouts is None:
        asked, about = _layouts_of_project(folder, split, check), f"scenes of split {split}"
    else:
        table = (synthesizer.classes, synthesizer.frame)
        asked = _layouts_of_folder(layouts, layout_classes, mapping, table, params, check)
        about = f"label maps of folder {layouts.absolute().name}"
    order = Order(
        project=folder,
        params=params,
        layouts=asked,
        about=about,
        num_variants=num_variants,
        control=control,
        forms=frozenset(form or Form),
    )
    with disk_errors(out, OTHER_OUT), only_writer(out):
        credits = make_dataset(order, synthesizer, out)
    typer.echo(
        f"{out}: {credits['num_pictures']} pictures of {credits['num_layouts']} layouts, of segments of "
        f"{len(credits['photos'])} photos; {credits['share_invented']:.1%} of the pixels invented, "
        f"{credits['share_disagreeing']:.1%} pasted but of another category than the label map's"
    )


def _check_options(project: Path, layouts: Path | None, *, names_categories: bool) -> None:
    """Raise SimsError when options do not go together or a folder is not there."""
    if layouts is None and names_categories:
        raise SimsError("--layout-classes and --mapping", "are about the layouts of a folder", remedy="add --layouts")
    if layouts is None and project.is_file():
        raise SimsError(project, "a packed project has no scenes, so no layouts", remedy="add --layouts")
    if layouts is not None and not layouts.is_dir():
        raise SimsError(layouts, "no such folder", expected="a folder of label maps")


def _layouts_of_project(project: Path, split: Literal["train", "val"], check: Check) -> list[AskedLayout]:
    from sims_core.formats.scenes import SceneReader
    from sims_core.usefulness.asked import layouts_of_split

    return layouts_of_split(SceneReader(project / "data/scenes"), split, check)


def _layouts_of_folder(
    folder: Path,
    layout_classes: str | None,
    mapping: Path | None,
    table: tuple[ClassTable, tuple[int, int]],
    params: Path,
    check: Check,
) -> list[AskedLayout]:
    """Read the layouts of a folder for a project's class table and (height, width), and say what became of them."""
    from sims_core.layouts.incoming import list_layouts, open_project_layouts, passed_over
    from sims_core.usefulness.asked import label_folder, layouts_of_files

    labels = label_folder(folder)
    forms = open_project_layouts(layout_classes, mapping, *table, None, params, list_layouts(labels))
    asked, lines = layouts_of_files(folder, forms, check)
    for line in (*passed_over(labels), *lines):
        typer.echo(line)
    return asked


@commands.command(
    "render",
    epilog="""The renderer of the embedded dataset draws streets without end, none of them one of that dataset's. Their
categories are translated into the project's by name; what has no counterpart is void. The folder has images/ (the
rendered pictures), labels/, instances/ and classes.json: a dataset by itself, and layouts for `sims dataset make`.

\b
  sims dataset render 500 -o rendered/
  sims dataset make -o made/ --layouts rendered/ --variants 1""",
)
def render(
    num: Annotated[int, typer.Argument(min=1, max=100_000, help="How many.")],
    out: _Out,
    mapping: Mapping = None,
    project: Annotated[Path, typer.Option("--project", help="Folder of the project.")] = Path(),
    params: Params = None,
) -> None:
    """Render street scenes with exact labels, at the project's size and in its categories."""
    from sims_core.base.disk import OTHER_OUT, check_writable, disk_errors
    from sims_core.base.locks import only_writer
    from sims_core.base.parameters import load_parameters
    from sims_core.datasets.settings import PrepareConfig
    from sims_core.formats.scenes import read_classes
    from sims_core.layouts.translation import read_name_pairs
    from sims_core.usefulness.rendered import render_layouts

    check_writable(out, OTHER_OUT)
    parameters = load_parameters(params_path(project, params))
    prepare = parameters.section("prepare", PrepareConfig)
    classes = read_classes(project / "data/scenes")
    extra = {} if mapping is None else read_name_pairs(mapping)
    frame = (prepare.height_px, prepare.width_px)
    with disk_errors(out, OTHER_OUT), only_writer(out):
        unmapped = render_layouts(num, classes, frame, parameters.seed, extra, out)
    if unmapped:
        typer.echo(f"no counterpart, becomes void: {', '.join(unmapped)}")
    typer.echo(f"{out}: {num} rendered scenes with labels and instances")
