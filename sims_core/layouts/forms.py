"""How layouts are painted: as the files of a dataset are, or in the ids or colours of a class table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sims_core.base.errors import SimsError, nearest
from sims_core.base.read_pictures import LabelPicture, read_label_picture
from sims_core.datasets.adapters import cityscapes_labels
from sims_core.datasets.adapters.camvid import CLASSES as CAMVID_CLASSES
from sims_core.datasets.adapters.camvid import SEGNET_VALUES, decode_original
from sims_core.datasets.adapters.coco_stuff import label_values as coco_stuff_values
from sims_core.datasets.class_tables import packaged_table, read_class_table
from sims_core.datasets.decoding import LabelValues, counted_from_one, is_painted
from sims_core.layouts.files import decode_layout
from sims_core.scenes.classes import ClassTable
from sims_core.scenes.label_values import decode_palette
from sims_core.scenes.street_categories import CANONICAL


@dataclass(frozen=True)
class LayoutForm:
    """What the values and colours of a layout file mean.

    Attributes:
        name: What the user calls it.
        classes: The categories that are painted.
        decode: Turns a picture as it is stored, and its name for errors, into (H, W) uint8 category ids, 255 = void.
    """

    name: str
    classes: ClassTable
    decode: Callable[[LabelPicture, Path], NDArray[np.uint8]]

    def read(self, path: Path) -> NDArray[np.uint8]:
        """Return the (H, W) uint8 category ids of a layout file; SimsError when it is none."""
        return self.decode(read_label_picture(path), path)


def table_form(name: str, classes: ClassTable) -> LayoutForm:
    """Return the form of a class table: ids from 0 with 255 = void, or its colours with black = void."""
    return LayoutForm(name, classes, partial(decode_layout, classes=classes))


def open_layout_form(name: str) -> LayoutForm:
    """Return the form of a dataset by its name, or that of a class table by the path of its YAML or JSON file.

    Raises:
        SimsError: Neither a dataset nor a file, or the file is no class table.
    """
    if name in DATASETS:
        return DATASETS[name](name)
    if not Path(name).is_file():
        close = nearest(name, DATASETS)
        raise SimsError(
            name,
            "is neither a dataset nor the file of a class table",
            expected=f"one of {', '.join(DATASETS)}, or a YAML or JSON file",
            remedy=None if close is None else f"did you mean '{close}'?",
        )
    return table_form(name, read_class_table(Path(name)))


def values_form(name: str, classes: ClassTable, values: LabelValues) -> LayoutForm:
    """Return the form of label files that hold values; painted in the class table's colours they are understood too."""
    colour_of_value = np.zeros((256, 3), dtype=np.uint8)
    for value, category in values.categories.items():
        if value < len(colour_of_value):
            colour_of_value[value] = classes.palette[category]

    def decode(picture: LabelPicture, where: Path) -> NDArray[np.uint8]:
        if is_painted(picture, colour_of_value):
            return decode_palette(picture.colours(), classes, where)
        return values.decode(picture, where, f"label files of {name} hold other values, see docs/datasets.md")

    return LayoutForm(name, classes, decode)


def _colours_or_ids(name: str) -> LayoutForm:
    """CamVid's original form, whose label files hold colours, or ids in the order of its class table."""
    classes = packaged_table(name)

    def decode(picture: LabelPicture, where: Path) -> NDArray[np.uint8]:
        if is_painted(picture, classes.palette):
            return decode_original(picture.colours(), where, classes)
        return decode_layout(picture, where, classes)

    return LayoutForm(name, classes, decode)


def _counted_from_one(name: str) -> LayoutForm:
    classes = packaged_table(name)
    return values_form(name, classes, counted_from_one(len(classes)))


def _cityscapes(name: str) -> LayoutForm:
    return LayoutForm(name, CANONICAL, cityscapes_labels.read_labels().decode)


DATASETS: dict[str, Callable[[str], LayoutForm]] = {
    # Its 19 categories are the train ids of Cityscapes.
    "synthetic_street": lambda name: table_form(name, CANONICAL),
    "cityscapes": _cityscapes,
    "gta5": _cityscapes,
    "camvid": lambda name: values_form(name, CAMVID_CLASSES, SEGNET_VALUES),
    "camvid_original": _colours_or_ids,
    "ade20k": _counted_from_one,
    "coco_stuff": lambda name: values_form(name, packaged_table(name), coco_stuff_values()),
    "nyu40": _counted_from_one,
    "nyu13": _counted_from_one,
}
