"""`sims pipeline`: the code to what dvc.yaml and the documents say of it."""

from __future__ import annotations

from pathlib import Path

import typer

from sims_core.cli.options import Project

commands = typer.Typer(help="dvc.yaml: what is derived from the code.", no_args_is_help=True)


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
