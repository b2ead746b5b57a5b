"""Tables of names and colours that tools put beside label maps, such as labelmap.txt and class_dict.csv."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

from sims_core.base.errors import SimsError
from sims_core.base.text_files import read_text
from sims_core.datasets.annotations.documents import rgb_of
from sims_core.datasets.annotations.names import VOID_NAMES, distinct, table_name
from sims_core.datasets.init.arrangement import Arrangement, Part
from sims_core.datasets.init.roles import guess_roles
from sims_core.datasets.init.survey import LabelSurvey
from sims_core.datasets.pairing import pair_up
from sims_core.datasets.raw_files import read_json_file
from sims_core.drawing.contact_sheet import Colour
from sims_core.scenes.classes import Category, ClassTable

# Value, name, colour.
Entry = tuple[int, str, Colour | None]
_BLACK = (0, 0, 0)
_REMEDY = "export it again, or move it out of this folder"
_SPLITS = ("training", "validation")
_MAPILLARY = {"v1.2": "config_v1.2.json", "v2.0": "config_v2.0.json", ".": "config.json"}
_VOC_NAME = re.compile(r"20\d{2}_\d{6}")
# PASCAL VOC has no file of them; each has its colour in a palette that follows from its number.
_VOC_CLASSES = (
    "background, aeroplane, bicycle, bird, boat, bottle, bus, car, cat, chair, cow, diningtable, dog, horse, "
    "motorbike, person, pottedplant, sheep, sofa, train, tvmonitor"
)


@dataclass(frozen=True)
class ToolTable:
    """What a tool says of the values or colours of its label maps.

    Attributes:
        path: The file that says it.
        names: By value.
        colours: By value, as far as the tool says them.
    """

    path: Path
    names: dict[int, str]
    colours: dict[int, Colour]

    @property
    def names_black(self) -> bool:
        """Whether black is a category."""
        return any(
            colour == _BLACK and table_name(self.names[value]) not in VOID_NAMES
            for value, colour in self.colours.items()
        )

    def by_colour(self, colour: Colour) -> str | None:
        """Return the name of a colour."""
        return next((self.names[value] for value, own in self.colours.items() if own == colour), None)


def find_tool_table(root: Path) -> ToolTable | None:
    """Return the table that a tool wrote for the label maps below a folder, None where there is none.

    Raises:
        SimsError: A file is not of its form, or two of a name differ.
    """
    version = _mapillary_version(root)
    readers = _READERS if version is None else {_MAPILLARY[version]: _mapillary}
    for name, read in readers.items():
        found: list[ToolTable] = []
        for path in sorted(root.rglob(name)):
            try:
                entries = list(read(path))
                found.append(
                    ToolTable(
                        path,
                        {value: text.strip() for value, text, _ in entries},
                        {value: colour for value, _, colour in entries if colour is not None},
                    )
                )
            except (ValueError, IndexError, KeyError, TypeError, StopIteration, csv.Error) as error:
                raise SimsError(path, "is not of its form", found=str(error), remedy=_REMEDY) from error
        if any((own.names, own.colours) != (found[0].names, found[0].colours) for own in found):
            raise SimsError(found[0].path, f"differs from another {name}", found=str(found[-1].path))
        if found and found[0].names:
            return found[0]
    labels = [path for path in root.rglob("SegmentationClass/*.png") if not path.name.startswith(".")]
    if labels and all(_VOC_NAME.fullmatch(path.stem) for path in labels):
        names = dict(enumerate(_VOC_CLASSES.split(", ")))
        return ToolTable(root / "PASCAL VOC", names, {value: _voc_colour(value) for value in names})
    return None


def find_mapillary(root: Path) -> Arrangement | None:
    """Return the photos and label maps of Mapillary Vistas, of its version 1.2 where there are both; None elsewhere."""
    version = _mapillary_version(root)
    if version is None:
        return None
    labels = "labels" if version == "." else f"{version}/labels"
    train, val = (_part(root, f"{split}/images/*.jpg", f"{split}/{labels}/*.png") for split in _SPLITS)
    return Arrangement(train, val if val.pairs else None, [])


def _mapillary_version(root: Path) -> str | None:
    return next(
        (
            version
            for version, config in _MAPILLARY.items()
            if (root / config).is_file() and (root / "training" / version / "labels").is_dir()
        ),
        None,
    )


def _part(root: Path, photos: str, labels: str) -> Part:
    return Part(photos, labels, "", pair_up(sorted(root.glob(photos)), sorted(root.glob(labels))), [])


def name_categories(
    classes: ClassTable, survey: LabelSurvey, tool: ToolTable
) -> tuple[ClassTable, LabelSurvey, dict[str, Any]]:
    """Give the categories that were guessed from label maps the names, colours and roles that the tool has for them.

    Args:
        classes: A category for each value or colour of `survey`.
        survey: What the label maps hold.
        tool: What the tool says.

    Returns:
        The class table, and what the label maps hold besides void; further keys of `prepare.source`: values that the
        tool calls void.
    """
    names: dict[int, str] = {}
    for value, category in zip(survey.values, classes.categories, strict=True):
        names[value] = (tool.by_colour(category.colour) if survey.is_colour else tool.names.get(value)) or category.name
    void = [] if survey.is_colour else [value for value, name in names.items() if table_name(name) in VOID_NAMES]
    kept = {v: c for v, c in zip(survey.values, classes.categories, strict=True) if v not in void}
    if not kept:
        return classes, survey, {}
    plain = distinct([table_name(names[value]) for value in kept])
    colours = {value: category.colour for value, category in kept.items()}
    if not survey.is_colour:
        said = [tool.colours.get(value, _BLACK) for value in kept]
        colours |= {v: c for v, c in zip(kept, said, strict=True) if c != _BLACK and said.count(c) == 1}
    entries = zip(plain, colours.values(), guess_roles(plain), strict=True)
    table = ClassTable(
        categories=tuple(Category(name=name, colour=colour, role=role) for name, colour, role in entries)
    )
    num_void = sum(survey.values[value] for value in void)
    share = survey.void_share + (1 - survey.void_share) * num_void / sum(survey.values.values())
    left = replace(survey, values={value: survey.values[value] for value in kept}, void_share=share)
    return table, left, {"void_values": void} if void else {}


def _labelmap(path: Path) -> Iterator[Entry]:
    """CVAT's and Datumaro's: `name:red,green,blue:parts:actions`, one a line."""
    lines = [line for line in read_text(path).splitlines() if line.strip() and line[0] != "#"]
    for value, line in enumerate(lines):
        name, colour = line.split(":")[:2]
        yield value, name, rgb_of(colour.split(",")) if colour.strip() else None


def _class_dict(path: Path) -> Iterator[Entry]:
    """`name,r,g,b` below a line that says so."""
    for value, row in enumerate(_rows(path)):
        yield value, row[0], rgb_of(row[1:4])


def _classes_csv(path: Path) -> Iterator[Entry]:
    """Roboflow's: `Pixel Value, Class`."""
    for row in _rows(path):
        yield int(row[0]), row[1], None


def _class_names(path: Path) -> Iterator[Entry]:
    """labelme's: a name a line, the first `__ignore__`, which has no value."""
    lines = read_text(path).split("\n")
    names = [line.strip() for line in lines if line.strip()]
    # Others list their classes under this name too, in whatever order.
    if names[0] == "__ignore__":
        yield from ((value, name, None) for value, name in enumerate(names[1:]))


def _mapillary(path: Path) -> Iterator[Entry]:
    for value, label in enumerate(read_json_file(path, "it is part of the dataset's package")["labels"]):
        yield value, str(label["readable"]), rgb_of(label["color"])


def _rows(path: Path) -> list[list[str]]:
    return [row for row in csv.reader(StringIO(read_text(path), newline="")) if row][1:]


def _voc_colour(value: int) -> Colour:
    """The lowest bits of a number, three by three, are the highest bits of red, green and blue."""
    channels = [sum((value >> 3 * bit + channel & 1) << 7 - bit for bit in range(8)) for channel in range(3)]
    return channels[0], channels[1], channels[2]


_READERS: dict[str, Callable[[Path], Iterator[Entry]]] = {
    "labelmap.txt": _labelmap,
    "class_dict.csv": _class_dict,
    "_classes.csv": _classes_csv,
    "class_names.txt": _class_names,
}
