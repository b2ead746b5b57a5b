"""Class tables in YAML: a user's own beside their photos, and those that belong to this package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sims_core.base.errors import SimsError
from sims_core.base.text_files import invalid, read_yaml
from sims_core.scenes.classes import ClassTable

TABLES = Path(__file__).parent / "tables"


def read_class_table(path: Path) -> ClassTable:
    """Read `categories: [{name, colour: [r, g, b], role}, ...]`; the id of a category is its position.

    Raises:
        SimsError: The file is missing, no YAML, or no class table.
    """
    if not path.is_file():
        raise SimsError(path, "class table not found", remedy="see docs/datasets.md for its form")
    try:
        return ClassTable.model_validate(read_yaml(path))
    except ValidationError as error:
        raise invalid(path, error) from error


def packaged_table(name: str) -> ClassTable:
    """Return the class table tables/<name>.yaml."""
    return read_class_table(TABLES / f"{name}.yaml")


def packaged_list(name: str, key: str) -> list[Any]:
    """Return the list under a key of tables/<name>.yaml."""
    content: list[Any] = read_yaml(TABLES / f"{name}.yaml")[key]
    return content
