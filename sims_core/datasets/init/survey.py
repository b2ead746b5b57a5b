"""What values or colours label maps hold, and a class table with one category for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sims_core.base.errors import SimsError
from sims_core.base.parallel import parallel_map
from sims_core.base.read_pictures import LabelPicture, read_label_picture
from sims_core.datasets.palettes import Clash, clash, used_colours
from sims_core.datasets.smoothing import filling, smoothed
from sims_core.drawing.contact_sheet import Colour, source_colours
from sims_core.scenes.classes import MAX_CATEGORIES, VOID, Category, ClassTable, Role
from sims_core.scenes.label_values import pack_colours

_BLACK = 0
_WHITE = (255, 255, 255)
_EXPORT_AGAIN = "export the label maps again in one form"


@dataclass(frozen=True)
class LabelSurvey:
    """The label maps of a folder.

    Attributes:
        is_colour: Whether they are to be read by their colours; else by their values.
        values: Pixels by value, or by colour as red x 65536 + green x 256 + blue; without void.
        colours: By value, the colour that the files' own palette gives it; empty where they have none.
        void_share: Of all pixels.
    """

    is_colour: bool
    values: dict[int, int]
    colours: dict[int, Colour]
    void_share: float

    @property
    def label_values(self) -> tuple[int, ...] | None:
        """The values by category, None where each is the id of its category."""
        values = tuple(self.values)
        return None if self.is_colour or values == tuple(range(len(values))) else values


@dataclass(frozen=True)
class _Counts:
    """Pixels by value, how many with the transparent ones, and the values that fill a block."""

    pixels: dict[int, int]
    num_pixels: int
    filling: frozenset[int]


@dataclass(frozen=True)
class _Held:
    """What a label file holds, without transparent pixels.

    Attributes:
        path: The file.
        stored: Its values or indices; None for a colour picture that has not three equal channels.
        shown: Its packed colours.
        palette: The colour of each index that occurs; empty where it is not indexed.
        is_bit: Whether it has one bit for each pixel.
    """

    path: Path
    stored: _Counts | None
    shown: _Counts
    palette: dict[int, Colour]
    is_bit: bool


def survey_labels(paths: Sequence[Path], names_black: bool = False) -> LabelSurvey:
    """Count the values or colours of label files in worker processes.

    Indices of indexed files are values where all palettes agree, else the files are read by what they show. Three
    equal channels are one, unless other files hold colours. 255, black and transparent pixels are void, but in masks
    of 0 and 255, where both are categories.

    Args:
        paths: The label files.
        names_black: Whether black is a category among colours.

    Raises:
        SimsError: A file is damaged, some hold colours and some values, there are more than a class table has, or
            most of them lie along borders alone.
    """
    files = list(parallel_map(_look, paths, "read label maps"))
    clashing = clash((file.path, file.palette) for file in files if file.palette)
    is_colour = _is_colour(files, clashing)
    greys = {code: code & 255 for file in files for code in file.shown.pixels}
    if is_colour:
        counted = [file.shown for file in files]
    elif clashing is not None:
        counted = [
            _renamed(file.shown, greys) if file.palette or file.stored is None else file.stored for file in files
        ]
    else:
        counted = [file.stored for file in files if file.stored is not None]
    counts: Counter[int] = Counter()
    for one in counted:
        counts.update(one.pixels)
    where = paths[0].parent
    void = _BLACK if is_colour else VOID
    is_binary = not is_colour and set(counts) == {0, VOID}
    is_category = is_binary or (is_colour and names_black)
    values = {value: counts[value] for value in sorted(counts) if value != void or is_category}
    if not values:
        raise SimsError(where, "label maps hold nothing but void", expected="at least one category")
    what = "colours" if is_colour else "values"
    if len(values) > MAX_CATEGORIES:
        raise SimsError(
            where,
            f"{len(values):,} {what} in the label maps",
            expected=f"at most {MAX_CATEGORIES}",
            remedy="label maps must not be smoothed, resized with interpolation, or instance or depth maps",
        )
    error = smoothed(values, frozenset().union(*(one.filling for one in counted)), is_colour, where)
    if error is not None:
        raise error
    colours = {} if is_colour or clashing is not None else _own_colours(files, values)
    share = 1 - sum(values.values()) / sum(one.num_pixels for one in counted)
    return LabelSurvey(is_colour, values, colours, share)


def _look(path: Path) -> _Held:
    picture = read_label_picture(path)
    narrow = picture.in_one_channel()
    return _Held(
        path,
        _count(narrow.stored, picture) if narrow.stored.ndim == 2 else None,
        _count(pack_colours(picture.colours()), picture),
        used_colours(picture),
        picture.is_bit,
    )


def _count(codes: NDArray[Any], picture: LabelPicture) -> _Counts:
    seen = codes if picture.transparent is None else codes[~picture.transparent]
    values, counts = np.unique(seen, return_counts=True)
    return _Counts(dict(zip(values.tolist(), counts.tolist(), strict=True)), codes.size, filling(codes))


def _renamed(counts: _Counts, names: Mapping[int, int]) -> _Counts:
    return _Counts(
        {names[v]: n for v, n in counts.pixels.items()}, counts.num_pixels, frozenset(names[v] for v in counts.filling)
    )


def _is_colour(files: Sequence[_Held], clashing: Clash | None) -> bool:
    """Say whether label files are to be read by what they show; SimsError when they hold values and colours."""
    coloured = [file for file in files if file.stored is None]
    by_palette = [file for file in files if file.palette and (coloured or (clashing and not clashing.is_grey))]
    plain = [file for file in files if file.stored is not None and not file.palette]
    painted = [*coloured, *by_palette]
    if not painted:
        _check_white(files, is_indexed=clashing is None)
        return False
    known = {code for file in painted for code in file.shown.pixels} | {_BLACK}
    for file in plain:
        # The greys of a file may be colours too: of a mask that shows nothing else, and that was saved small.
        if not known >= file.shown.pixels.keys() or file.shown.pixels.keys() == {_BLACK}:
            raise SimsError(
                painted[0].path,
                "holds colours, other label maps hold values",
                expected=f"one channel as in {file.path.name}, or colours in all",
                remedy=_EXPORT_AGAIN,
            )
    return True


def _check_white(files: Sequence[_Held], is_indexed: bool) -> None:
    """Raise SimsError when white is the value 1 in some masks and 255 in all others.

    Args:
        files: The label files, read by their values.
        is_indexed: Whether the values of indexed files are their indices.
    """
    ones = [file.path for file in files if file.is_bit or (is_indexed and file.palette.get(1) == _WHITE)]
    others = [file for file in files if file.path not in ones]
    values = {value for file in others if file.stored is not None for value in file.stored.pixels}
    if ones and VOID in values <= {0, VOID}:
        raise SimsError(
            ones[0],
            f"white is the value 1 here, and {VOID} in {others[0].path.name}",
            expected="the same two values in all masks",
            remedy=_EXPORT_AGAIN,
        )


def _own_colours(files: Sequence[_Held], values: Mapping[int, int]) -> dict[int, Colour]:
    """Return the colours that the palettes of indexed files give to values, if there is one of its own for each."""
    chosen: dict[int, Colour] = {}
    for file in files:
        chosen |= {index: colour for index, colour in file.palette.items() if index in values}
    is_distinct = len(set(chosen.values())) == len(chosen) == len(values) and (0, 0, 0) not in chosen.values()
    return chosen if is_distinct else {}


def guess_classes(survey: LabelSurvey) -> ClassTable:
    """Return a class table with a category of role `stuff` for each value or colour, in their order."""
    if survey.is_colour:
        named = [(f"category_{n}", (v >> 16, v >> 8 & 255, v & 255)) for n, v in enumerate(survey.values)]
    else:
        own = dict(zip(survey.values, source_colours(len(survey.values)), strict=True)) | survey.colours
        named = [(f"category_{value}", own[value]) for value in survey.values]
    return ClassTable(categories=tuple(Category(name=name, colour=colour, role=Role.STUFF) for name, colour in named))


def class_table_text(classes: ClassTable, survey: LabelSurvey) -> str:
    """Return a guessed class table as YAML that says what to edit, each category with its value and share."""
    num_pixels = sum(survey.values.values())
    lines = [
        "# One category for each " + ("colour" if survey.is_colour else "value") + " of the label maps, made by",
        "# `sims data init`. Give them names, and roles: planar (ground that things stand on), object (car, chair),",
        "# thin (pole), foliage (tree), stuff (everything else). Keep their order, which connects them to the files.",
        "categories:",
    ]
    for category, (value, count) in zip(classes.categories, survey.values.items(), strict=True):
        meant = "" if survey.is_colour else f"value {value}, "
        entry = f"{{name: {category.name}, colour: {list(category.colour)}, role: {category.role.value}}}"
        lines.append(f"  - {entry}  # {meant}{count / num_pixels:.1%} of the pixels")
    return "\n".join(lines) + "\n"
