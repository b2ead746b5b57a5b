"""Indexed label files: their indices mean something only where all files give them one colour each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sims_core.base.errors import SimsError
from sims_core.base.parallel import parallel_map
from sims_core.base.picture_files import palette_of
from sims_core.base.read_pictures import LabelPicture, read_label_picture

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Clash:
    """An index that has two colours.

    Attributes:
        error: What to say of it.
        is_grey: Whether all palettes hold greys alone, so that what is shown are values again.
    """

    error: SimsError
    is_grey: bool


def used_colours(picture: LabelPicture) -> dict[int, Colour]:
    """Return the colour of each index that occurs in an indexed picture; nothing of any other."""
    if picture.palette is None:
        return {}
    used = np.unique(picture.seen())
    return {
        index: (red, green, blue)
        for index, (red, green, blue) in zip(used.tolist(), picture.palette[used].tolist(), strict=True)
    }


def clash(palettes: Iterable[tuple[Path, Mapping[int, Colour]]]) -> Clash | None:
    """Return the first index to which two files give different colours, None where they agree.

    Args:
        palettes: The indexed files, each with its `used_colours`.
    """
    first: dict[int, tuple[Path, Colour]] = {}
    found: SimsError | None = None
    is_grey = True
    for path, colours in palettes:
        for index, colour in colours.items():
            is_grey &= len(set(colour)) == 1
            other, expected = first.setdefault(index, (path, colour))
            if colour != expected and found is None:
                found = SimsError(
                    path,
                    f"index {index} is the colour {colour} here and {expected} in {other.name}: where palettes differ, "
                    "indices mean nothing",
                    expected="one palette in all label maps",
                    remedy="let `sims data init` read them by their colours (encoding: palette), or export them again",
                )
    return None if found is None else Clash(found, is_grey)


def find_clash(paths: Sequence[Path]) -> Clash | None:
    """Return the `clash` of label files; their pixels are read only where their palettes are not all the same."""
    palettes = {path: palette for path in paths if (palette := palette_of(path)) is not None}
    if len(set(palettes.values())) < 2:
        return None
    indexed = list(palettes)
    return clash(zip(indexed, parallel_map(_used_in, indexed, "compare palettes"), strict=True))


def _used_in(path: Path) -> dict[int, Colour]:
    try:
        return used_colours(read_label_picture(path))
    except SimsError:
        # Whoever reads the scene says so.
        return {}
