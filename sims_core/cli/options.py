"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Project = Annotated[Path, typer.Option("--project", help="Folder of the project; the current folder by default.")]
Params = Annotated[Path | None, typer.Option("--params", help="Parameter file; params.yaml of the project by default.")]
Mapping = Annotated[
    Path | None,
    typer.Option("--mapping", help="YAML file of your own counterparts: 'source name: target name', or null for void."),
]


def params_path(project: Path, params: Path | None) -> Path:
    """Return the parameter file that the two options mean."""
    return project / "params.yaml" if params is None else params
