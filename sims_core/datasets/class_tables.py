"""Class tables in YAML: a user's own beside their photos, and those that belong to this package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from sims_core.base.errors import SimsError
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
        return ClassTable.model_validate(_read_yaml(path))
    except (YAMLError, UnicodeDecodeError) as error:
        raise SimsError(path, "is not valid YAML", found=str(error)) from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "class table"
        raise SimsError(path, f"'{key}' {first['msg']}", found=repr(first["input"])[:80]) from error


def packaged_table(name: str) -> ClassTable:
    """Return the class table tables/<name>.yaml."""
    return read_class_table(TABLES / f"{name}.yaml")


def packaged_list(name: str, key: str) -> list[Any]:
    """Return the list under a key of tables/<name>.yaml."""
    content: list[Any] = _read_yaml(TABLES / f"{name}.yaml")[key]
    return content


def _read_yaml(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
