"""`python -m sims_core.cli`: the `sims` command where it is not on the path."""

from sims_core.cli.app import app

app()
