"""How a figure of a run is described: its key in a metrics file, what it means, what is better."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Literal

_ARROWS = {"higher": " ↑", "lower": " ↓", "real": " → real", "": ""}


@dataclass(frozen=True)
class Figure:
    """A figure of a metrics file, or several of one meaning.

    Attributes:
        key: In the file, nested keys with a dot between; `*` stands for any text.
        meaning: In one sentence that a stranger understands; "" where the key says it all.
        title: Heads the figure's column on the results page; "" where it has none.
        better: `real` means the closer to the real photographs' figure; "" where nothing is better.
    """

    key: str
    meaning: str = ""
    title: str = ""
    better: Literal["higher", "lower", "real", ""] = ""

    @property
    def heading(self) -> str:
        """The title with the direction that is better."""
        return self.title + _ARROWS[self.better]


@dataclass(frozen=True)
class MetricsFile:
    """A kind of metrics file.

    Attributes:
        name: Of the file, without its ending.
        made_by: The stage that writes it.
        title: Heads its part of the report; "" for the name.
        introduction: What its figures are about.
        figures: The first whose key fits describes a figure.
    """

    name: str
    made_by: str
    title: str = ""
    introduction: str = ""
    figures: tuple[Figure, ...] = ()

    @property
    def columns(self) -> tuple[Figure, ...]:
        """The figures that have a column on the results page."""
        return tuple(figure for figure in self.figures if figure.title)

    def figure(self, key: str) -> Figure:
        """Return the description of one figure; without a meaning where nothing is known."""
        found = (figure for figure in self.figures if fnmatchcase(key, figure.key))
        return replace(next(found, Figure(key)), key=key)
