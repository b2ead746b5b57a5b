"""`sims project`, `params`, `preset`, `ablations`, `weights`: a project as a whole, and what it is made with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sims_core.cli.options import Params, Project, params_path

project_commands = typer.Typer(help="A finished project: take it along, check it.", no_args_is_help=True)
params_commands = typer.Typer(help="The project's parameter file.", no_args_is_help=True)
preset_commands = typer.Typer(help="Parameters for datasets.", no_args_is_help=True)
ablation_commands = typer.Typer(help="What each part of the method is worth.", no_args_is_help=True)
weights_commands = typer.Typer(help="Weights that others trained; nothing is downloaded unasked.", no_args_is_help=True)


@project_commands.command(
    "pack",
    epilog="""The file holds what a photograph is made with: params.yaml, the class table, the memory bank and the
trained networks, and CREDITS.json, which photos are in the bank under which licences. It needs no dataset, and opens
wherever `sims_core` is installed:

\b
  sims project pack -o project.zip
  sims synthesize my_layout.png -o street.png --project project.zip

and in Python as Synthesizer("project.zip"). `sims bank show` and `sims layout refine` take the folder into which it is
unzipped. A photo that `retrieve.banned` names is in the file all the same; take it out of the dataset to leave it
out.""",
)
def project_pack(
    out: Annotated[Path, typer.Option("-o", "--out", help="The file to write (zip).")],
    project: Project = Path(),
) -> None:
    """Write what a finished project needs to make photographs into one file, without its datasets."""
    from sims_core.synthesis.pack import pack_project

    credit = pack_project(project, out)
    typer.echo(f"{out}: {out.stat().st_size / 1e6:.1f} MB, segments of {len(credit['photos'])} photos")
    for licence, num_photos in credit["licences"].items():
        typer.echo(f"{num_photos} photos: {licence}")


@project_commands.command(
    "verify",
    epilog="""Read are all files below data/ that have a card (artifact.json), and DVC's copies of them; nothing is
written, and no network is used. Each fault is a line that ends in the command which mends it. After a damaged copy was
removed, `dvc repro` makes again what is missing.""",
)
def project_verify(project: Project = Path()) -> None:
    """Check that every artifact is whole, that all of them come from one run, and that DVC's copies are whole."""
    from sims_core.base.verification import verify_project

    found = verify_project(project)
    for fault in found.faults:
        typer.echo(f"fault: {fault}")
    checked = f"{found.num_artifacts} artifacts, {found.num_files} files, {found.num_copies} copies in DVC's cache"
    typer.echo(f"{checked}: {len(found.faults) or 'no'} faults")
    if found.faults:
        raise typer.Exit(1)


@params_commands.command("check", epilog="Example: sims params check --params presets/camvid.yaml")
def params_check(project: Project = Path(), params: Params = None) -> None:
    """Say whether a parameter file, or a preset, is complete, free of misspellings and in range."""
    from sims_core.base.parameters import SECTIONS
    from sims_core.base.presets import load_preset

    path = params_path(project, params)
    load_preset(path)
    typer.echo(f"{path}: valid, {len(SECTIONS)} sections")


@preset_commands.command("use", epilog="Example: sims preset use camvid, then dvc repro")
def preset_use(
    name: Annotated[str, typer.Argument(help="Name of a file in presets/, without .yaml.")],
    project: Project = Path(),
) -> None:
    """Make presets/NAME.yaml, completed by its base, the project's params.yaml."""
    from sims_core.base.presets import use_preset

    kept = use_preset(project, name)
    typer.echo(f"{project / 'params.yaml'}: now preset '{name}'; run `dvc repro`")
    if kept is not None:
        typer.echo(f"{kept}: the parameters you had, which were no preset")


@ablation_commands.command(
    "run",
    epilog="""Each is an experiment, `dvc exp run --temp --name ablation-NAME -S ...`: the project stays as it is, and
what does not depend on the change comes from DVC's cache. `sims results keep NAME` and `sims results page` put the
figures in a table.

\b
  sims ablations run                     all of them
  sims ablations run no_context          retrieval by mask IoU alone""",
)
def ablations_run(
    names: Annotated[list[str] | None, typer.Argument(help="Which; all of them by default.")] = None,
    project: Project = Path(),
) -> None:
    """Run the pipeline without one of its parts at a time, and keep the figures below metrics/ablations.

    The project must have been reproduced and committed.
    """
    from sims_core.evaluation.ablations import run_ablation, select_ablations

    for ablation in select_ablations(names or []):
        typer.echo(f"{ablation.name}: {ablation.title} ({', '.join(ablation.settings)})")
        typer.echo(run_ablation(ablation, project, project / "metrics"))


@weights_commands.command(
    "fetch", epilog="Example: sims weights fetch, then perceptual.weights: imagenet, then dvc repro"
)
def weights_fetch() -> None:
    """Download the VGG-19 trained on ImageNet: 575 MB from pytorch.org, checked by SHA-256.

    Needed only for `perceptual.weights: imagenet`; a file that is there already is checked and stays.
    """
    from sims_core.networks.pretrained import IMAGENET_FILE, fetch_imagenet

    found = "was there already" if IMAGENET_FILE.is_file() else "fetched"
    typer.echo(f"{fetch_imagenet()}: {found}; its SHA-256 is that of VGG-19 trained on ImageNet")
