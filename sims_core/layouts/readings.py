"""Layouts of one channel where masks have values of their own: places in the class table, or the masks' values?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sims_core.base.errors import SimsError
from sims_core.base.parameters import load_parameters
from sims_core.base.read_pictures import read_label_picture
from sims_core.datasets.adapters import cityscapes_labels, folder
from sims_core.datasets.adapters.camvid import SEGNET_VALUES
from sims_core.datasets.adapters.coco_stuff import label_values as coco_stuff_values
from sims_core.datasets.decoding import LabelValues, counted_from_one, has_palette_of, ids_of, is_painted
from sims_core.datasets.settings import (
    Ade20kSource,
    CamvidSource,
    CityscapesSource,
    CocoStuffSource,
    FolderSource,
    Gta5Source,
    NyuSource,
    PrepareConfig,
)
from sims_core.layouts.forms import LayoutForm, table_form, values_form
from sims_core.scenes.classes import ClassTable


@dataclass(frozen=True)
class MaskValues:
    """What values mean in a project's own masks, where that is not their place in its class table.

    Attributes:
        values: Their meaning.
        name: What the user calls them.
        is_likely: Whether a layout that may be read in both ways is read as a mask.
        others: What to do for the other reading.
    """

    values: LabelValues
    name: str
    is_likely: bool
    others: str


def masks_of_project(params: Path, classes: ClassTable) -> MaskValues | None:
    """Return what values mean in the masks of a project, see `mask_values`; None where it has no parameter file."""
    if not params.is_file():
        return None
    return mask_values(load_parameters(params).section("prepare", PrepareConfig), classes)


def mask_values(config: PrepareConfig, classes: ClassTable) -> MaskValues | None:
    """Return what values mean in the masks of a project's dataset; None where they are places in its class table."""
    source = config.source
    if isinstance(source, FolderSource):
        if source.encoding == "palette" or (source.label_values is None and not source.void_values):
            return None
        if len(source.label_values or classes.names) != len(classes):
            # The parameters are those of another table by now.
            return None
        table = "--layout-classes data/scenes/classes.json"
        name = "the masks (prepare.source.label_values and void_values)"
        return MaskValues(folder.label_values(source, len(classes)), name, True, f"if they are places: {table}")
    values: LabelValues | None = None
    if isinstance(source, CityscapesSource | Gta5Source):
        values = cityscapes_labels.read_labels().values()
    elif isinstance(source, Ade20kSource | NyuSource):
        values = counted_from_one(len(classes))
    elif isinstance(source, CocoStuffSource):
        values = coco_stuff_values()
    elif isinstance(source, CamvidSource) and source.form == "segnet":
        values = SEGNET_VALUES
    if values is None:
        return None
    dataset = f"nyu{source.num_categories}" if isinstance(source, NyuSource) else source.dataset
    return MaskValues(
        values, f"label files of {dataset}", False, f"if they are label files of {dataset}: --layout-classes {dataset}"
    )


def own_form(classes: ClassTable, masks: MaskValues | None, paths: Sequence[Path]) -> tuple[LayoutForm, list[str]]:
    """Return how layouts of a project are painted, one way for all of them, and what to say of it.

    Colours, and indices with the class table's palette, have one meaning. Other values are read in the one way in
    which all files can be read; where both are possible, as `masks` says.

    Args:
        classes: The project's class table.
        masks: What values mean in its masks, if something else than places in the table.
        paths: The layouts.

    Raises:
        SimsError: Some layouts can be read in one way alone, and some in the other; or a file is no layout.
    """
    form = table_form("project", classes)
    can_be = {} if masks is None else _possible(classes, masks.values, paths)
    if masks is None or not can_be:
        return form, []
    only_places, only_masks = can_be.get((True, False), []), can_be.get((False, True), [])
    if only_places and only_masks:
        raise SimsError(
            only_masks[0],
            f"its values can only be those of {masks.name}, and in {only_places[0].name} only places in the table",
            expected="layouts of one kind",
            remedy="keep them apart",
        )
    as_masks = bool(only_masks) or (masks.is_likely and not only_places)
    num_layouts = sum(map(len, can_be.values()))
    what = f"as in {masks.name}" if as_masks else "as places in the class table, from 0"
    is_open = not only_places and not only_masks
    line = f"{num_layouts} {'layout' if num_layouts == 1 else 'layouts'} of one channel: values are read {what}"
    line += f"; {masks.others}" if is_open else ""
    return (values_form("project", classes, masks.values) if as_masks else form), [line]


def said_of_table(form: LayoutForm, masks: MaskValues | None, paths: Sequence[Path]) -> list[str]:
    """Return what to say where the class table of the project's own masks was named for layouts.

    Args:
        form: That of the table.
        masks: What values mean in the masks, if something else than places in it.
        paths: The layouts.
    """
    if masks is None or not masks.is_likely or not _possible(form.classes, masks.values, paths):
        return []
    return [f"values of one channel are read as places in {form.name}, from 0, and not as in {masks.name}"]


def _possible(classes: ClassTable, masks: LabelValues, paths: Sequence[Path]) -> dict[tuple[bool, bool], list[Path]]:
    """Return the layouts of plain values by (may be places, may be masks' values); nothing where both say the same."""
    places = ids_of(len(classes))
    can_be: dict[tuple[bool, bool], list[Path]] = {}
    differs = False
    for path in paths:
        picture = read_label_picture(path)
        if is_painted(picture, classes.palette) or has_palette_of(picture, classes.palette):
            continue
        both = places.know(picture), masks.know(picture)
        can_be.setdefault(both, []).append(path)
        differs |= both != (True, True) or any(
            places.categories[value] != masks.categories[value]
            for value in np.unique(picture.in_one_channel().seen()).tolist()
        )
    return can_be if differs else {}
