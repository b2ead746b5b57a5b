"""COCO's panoptic format: a picture of segment numbers per photograph, and one JSON file about all segments.

Format: https://cocodataset.org/#format-data, "Panoptic Segmentation". A segment's number is R + 256 G + 65536 B of its
colour, 0 = void. Category ids begin with 1, as COCO's do.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects

from sims_core.scenes.classes import VOID, ClassTable, Role

# A segment's number is that of its category in units of this, plus the object's; objects are uint16.
_PER_CATEGORY = 65536


class SegmentInfo(TypedDict):
    """A segment in COCO's words; bbox is [left, top, width, height] in pixels."""

    id: int
    category_id: int
    area: int
    bbox: list[int]
    iscrowd: int


def coco_id(category: int) -> int:
    """Return COCO's id of a category."""
    return category + 1


def panoptic(labels: NDArray[np.uint8], instances: NDArray[np.uint16]) -> tuple[NDArray[np.uint8], list[SegmentInfo]]:
    """Turn a label map with objects into COCO's form: an object is a segment, and so is all else of a category.

    Args:
        labels: (H, W) uint8 category ids, 255 = void.
        instances: (H, W) uint16, 0 = no object.

    Returns:
        (H, W, 3) uint8, the numbers as colours, and the segments by number.
    """
    numbers = np.where(labels == VOID, 0, (labels.astype(np.int64) + 1) * _PER_CATEGORY + instances)
    values, place = np.unique(numbers, return_inverse=True)
    place = place.reshape(labels.shape)
    areas = np.bincount(place.ravel())
    segments = []
    for index, box in enumerate(find_objects(place + 1)):
        if values[index] == 0:
            continue
        rows, columns = box
        segments.append(
            SegmentInfo(
                id=int(values[index]),
                category_id=coco_id(int(values[index]) // _PER_CATEGORY - 1),
                area=int(areas[index]),
                bbox=[columns.start, rows.start, columns.stop - columns.start, rows.stop - rows.start],
                iscrowd=0,
            )
        )
    colours = np.stack([numbers % 256, numbers // 256 % 256, numbers // 65536], axis=-1).astype(np.uint8)
    return colours, segments


def coco_categories(classes: ClassTable) -> list[dict[str, Any]]:
    """Return the categories in COCO's words: objects are things, all else is stuff."""
    return [
        {
            "id": coco_id(index),
            "name": category.name,
            "supercategory": category.role.value,
            "isthing": int(category.role == Role.OBJECT),
            "color": list(category.colour),
        }
        for index, category in enumerate(classes.categories)
    ]


class PanopticFile:
    """Writes the JSON file picture by picture, so that no more than their names is held."""

    def __init__(self, path: Path, classes: ClassTable, frame: tuple[int, int]) -> None:
        """Begin a new file; `frame` is (height, width) in pixels. Close it in the end."""
        about = {"description": "photographs made of segments of real photos by SIMS", "version": "1.0"}
        head = {"info": about, "categories": coco_categories(classes)}
        self._frame = frame
        self._names: list[str] = []
        self._file = path.open("w", encoding="utf-8")
        self._file.write(json.dumps(head)[:-1] + ', "annotations": [')

    def add(self, name: str, segments: Sequence[SegmentInfo]) -> None:
        """Take the next picture: NAME.png with its segments."""
        image_id = len(self._names) + 1
        # COCO's own panoptic files have no "id" here, but pycocotools opens none without.
        record = {"id": image_id, "image_id": image_id, "file_name": f"{name}.png", "segments_info": list(segments)}
        self._file.write((",\n" if self._names else "\n") + json.dumps(record))
        self._names.append(name)

    def close(self, licences: Sequence[str]) -> None:
        """Write what is known in the end: the licences of the photos that are shown, and the pictures by name."""
        height, width = self._frame
        images = [
            {"id": image_id, "file_name": f"{name}.png", "height": height, "width": width}
            for image_id, name in enumerate(self._names, start=1)
        ]
        named = [{"id": number, "name": text, "url": ""} for number, text in enumerate(licences, start=1)]
        with self._file:
            self._file.write(f'\n], "images": {json.dumps(images)}, "licenses": {json.dumps(named)}}}\n')
