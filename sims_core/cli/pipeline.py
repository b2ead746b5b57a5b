"""`sims pipeline`: the stages run several at a time, and what dvc.yaml and the documents say of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sims_core.cli.options import Project

commands = typer.Typer(
    help="dvc.yaml: its stages, several at a time; what of it is derived from the code.", no_args_is_help=True
)


@commands.command("write", epilog="Example: sims pipeline write, after imports or parameters of a stage have changed")
def write(project: Project = Path()) -> None:
    """Rewrite each stage's code dependencies and parameters in dvc.yaml, and the stages' table in docs/pipeline.md."""
    from sims_core.base.pipeline_file import write_pipeline

    changed = write_pipeline(project)
    typer.echo(f"rewritten: {', '.join(changed)}" if changed else "nothing to rewrite")


@commands.command("check", epilog="Example: sims pipeline check")
def check(project: Project = Path()) -> None:
    """Say whether dvc.yaml names what each stage needs of code and parameters, and docs/pipeline.md has its stages."""
    from sims_core.base.pipeline_file import check_pipeline

    check_pipeline(project)
    typer.echo(f"{project / 'dvc.yaml'}: code dependencies and parameters are those of the code")


@commands.command(
    "run",
    epilog="""`dvc repro` runs one stage at a time, this command as many as there are cores for. Either goes on
where the other ended, and both make the same files.

\b
  sims pipeline run                        all that is not up to date
  sims pipeline run synthesize --jobs 4    what the photographs need""",
)
def run(
    stages: Annotated[list[str] | None, typer.Argument(help="As `dvc stage list` names them; all if left out.")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Stages at a time; else cores / trainer.num_threads.")] = None,
    project: Project = Path(),
) -> None:
    """Run the stages that are not up to date, several at a time, each as soon as its inputs are there."""
    from sims_core.base.engines import num_workers
    from sims_core.base.parameters import load_parameters
    from sims_core.base.pipeline_run import run_pipeline
    from sims_core.training.settings.trainer import TrainerConfig

    if jobs is None:
        num_threads = load_parameters(project / "params.yaml").section("trainer", TrainerConfig).num_threads
        jobs = max(1, num_workers() // num_threads)
    run_pipeline(project, stages or [], jobs)
