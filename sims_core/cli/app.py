"""The `sims` command: use a finished project without running a stage.

Imports that take long (torch, numba, pyarrow) are made inside the commands, so that `--help` is instant.
"""

from __future__ import annotations

import typer

from sims_core.base.entry import run_app
from sims_core.cli import (
    bank,
    data,
    dataset,
    evaluate,
    layout,
    pipeline,
    project,
    results,
    scenes,
    study,
    synthesize,
    usefulness,
)

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
  sims results diff                                every figure that changed since the last commit
  sims results keep NAME                           the figures of this run, to where no run writes
  sims results page                                the figures of all runs that are kept as one Markdown page
  sims evaluate mine/ --layouts L/ --real R/       score any pictures, ours or not; needs no project
  sims study make                                  ask people: a blind study of this project's pictures
  sims preset use camvid                           switch to another dataset's parameters
  sims data init photos/                           photos and masks of your own: class table and parameters
  sims data check                                  what is wrong with a dataset, before anything is made of it
  sims dataset make -o made/                       a labelled dataset: photographs, label maps, credits
  sims usefulness run -o usefulness/               is a network that learns from them better on real photos?
  sims project pack -o project.zip                 bank and networks as one file, to make photographs elsewhere
  sims params check                                is params.yaml complete and free of misspellings?
  sims pipeline write                              after a change of the code: what dvc.yaml says of it
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
commands.command(epilog=synthesize.EPILOG)(synthesize.synthesize)
commands.command(epilog=evaluate.EPILOG)(evaluate.evaluate)
for name, group in {
    "data": data.commands,
    "dataset": dataset.commands,
    "usefulness": usefulness.commands,
    "bank": bank.commands,
    "scenes": scenes.commands,
    "results": results.commands,
    "project": project.project_commands,
    "params": project.params_commands,
    "preset": project.preset_commands,
    "layout": layout.commands,
    "pipeline": pipeline.commands,
    "study": study.commands,
    "ablations": project.ablation_commands,
    "weights": project.weights_commands,
}.items():
    commands.add_typer(group, name=name)


def app() -> None:
    """Run the command line; a user's mistake ends in one line."""
    run_app(commands)
