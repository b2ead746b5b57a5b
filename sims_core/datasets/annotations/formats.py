"""The formats of annotation tools: which one a folder holds, and its annotations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from sims_core.base.errors import SimsError
from sims_core.datasets.annotations.documents import files_below, holds
from sims_core.datasets.annotations.label_studio import read_label_studio
from sims_core.datasets.annotations.labelme_json import read_labelme
from sims_core.datasets.annotations.regions import Annotations
from sims_core.datasets.annotations.supervisely import is_meta, read_supervisely
from sims_core.datasets.annotations.through_datumaro import (
    INSTANCES,
    PANOPTIC,
    is_cvat,
    is_label_me,
    read_coco,
    read_cvat,
    read_label_me,
)


def read_annotations(root: Path, name: str) -> Annotations:
    """Read the annotations below a folder.

    Args:
        root: The folder.
        name: Of the format, one of `FORMATS`.

    Raises:
        SimsError: There are none of this format, a file is damaged, or what reads it is not installed.
    """
    annotations = FORMATS[name](root)
    if not annotations.photos:
        raise SimsError(root, f"holds no annotations of format {name}", remedy="check prepare.source.format")
    if not any(photo.regions for photo in annotations.photos):
        raise SimsError(
            root,
            "its annotations outline nothing",
            expected="polygons or masks",
            found=f"{annotations.num_boxes} boxes alone" if annotations.num_boxes else "no shape",
            remedy="boxes say where an object is and not which pixels it covers: annotate outlines",
        )
    return annotations


def find_formats(root: Path) -> list[str]:
    """Return the formats of which a folder holds annotations, those that tell most first."""
    documents, xml = files_below(root, ".json"), files_below(root, ".xml")
    found = {
        "supervisely": any(map(is_meta, documents)),
        PANOPTIC: bool(_coco(documents, PANOPTIC)),
        INSTANCES: bool(_coco(documents, INSTANCES)),
        "cvat": any(map(is_cvat, xml)),
        "label_me": any(map(is_label_me, xml)),
        "labelme_json": any(holds(path, b'"shapes"', b'"imagePath"') for path in documents),
        "label_studio": any(holds(path, b'"original_width"') for path in documents),
    }
    return [name for name, is_there in found.items() if is_there]


def _coco(documents: Sequence[Path], task: str) -> list[Path]:
    """Return the JSON files of COCO that hold instances, or panoptic segmentations."""
    files = [path for path in documents if holds(path, b'"categories"', b'"annotations"')]
    panoptic = [path for path in files if holds(path, b'"segments_info"')]
    if task == PANOPTIC:
        return panoptic
    # Persons with keypoints are among the instances, and have a file of their own as well.
    return [
        path for path in files if path not in panoptic and holds(path, b'"bbox"') and not holds(path, b'"keypoints"')
    ]


def _read_coco(root: Path, task: str) -> Annotations:
    return read_coco(root, _coco(files_below(root, ".json"), task), task)


FORMATS: dict[str, Callable[[Path], Annotations]] = {
    INSTANCES: partial(_read_coco, task=INSTANCES),
    PANOPTIC: partial(_read_coco, task=PANOPTIC),
    "cvat": read_cvat,
    "label_me": read_label_me,
    "labelme_json": read_labelme,
    "supervisely": read_supervisely,
    "label_studio": read_label_studio,
}
