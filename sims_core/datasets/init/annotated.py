"""Photos with the files of an annotation tool -> parameters and a class table with the tool's names and colours."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sims_core.base.errors import SimsError, few
from sims_core.base.parallel import parallel_map
from sims_core.base.picture_files import PICTURE_TYPES, picture_size, stem_of
from sims_core.datasets.adapters.annotation_tools import AnnotatedItem, list_photos
from sims_core.datasets.annotations.documents import files_below
from sims_core.datasets.annotations.formats import read_annotations
from sims_core.datasets.annotations.names import BACKGROUND, VOID_NAMES, table_names
from sims_core.datasets.annotations.regions import Annotations, paint
from sims_core.datasets.annotations.through_datumaro import PANOPTIC
from sims_core.datasets.class_tables import read_class_table
from sims_core.datasets.init.arrangement import MIN_PHOTOS, MIN_VAL, val_every_of
from sims_core.datasets.init.proposal import LICENCE, Proposal, common_size, path_in_source
from sims_core.datasets.init.roles import guess_roles
from sims_core.drawing.contact_sheet import Colour, source_colours
from sims_core.scenes.classes import MAX_CATEGORIES, VOID, Category, ClassTable

# Below this share, pixels in no region are slits between regions, and no background.
_MIN_BACKGROUND_SHARE = 0.05
_BLACK = (0, 0, 0)


def propose_annotations(folder: Path, table: Path, formats: Sequence[str]) -> Proposal:
    """Look at photos and the files of an annotation tool.

    Args:
        folder: That they lie in.
        table: Their class table, if it is there, or the place for one.
        formats: That the folder holds; the first one is taken.

    Raises:
        SimsError: The annotations are damaged, outline nothing, or have too many categories; there are too few photos.
    """
    annotations = read_annotations(folder, formats[0])
    items, val_every, faults = _split(folder, annotations)
    names = _names_in_use(folder, items, annotations)
    pixels = _count(items, annotations, names)
    share = float(pixels[len(names)] / pixels.sum())
    if table.is_file():
        classes = read_class_table(table)
        has_background = BACKGROUND in classes.names
    else:
        is_small = formats[0] == PANOPTIC or share < _MIN_BACKGROUND_SHARE
        has_background = BACKGROUND in names.values() or not is_small
        classes = _class_table(annotations, names, has_background)
    splits = Counter(item.split for item in items)
    source = {
        "dataset": "annotations",
        "root": folder.as_posix(),
        "format": formats[0],
        **({} if val_every is None else {"val_every": val_every}),
        "classes": path_in_source(folder, table),
        "unannotated": BACKGROUND if has_background else "void",
        "licence": LICENCE,
    }
    how = "train and val as they are" if val_every is None else f"one in {val_every} by name is for validation"
    said = [
        f"{folder}: {len(items)} photos with annotations of format {formats[0]}, {how}: "
        f"{splits['train']} + {splits['val']}"
    ]
    if table.is_file():
        said.append(f"{table}: kept as it is, {len(classes)} categories")
    else:
        said.append(f"{table}: {len(classes)} categories with the tool's names; their roles are yours to check")
    meant = f"category '{BACKGROUND}'" if has_background else "void"
    said.append(f"{folder}: {share:.1%} of the pixels lie in no region: {meant}, see prepare.source.unannotated")
    if annotations.num_boxes:
        said.append(f"{folder}: {annotations.num_boxes} boxes without outline are passed over")
    if faults:
        said.append(f"{folder}: {len(faults)} photos are missing or ambiguous; `sims data check` lists them")
    others = [] if formats[0] == PANOPTIC else _namesakes(folder, items)
    if others:
        said.append(
            f"{folder}: {len(others)} other pictures have names of these photos and are passed over: {few(others)}; "
            "to have them read as label maps, move the annotations out of this folder"
        )
    if len(formats) > 1:
        said.append(f"{folder}: also holds {', '.join(formats[1:])}: prepare.source.format chooses")
    if splits["val"] < MIN_VAL:
        said.append(f"{folder}: {splits['val']} validation photos are too few, stage evaluate needs {MIN_VAL}")
    text = None if table.is_file() else _class_table_text(classes, pixels)
    size = common_size([item.photo for item in items])
    return Proposal(source, (splits["train"], splits["val"]), size, text, said)


def _split(folder: Path, annotations: Annotations) -> tuple[list[AnnotatedItem], int | None, list[SimsError]]:
    """Return the photos that are found, `val_every` where the tool divides them not into two splits, and the faults."""
    faults: list[SimsError] = []
    items = list_photos(folder, annotations, None, faults.append)
    if not items:
        raise faults[0] if faults else SimsError(folder, "all of its annotated photos are for testing")
    if len({item.split for item in items}) > 1:
        return items, None, faults
    if len(items) < MIN_PHOTOS:
        raise SimsError(folder, "too few photos", expected=f"at least {MIN_PHOTOS}", found=len(items))
    val_every = val_every_of(len(items))
    return list_photos(folder, annotations, val_every, lambda _: None), val_every, faults


def _namesakes(folder: Path, items: Sequence[AnnotatedItem]) -> list[str]:
    """Return pictures besides the photos that are called as one of them, perhaps its label map."""
    photos = {item.photo for item in items}
    stems = {stem_of(photo) for photo in photos}
    pictures = [path for suffix in PICTURE_TYPES for path in files_below(folder, suffix)]
    return [path.relative_to(folder).as_posix() for path in pictures if path not in photos and stem_of(path) in stems]


def _names_in_use(folder: Path, items: Sequence[AnnotatedItem], annotations: Annotations) -> dict[str, str]:
    """Return the name in the class table of each category that a region has, in the tool's order; without void."""
    used = {region.category for item in items for region in item.annotated.regions}
    names = {category: name for category, name in table_names(annotations.categories).items() if category in used}
    names = {category: name for category, name in names.items() if name not in VOID_NAMES}
    if not 0 < len(names) < MAX_CATEGORIES:
        raise SimsError(
            folder, "categories of its annotations", expected=f"1 to {MAX_CATEGORIES - 1}", found=len(names)
        )
    return names


def _count(items: Sequence[AnnotatedItem], annotations: Annotations, names: Mapping[str, str]) -> NDArray[np.int64]:
    """Return (256,) pixels by place in `names`, behind them those in no region, the last one void."""
    ids = dict.fromkeys(annotations.categories, VOID) | {category: place for place, category in enumerate(names)}
    look = partial(_pixels, ids=ids, unannotated=len(names))
    total = np.zeros(VOID + 1, dtype=np.int64)
    for found in parallel_map(look, items, "read annotations"):
        total += found
    return total


def _pixels(item: AnnotatedItem, ids: Mapping[str, int], unannotated: int) -> NDArray[np.int64]:
    labels, _ = paint(item.annotated, picture_size(item.photo), ids, unannotated)
    return np.bincount(labels.ravel(), minlength=VOID + 1)


def _class_table(annotations: Annotations, names: Mapping[str, str], has_background: bool) -> ClassTable:
    own = [annotations.colours.get(category) for category in names]
    meant = list(names.values())
    if has_background and BACKGROUND not in meant:
        meant, own = [*meant, BACKGROUND], [*own, None]
    colours: list[Colour] = []
    free = (colour for colour in source_colours(2 * len(meant)) if colour not in own)
    for colour in own:
        is_free = colour is not None and colour != _BLACK and colour not in colours
        colours.append(colour if colour is not None and is_free else next(free))
    entries = zip(meant, colours, guess_roles(meant), strict=True)
    return ClassTable(categories=tuple(Category(name=name, colour=colour, role=role) for name, colour, role in entries))


def _class_table_text(classes: ClassTable, pixels: NDArray[np.int64]) -> str:
    lines = [
        "# The categories of the annotations with the tool's names, made by `sims data init`. Check the roles: planar",
        "# (ground that things stand on), object (car, chair), thin (pole), foliage (tree), stuff (everything else).",
        "categories:",
    ]
    # An own category for the background comes last, where pixels in no region are counted.
    for category, own in zip(classes.categories, pixels / pixels.sum(), strict=False):
        # A name such as 1 or null is a string here.
        name, colour = json.dumps(category.name), list(category.colour)
        lines.append(f"  - {{name: {name}, colour: {colour}, role: {category.role.value}}}  # {own:.1%} of the pixels")
    return "\n".join(lines) + "\n"
