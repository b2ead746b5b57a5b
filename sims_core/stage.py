"""What every stage's entry point shares: a Typer command whose user errors end in one line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import typer

from sims_core.errors import SimsError


def run_stage(main: Callable[..., Any]) -> None:
    """Run a stage's `main` as a command; a SimsError becomes one line on stderr and exit code 1."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    run_app(app)


def run_app(app: typer.Typer) -> None:
    """Run a Typer app the same way."""
    try:
        app()
    except SimsError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(1)
