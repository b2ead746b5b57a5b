"""`sims evaluate`: any folders of pictures, their layouts and real photographs to figures with a protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from sims_core.cli.options import Project

EPILOG = """Every folder holds PNG files, matched by name. The pictures under test have one size; layouts are PNGs of
category ids (255 = void) or of the class table's colours. Figures come with 95 % intervals and with their protocol;
several folders are scored on the same resamples, and the differences of the first from the others are in the file.

\b
  sims evaluate spade/ --layouts labels/ --real photos/ --classes classes.yaml --segmenter segformer/ -o scores/
  sims evaluate ours/ crn=their/val/ --layouts labels/ --real photos/ --segmenter data/models/segmenter -o scores/
  sims evaluate ours/ --layouts labels/ --real photos/ --lite0 unseen -o scores/
  sims evaluate ours/ --layouts labels/ --real photos/ --inception inception-2015-12-05.pt -o scores/
  sims results compare scores/figures.json other_scores/figures.json

docs/evaluation.md says how each figure is computed."""


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
    lite0: Annotated[
        Literal["unseen", "seen"] | None,
        typer.Option(
            help="ImageNet features of EfficientNet-Lite0, installed with the project; 'seen' if a method was trained "
            "on them: its figures have other names then."
        ),
    ] = None,
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
    from sims_core.evaluation.folders.evaluate import FIGURES, NetworkFiles, evaluate_folders
    from sims_core.evaluation.folders.picture_folders import name_rows, open_picture_folders
    from sims_core.evaluation.measures.kernel_distance import SubsetRule
    from sims_core.evaluation.summary import SummaryRule
    from sims_core.report.compare import headline_table
    from sims_core.report.reading import Figures

    rows = name_rows(images)
    table = read_class_table(project / "data" / "scenes" / "classes.json" if classes is None else classes)
    folders = open_picture_folders(rows, layouts, real, table, resize)
    files = NetworkFiles(segmenter, inception, inception_clean, dinov2, lite0)
    rule = SummaryRule(SubsetRule(num_subsets, subset_size), num_resamples, seed, primary=next(iter(rows)))
    content = evaluate_folders(folders, files, rule, batch_size, out)
    typer.echo(headline_table(Figures(out / FIGURES, "evaluate", content)))
    if segmenter is None:
        typer.echo("no --segmenter: nothing says how well the pictures keep to the layouts", err=True)
    typer.echo(f"{out / FIGURES}: {len(folders.names)} pictures per row")
