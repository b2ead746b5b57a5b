"""A metrics file -> its figures, each checked when it is taken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from sims_core.base.errors import SimsError
from sims_core.base.files import read_json

# Behind the name of a metrics file: the intervals of its figures.
INTERVALS = "_intervals"


@dataclass(frozen=True)
class Figures:
    """The content of a metrics file; a figure is named by the keys on the way to it."""

    path: Path
    made_by: str
    content: dict[str, Any]

    @property
    def protocol(self) -> dict[str, Any]:
        """What the figures depend on; empty where the file does not say."""
        protocol = self.content.get("protocol", {})
        return protocol if isinstance(protocol, dict) else {}

    def part(self, *keys: str) -> Any:
        """Return what lies at some keys; None where nothing does."""
        found: Any = self.content
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        return found

    def number(self, *keys: str) -> float:
        """Return a figure.

        Raises:
            SimsError: It is missing, or no finite number.
        """
        found = self.part(*keys)
        if isinstance(found, bool) or not isinstance(found, int | float) or not isfinite(found):
            raise self._error(keys, "is missing" if found is None else "is no finite number", found)
        return found

    def by_row(self, *keys: str) -> dict[str, float]:
        """Return a figure of several rows; an empty mapping where the file has none.

        Raises:
            SimsError: It is no mapping of rows to finite numbers.
        """
        found = self.part(*keys)
        if not isinstance(found, dict | None):
            raise self._error(keys, "is no mapping of rows to figures", found)
        return {row: self.number(*keys, row) for row in found or {}}

    def _error(self, keys: Iterable[str], what: str, found: object) -> SimsError:
        return SimsError(
            self.path,
            f"'{'.'.join(keys)}' {what}",
            found=None if found is None else str(found)[:60],
            remedy=f"run stage '{self.made_by}' again",
        )


def read_figures(path: Path, made_by: str) -> Figures:
    """Read a metrics file.

    Args:
        path: The file.
        made_by: The stage that writes it, named in errors.

    Raises:
        SimsError: The file is missing, damaged, or no JSON object.
    """
    content = read_json(path, made_by)
    if not isinstance(content, dict):
        raise SimsError(path, "holds no figures", expected="a JSON object", remedy=f"run stage '{made_by}' again")
    return Figures(path, made_by, content)


def read_any_figures(path: Path, made_by: str) -> Figures | None:
    """Read a metrics file; None where there is none."""
    return read_figures(path, made_by) if path.is_file() else None


def flatten(content: object, prefix: str = "") -> list[tuple[str, object]]:
    """Return nested mappings as (name, value) in their order, nested names with a dot between."""
    if not isinstance(content, dict):
        return [(prefix, content)]
    return [
        pair for key, value in content.items() for pair in flatten(value, f"{prefix}.{key}" if prefix else str(key))
    ]
