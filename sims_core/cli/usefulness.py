"""`sims usefulness`: what made pictures are worth to a network that is trained on them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sims_core.cli.options import Params, Project, params_path

commands = typer.Typer(help="Are made pictures of use? Networks trained on them, tested on real photos.")


@commands.callback()
def _group() -> None:
    """Keep `run` a command of its own, although it is the only one."""


@commands.command(
    "run",
    epilog="""An arm is NAME=PART+PART+...; its parts are

\b
  real          the training photos of the project
  FOLDER        pictures of `sims dataset make` or `sims dataset render`: images/ and labels/
  augment       random scale, crop and colours, of all that the arm has
  copy-paste    objects of other training photos pasted in (Ghiasi et al., CVPR 2021)
  known         of made pictures, pasted pixels alone: what the network invented is not learned from
  filter        of made pictures, no pixels that the first arm's network finds too hard (FreeMask, NeurIPS 2023)

Each arm trains the segmenter of section `segmenter` for as many steps, with each seed, and is tested on the project's
validation photos. Where there are real photos and made pictures, every other example is real. The first arm is what
the others are compared with. Without --arm: real, augmented, copy_paste.

\b
  sims dataset make -o made/
  sims dataset render 500 -o rendered/
  sims dataset make -o made_rendered/ --layouts rendered/ --variants 1
  sims usefulness run -o usefulness/ --arm real=real --arm augmented=real+augment \\
    --arm copy_paste=real+augment+copy-paste --arm variants=real+made/ --arm layouts=real+made_rendered/ \\
    --arm renderings=real+rendered/ --arm only=made/ --arm filtered=real+made/+filter

OUT/figures.json has mean IoU by arm and seed, 95 % intervals over photos and seeds, and paired differences. A run that
was killed goes on where it was: what was trained with the same data and settings is not trained again.""",
)
def run(
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder of the trainings and the figures.")],
    arm: Annotated[
        list[str] | None, typer.Option(metavar="NAME=PARTS", help="What one arm trains on, see below. Repeatable.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, max=100, help="Trainings of each arm.")] = 3,
    project: Project = Path(),
    params: Params = None,
) -> None:
    """Train the same segmenter on real photos and made pictures, and test it on real photos."""
    from sims_core.base.disk import OTHER_OUT, check_writable, disk_errors
    from sims_core.base.locks import only_writer
    from sims_core.base.parameters import load_parameters
    from sims_core.usefulness.arms import DEFAULT_ARMS, read_arms
    from sims_core.usefulness.run import FIGURES, Comparison, compare_arms

    arms = read_arms(arm or DEFAULT_ARMS)
    check_writable(out / FIGURES, OTHER_OUT)
    comparison = Comparison(
        arms=arms,
        scenes=project / "data/scenes",
        parameters=load_parameters(params_path(project, params)),
        num_seeds=seeds,
        out=out,
    )
    with disk_errors(out, OTHER_OUT), only_writer(out):
        figures = compare_arms(comparison)
    for name, own in figures["arms"].items():
        interval = "[{low:.3f}, {high:.3f}]".format(**own["interval"])
        typer.echo(f"{name}: mean IoU {own['mean_iou']:.3f} {interval} ({own['parts']})")
    for name, own in figures["differences"].items():
        typer.echo(f"{name}: {own['value']:+.3f} [{own['low']:+.3f}, {own['high']:+.3f}]")
    typer.echo(f"{out / FIGURES}: {figures['num_seeds']} seeds, {figures['num_test_photos']} test photos")
