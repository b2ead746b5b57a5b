"""What values or colours label maps hold, and a class table with one category for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from sims_core.base.errors import SimsError
from sims_core.base.parallel import parallel_map
from sims_core.base.pictures import read_picture
from sims_core.datasets.check.facts import count_values
from sims_core.drawing.contact_sheet import Colour, source_colours
from sims_core.scenes.classes import MAX_CATEGORIES, VOID, Category, ClassTable, Role

_BLACK = 0


@dataclass(frozen=True)
class LabelSurvey:
    """The label maps of a folder.

    Attributes:
        is_colour: Whether they hold colours; else values.
        values: Pixels by value, or by colour as red x 65536 + green x 256 + blue; without void.
        colours: By value, the colour that the files' own palette gives it; empty where they have none.
    """

    is_colour: bool
    values: dict[int, int]
    colours: dict[int, Colour]

    @property
    def label_values(self) -> tuple[int, ...] | None:
        """The values by category, None where each is the id of its category."""
        values = tuple(self.values)
        return None if self.is_colour or values == tuple(range(len(values))) else values


def survey_labels(paths: Sequence[Path]) -> LabelSurvey:
    """Count the values or colours of label files in worker processes.

    255 and black are void, but in masks of 0 and 255, where both are categories.

    Raises:
        SimsError: A file is damaged, some hold colours and some values, or there are more than a class table has.
    """
    kinds: dict[bool, Path] = {}
    counts: Counter[int] = Counter()
    for path, (is_colour, found) in zip(paths, parallel_map(_values_of, paths, "read label maps"), strict=True):
        kinds.setdefault(is_colour, path)
        counts.update(found)
    if len(kinds) == 2:
        raise SimsError(
            kinds[True],
            "holds colours, other label maps hold values",
            expected=f"one channel as in {kinds[False].name}, or colours in all",
            remedy="export the label maps again in one form",
        )
    is_colour = True in kinds
    void = _BLACK if is_colour else VOID
    is_binary = not is_colour and set(counts) == {0, VOID}
    values = {value: counts[value] for value in sorted(counts) if value != void or is_binary}
    if not values:
        raise SimsError(paths[0].parent, "label maps hold nothing but void", expected="at least one category")
    if len(values) > MAX_CATEGORIES:
        what = "colours" if is_colour else "values"
        raise SimsError(
            paths[0].parent,
            f"{len(values):,} {what} in the label maps",
            expected=f"at most {MAX_CATEGORIES}",
            remedy="label maps must not be smoothed, resized with interpolation, or instance or depth maps",
        )
    return LabelSurvey(is_colour, values, {} if is_colour else _palette(paths[0], list(values)))


def _values_of(path: Path) -> tuple[bool, dict[int, int]]:
    picture = read_picture(path)
    if picture.ndim == 2:
        return False, count_values(picture)
    codes, counts = np.unique(picture.astype(np.int64) @ np.array([65536, 256, 1]), return_counts=True)
    return True, dict(zip(codes.tolist(), counts.tolist(), strict=True))


def _palette(path: Path, values: Sequence[int]) -> dict[int, Colour]:
    """Return the colours that an indexed PNG gives to values, if it has one of its own for each."""
    with Image.open(path) as image:
        flat = image.getpalette("RGB") if image.mode == "P" else None
    entries = [] if flat is None else [(flat[i], flat[i + 1], flat[i + 2]) for i in range(0, len(flat) - 2, 3)]
    if not entries or max(values) >= len(entries):
        return {}
    chosen = {value: entries[value] for value in values}
    is_distinct = len(set(chosen.values())) == len(chosen) and (0, 0, 0) not in chosen.values()
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
