"""`sims data`: look at a dataset before anything is made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer(help="A dataset of yours: set up, checked before anything is made.", no_args_is_help=True)


@commands.command(
    "check",
    epilog="""Every fault is one line: where, what, expected, found, what to do. `prepare` stops at the first one; this
lists them all and goes on. The exit code is 1 when there are faults; warnings alone leave it at 0.

\b
  sims data check                                        the dataset of params.yaml
  sims data check --params presets/camvid.yaml -o camvid.html""",
)
def check(
    params: Annotated[Path, typer.Option("--params", help="Parameter file whose section `prepare` is checked.")] = Path(
        "params.yaml"
    ),
    out: Annotated[Path, typer.Option("-o", "--out", help="The page to write, with pictures of the faults.")] = Path(
        "data_check/index.html"
    ),
) -> None:
    """Read every file of the dataset and list all that is wrong with it, in the terminal and on a page."""
    from sims_core.base.disk import OTHER_OUT, check_writable, disk_errors
    from sims_core.base.errors import SimsError
    from sims_core.base.presets import load_preset
    from sims_core.datasets.check.page import write_page
    from sims_core.datasets.check.run import check_data
    from sims_core.datasets.settings import PrepareConfig

    if out.suffix.lower() != ".html":
        raise SimsError(out, "the page is HTML", expected="a name ending in .html", found=out.suffix or "none")
    check_writable(out, OTHER_OUT)
    parameters = load_preset(params)
    config = parameters.section("prepare", PrepareConfig)
    result = check_data(config, parameters.seed)
    for finding in result.findings:
        typer.echo(f"{'fault' if finding.is_fault else 'warning'}: {finding.message}")
    with disk_errors(out, OTHER_OUT):
        write_page(out, result, config)
    num_warnings = len(result.findings) - result.num_faults
    typer.echo(f"{out}: {len(result.facts):,} photos, {result.num_faults} faults, {num_warnings} warnings")
    if result.num_faults:
        raise typer.Exit(code=1)


@commands.command(
    "init",
    epilog="""Understood are images/ beside labels/ or masks/, with train/ and val/ in or around them or neither, and
a.jpg beside a.png; label maps are lossless pictures of ids or of colours. Official datasets are recognised by their
folders, and the files of COCO, CVAT, labelme, Supervisely, Label Studio and others by what they hold
(docs/datasets.md). Written are FOLDER/classes.yaml, unless there is one, and params.yaml, unless it holds your own
parameters. A folder that cannot be written, or belongs to others, keeps its files: --classes PATH is the class table
then.

\b
  sims data init photos/              then sims data check, edit photos/classes.yaml, dvc repro
  sims data init /mnt/archive/photos --classes garden.yaml
  sims data init data/raw/cityscapes --preset cityscapes_512""",
)
def init(
    folder: Annotated[Path, typer.Argument(help="Photos and label maps, or an official dataset.")],
    params: Annotated[Path, typer.Option("--params", help="Parameter file to write.")] = Path("params.yaml"),
    preset: Annotated[
        str | None, typer.Option(help="Starting point in presets/; by default one that fits the photos.")
    ] = None,
    classes: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH", help="Class table, read if it is there, else written; FOLDER/classes.yaml by default."
        ),
    ] = None,
) -> None:
    """Look at a folder of photos and label maps, and write the parameters and the class table for it."""
    from sims_core.base.disk import disk_errors
    from sims_core.datasets.init.run import init_project

    with disk_errors(folder, "check its permissions"):
        said = init_project(folder, Path(), params, preset, classes)
    for line in said:
        typer.echo(line)
    typer.echo("next: sims data check, then dvc repro")
