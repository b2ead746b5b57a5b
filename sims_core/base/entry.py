"""What every stage's entry point shares: a Typer command whose user errors end in one line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import typer

from sims_core.base.cost import COST_FOLDER, measured
from sims_core.base.errors import SimsError
from sims_core.base.processes import is_first_process


def run_stage(main: Callable[..., int | None]) -> None:
    """Run a stage's `main` as a command; a SimsError becomes one line on stderr and exit code 1.

    A main that makes pictures returns how many; others return None.

    A run as in dvc.yaml, without options, also writes what it cost to metrics/cost/<stage>.json; of `STAGE WORD` to
    <stage>_<word>.json.
    """

    @wraps(main)
    def command(*args: Any, **kwargs: Any) -> None:
        words = sys.argv[1:]
        if any(word.startswith("-") for word in words) or not is_first_process():
            main(*args, **kwargs)
            return
        with measured(COST_FOLDER / f"{'_'.join([Path(sys.argv[0]).stem, *words])}.json") as work:
            work.num_pictures = main(*args, **kwargs)

    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(command)
    run_app(app)


def run_app(app: typer.Typer) -> None:
    """Run a Typer app the same way."""
    try:
        app()
    except SimsError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(1)
