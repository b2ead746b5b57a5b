"""The `sims` command: use a finished project without running a stage.

Imports that take long (torch, numba, pyarrow) are made inside the commands, so that `--help` is instant.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from sims_core import cli_layout, cli_scenes, cli_synthesize
from sims_core.cli_data import data_commands
from sims_core.cli_options import Params, Project, params_path
from sims_core.files import check_png_name
from sims_core.stage import run_app

_EPILOG = """Examples, each from the folder of a project that `dvc repro` has finished:

\b
  sims synthesize my_layout.png -o street.png      a layout becomes a photograph
  sims synthesize my_layout.png -o street.png --variants 6   six photographs of one layout
  sims synthesize sketch.png --coarse -o street.png  a layout with gaps, filled in first
  sims synthesize layouts/ -o streets/ --layout-classes camvid   many layouts, painted in CamVid's categories
  sims layout translate layouts/ --from camvid -o mine/   the same layouts in the project's categories
  sims bank show --category car -o cars.png        which cars there are to choose from
  sims scenes show --split val                     the photos and their layouts
  sims scenes export -o val/                       the same as files, for other methods
  sims results show                                what became of the validation layouts
  sims results page                                the figures of all runs as one Markdown page
  sims evaluate mine/ --layouts L/ --real R/       score any pictures, ours or not; needs no project
  sims preset use camvid                           switch to another dataset's parameters
  sims data init photos/                           photos and masks of your own: class table and parameters
  sims data check                                  what is wrong with a dataset, before anything is made of it
  sims params check                                is params.yaml complete and free of misspellings?
  sims ablations run                               what each part of the method is worth
  sims weights fetch                               ImageNet weights, for perceptual.weights: imagenet
"""

commands = typer.Typer(
    help="Photographs from semantic layouts, made of segments of real photos, and where every pixel came from.",
    epilog=_EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
bank_commands = typer.Typer(help="The memory bank of photo segments.", no_args_is_help=True)
results_commands = typer.Typer(help="The photographs that were made, and their figures.", no_args_is_help=True)
params_commands = typer.Typer(help="The project's parameter file.", no_args_is_help=True)
preset_commands = typer.Typer(help="Parameters for datasets.", no_args_is_help=True)
ablation_commands = typer.Typer(help="What each part of the method is worth.", no_args_is_help=True)
weights_commands = typer.Typer(help="Weights that others trained; nothing is downloaded unasked.", no_args_is_help=True)
commands.command(epilog=cli_synthesize.EPILOG)(cli_synthesize.synthesize)
commands.add_typer(data_commands, name="data")
commands.add_typer(bank_commands, name="bank")
commands.add_typer(cli_scenes.commands, name="scenes")
commands.add_typer(results_commands, name="results")
commands.add_typer(params_commands, name="params")
commands.add_typer(preset_commands, name="preset")
commands.add_typer(cli_layout.commands, name="layout")
commands.add_typer(ablation_commands, name="ablations")
commands.add_typer(weights_commands, name="weights")


def app() -> None:
    """Run the command line; a user's mistake ends in one line."""
    run_app(commands)


@commands.command(
    epilog="""Every folder holds PNG files, matched by name. The pictures under test have one size; layouts are PNGs of
category ids (255 = void) or of the class table's colours. Figures come with 95 % intervals and with their protocol;
several folders are scored on the same resamples, and the differences of the first from the others are in the file.

\b
  sims evaluate spade/ --layouts labels/ --real photos/ --classes classes.yaml --segmenter segformer/ -o scores/
  sims evaluate ours/ crn=their/val/ --layouts labels/ --real photos/ --segmenter data/models/segmenter -o scores/
  sims evaluate ours/ --layouts labels/ --real photos/ --inception inception-2015-12-05.pt -o scores/
  sims results compare scores/figures.json other_scores/figures.json

docs/evaluation.md says how each figure is computed."""
)
def evaluate(
    images: Annotated[list[str], typer.Argument(help="Folders of pictures under test: FOLDER or NAME=FOLDER.")],
    layouts: Annotated[Path, typer.Option(help="Folder of the layouts that were asked for.")],
    real: Annotated[Path, typer.Option(help="Folder of the photographs that the layouts were drawn from.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder to write: figures.json, tables, plots.")],
    classes: Annotated[
        Path | None, typer.Option(help="Class table, YAML or JSON; data/scenes/classes.json of the project by default.")
    ] = None,
    segmenter: Annotated[
        Path | None, typer.Option(help="data/models/segmenter, or a local folder of a transformers segmenter.")
    ] = None,
    inception: Annotated[Path | None, typer.Option(help="TorchScript file; pictures as they are.")] = None,
    inception_clean: Annotated[
        Path | None, typer.Option(help="The same file; pictures resized to 299 x 299 with antialias first.")
    ] = None,
    dinov2: Annotated[Path | None, typer.Option(help="Local folder of a transformers DINOv2.")] = None,
    resize: Annotated[
        Literal["box", "bilinear", "bicubic", "lanczos"] | None,
        typer.Option(help="Filter that brings real photographs of another size to that of the pictures."),
    ] = None,
    subset_size: Annotated[int, typer.Option(min=2, help="Pictures per subset of the kernel distance.")] = 100,
    num_subsets: Annotated[int, typer.Option(min=1, help="Subsets of the kernel distance.")] = 100,
    num_resamples: Annotated[int, typer.Option(min=100, help="Bootstrap resamples.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Of subsets, resamples and shuffled layouts.")] = 0,
    batch_size: Annotated[int, typer.Option(min=1, help="Pictures that a network sees at once.")] = 8,
    project: Project = Path(),
) -> None:
    """Score pictures of any method against real photographs and the layouts that were asked for."""
    from sims_core.datasets.class_tables import read_class_table
    from sims_core.evaluation.compare import headline_table
    from sims_core.evaluation.folder_evaluation import FIGURES, NetworkFiles, evaluate_folders
    from sims_core.evaluation.kernel_distance import SubsetRule
    from sims_core.evaluation.picture_folders import name_rows, open_picture_folders
    from sims_core.evaluation.summary import SummaryRule

    rows = name_rows(images)
    table = read_class_table(project / "data" / "scenes" / "classes.json" if classes is None else classes)
    folders = open_picture_folders(rows, layouts, real, table, resize)
    files = NetworkFiles(segmenter, inception, inception_clean, dinov2)
    rule = SummaryRule(SubsetRule(num_subsets, subset_size), num_resamples, seed, primary=next(iter(rows)))
    content = evaluate_folders(folders, files, rule, batch_size, out)
    typer.echo(headline_table(content))
    if segmenter is None:
        typer.echo("no --segmenter: nothing says how well the pictures keep to the layouts", err=True)
    typer.echo(f"{out / FIGURES}: {len(folders.names)} pictures per row")


@bank_commands.command("show", epilog="Example: sims bank show --category 'traffic light' -o lights.png")
def bank_show(
    category: Annotated[str | None, typer.Option(help="Only this category; all of them by default.")] = None,
    out: Annotated[Path, typer.Option("-o", "--out", help="The picture to write (PNG).")] = Path("bank.png"),
    project: Project = Path(),
) -> None:
    """Make a contact sheet of the segments in the memory bank."""
    from sims_core.formats.bank import BankReader
    from sims_core.images import write_png
    from sims_core.sheets import bank_sheet

    check_png_name(out)
    bank = BankReader(project / "data" / "bank")
    if category is None:
        sheet = bank_sheet(bank, bank.categories, num_per_category=8)
    else:
        sheet = bank_sheet(bank, [category], num_per_category=64)
    write_png(out, sheet)
    typer.echo(f"{out}: {sheet.shape[1]} x {sheet.shape[0]} px")


@results_commands.command("show", epilog="Example: sims results show --scenes 3 -o results.png")
def results_show(
    scenes: Annotated[int, typer.Option(min=1, help="How many.")] = 6,
    out: Annotated[Path, typer.Option("-o", "--out", help="The picture to write (PNG).")] = Path("results.png"),
    project: Project = Path(),
) -> None:
    """Make a contact sheet of validation layouts with their canvases, photographs and provenance."""
    from sims_core.formats.canvases import CanvasReader
    from sims_core.formats.images import read_images
    from sims_core.formats.scenes import SceneReader
    from sims_core.images import write_png
    from sims_core.sheets import results_sheet

    check_png_name(out)
    data = project / "data"
    images = read_images(data / "synthesized")
    sheet = results_sheet(SceneReader(data / "scenes"), CanvasReader(data / "canvases"), images, scenes)
    write_png(out, sheet)
    typer.echo(f"{out}: {sheet.shape[1]} x {sheet.shape[0]} px")


@results_commands.command(
    "page",
    epilog="""A run is a folder with a synthesis.json: METRICS itself, and any folder below it, such as metrics/camvid.

Example: sims results page --metrics metrics -o docs/results.md""",
)
def results_page(
    metrics: Annotated[Path, typer.Option(help="Folder of the figures, of one run or of several.")] = Path("metrics"),
    out: Annotated[Path, typer.Option("-o", "--out", help="The page to write (Markdown).")] = Path("docs/results.md"),
) -> None:
    """Write the figures of all runs as one Markdown page."""
    from sims_core.results_page import write_results_page

    num_runs = write_results_page(metrics, out)
    typer.echo(f"{out}: {num_runs} {'run' if num_runs == 1 else 'runs'}")


@results_commands.command(
    "compare",
    epilog="""Each file is figures.json of `sims evaluate` or metrics/synthesis.json of a run. If the protocols differ
in anything but the methods, the first difference is named and nothing is compared.

Example: sims results compare scores/figures.json other_scores/figures.json""",
)
def results_compare(
    first: Annotated[Path, typer.Argument(help="Figures of an evaluation (JSON).")],
    second: Annotated[Path, typer.Argument(help="Figures of another one by the same protocol.")],
) -> None:
    """Print two evaluations side by side as a Markdown table, with intervals and differences."""
    from sims_core.evaluation.compare import compare_evaluations

    typer.echo(compare_evaluations(first, second))


@params_commands.command("check", epilog="Example: sims params check --params presets/camvid.yaml")
def params_check(project: Project = Path(), params: Params = None) -> None:
    """Say whether a parameter file, or a preset, is complete, free of misspellings and in range."""
    from sims_core.parameters import SECTIONS
    from sims_core.presets import load_preset

    path = params_path(project, params)
    load_preset(path)
    typer.echo(f"{path}: valid, {len(SECTIONS)} sections")


@preset_commands.command("use", epilog="Example: sims preset use camvid, then dvc repro")
def preset_use(
    name: Annotated[str, typer.Argument(help="Name of a file in presets/, without .yaml.")],
    project: Project = Path(),
) -> None:
    """Make presets/NAME.yaml, completed by its base, the project's params.yaml."""
    from sims_core.presets import use_preset

    kept = use_preset(project, name)
    typer.echo(f"{project / 'params.yaml'}: now preset '{name}'; run `dvc repro`")
    if kept is not None:
        typer.echo(f"{kept}: the parameters you had, which were no preset")


@ablation_commands.command(
    "run",
    epilog="""Each is an experiment, `dvc exp run --temp --name ablation-NAME -S ...`: the project stays as it is, and
what does not depend on the change comes from DVC's cache. `sims results page` puts the figures in a table.

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
    from sims_core.ablations import run_ablation, select_ablations

    for ablation in select_ablations(names or []):
        typer.echo(f"{ablation.name}: {ablation.title} ({', '.join(ablation.settings)})")
        typer.echo(run_ablation(ablation, project, project / "metrics"))


@weights_commands.command(
    "fetch", epilog="Example: sims weights fetch, then perceptual.weights: imagenet, then dvc repro"
)
def weights_fetch() -> None:
    """Download the VGG-19 trained on ImageNet: 575 MB from pytorch.org, checked by SHA-256.

    Needed only for `perceptual.weights: imagenet`; a file that is there already stays.
    """
    from sims_core.training.pretrained import fetch_imagenet

    typer.echo(f"{fetch_imagenet()}: VGG-19 weights trained on ImageNet")


if __name__ == "__main__":
    app()
