"""The categories of one class table in terms of another's, by their names.

A source category becomes, in this order of precedence,

1. what the user says: a target category, or nothing (void on purpose);
2. the target category of the same name;
3. a target category that has the same canonical name (`category_names`): of several the one that comes first in
   `names_of`, so the canonical name itself, then the synonym nearest in meaning. The order of the tables has no part.

Everything else is unmapped and becomes void.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sims_core.base.errors import SimsError, few, nearest
from sims_core.base.text_files import read_yaml
from sims_core.scenes.category_names import canonical_name, names_of
from sims_core.scenes.classes import VOID, ClassTable

_WHERE = "category mapping"


@dataclass(frozen=True)
class CategoryMapping:
    """What becomes of each category of a source table.

    Attributes:
        source: The table of the layouts.
        target: The table they are translated to.
        pairs: (source name, target name), in the source table's order.
        unmapped: Source names for which nothing was found, in the source table's order.
    """

    source: ClassTable
    target: ClassTable
    pairs: tuple[tuple[str, str], ...]
    unmapped: tuple[str, ...]

    @cached_property
    def lookup(self) -> NDArray[np.uint8]:
        """(256,) uint8: the target id of each source id; 255 = void."""
        lookup = np.full(256, VOID, dtype=np.uint8)
        for name, other in self.pairs:
            lookup[self.source.names.index(name)] = self.target.names.index(other)
        return lookup

    def translate(self, labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Turn (H, W) uint8 source ids into (H, W) uint8 target ids; 255 = void in both."""
        return self.lookup[labels]

    def unmapped_shares(self, counts: NDArray[np.int64]) -> list[tuple[str, float]]:
        """Return the unmapped categories that layouts show, the largest share of all pixels first.

        Args:
            counts: (256,) int64, how many pixels of the layouts have each source id or 255.
        """
        shares = {name: float(counts[self.source.names.index(name)] / counts.sum()) for name in self.unmapped}
        return sorted(((name, share) for name, share in shares.items() if share > 0), key=lambda pair: -pair[1])


def map_categories(source: ClassTable, target: ClassTable, extra: Mapping[str, str | None]) -> CategoryMapping:
    """Find the target category of each source category; see the module for the rule.

    Args:
        source: The table of the layouts.
        target: The table they are to be translated to.
        extra: The user's own pairs, source name -> target name, or None for void on purpose.

    Raises:
        SimsError: `extra` names an unknown category, or no category at all has a counterpart.
    """
    for name, other in extra.items():
        _check_name(name, source, "the layouts'")
        if other is not None:
            _check_name(other, target, "the project's")
    found = {name: extra[name] if name in extra else _counterpart(name, target) for name in source.names}
    pairs = tuple((name, other) for name, other in found.items() if other is not None)
    if not pairs:
        raise SimsError(
            _WHERE,
            "no category of the layouts has a counterpart in the project",
            expected=f"names such as {few(target.names, 5)}",
            found=few(source.names, 5),
            remedy="name pairs in a file of --mapping",
        )
    unmapped = tuple(name for name, other in found.items() if other is None and name not in extra)
    return CategoryMapping(source, target, pairs, unmapped)


def read_name_pairs(path: Path) -> dict[str, str | None]:
    """Read a user's own pairs: YAML of `source name: target name`, or null for void on purpose.

    Raises:
        SimsError: The file is missing or of another form.
    """
    if not path.is_file():
        raise SimsError(path, "mapping not found", expected="a YAML file of 'source name: target name'")
    content = read_yaml(path)
    entries = content.items() if isinstance(content, dict) else [("the file", content)]
    for name, other in entries:
        if not isinstance(content, dict) or not isinstance(name, str) or not isinstance(other, str | None):
            raise SimsError(
                path,
                "is no mapping of categories",
                expected="'source name: target name' or null",
                found=f"{name}: {other}",
            )
    return dict(entries)


def _counterpart(name: str, target: ClassTable) -> str | None:
    if name in target.names:
        return name
    canonical = canonical_name(name)
    candidates = () if canonical is None else names_of(canonical)
    return next((other for other in candidates if other in target.names), None)


def _check_name(name: str, table: ClassTable, whose: str) -> None:
    if name not in table.names:
        close = nearest(name, table.names)
        raise SimsError(
            _WHERE,
            f"'{name}' is no category of {whose} class table",
            expected=f"names such as {few(table.names, 5)}" if close is None else None,
            remedy=None if close is None else f"did you mean '{close}'?",
        )
