"""The formats of annotation tools: which one a folder holds, and its annotations."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from sims_core.base.errors import SimsError
from sims_core.datasets.annotations.documents import files_below
from sims_core.datasets.annotations.label_studio import read_label_studio
from sims_core.datasets.annotations.labelme_json import read_labelme
from sims_core.datasets.annotations.regions import Annotations
from sims_core.datasets.annotations.supervisely import META, read_supervisely
from sims_core.datasets.annotations.through_datumaro import (
    INSTANCES,
    PANOPTIC,
    is_cvat,
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
    is_supervisely = root / META in documents and any(path.parent.name == "ann" for path in documents)
    found = {
        "supervisely": is_supervisely,
        PANOPTIC: bool(_coco(documents, PANOPTIC)),
        INSTANCES: bool(_coco(documents, INSTANCES)),
        "cvat": any(map(is_cvat, xml)),
        "label_me": (root / "Images").is_dir() and any(map(_is_label_me, xml)),
        "labelme_json": any(_has(path, b'"shapes"', b'"imagePath"') for path in documents),
        "label_studio": any(_has(path, b'"original_width"') for path in documents),
    }
    return [name for name, is_there in found.items() if is_there]


def _coco(documents: Sequence[Path], task: str) -> list[Path]:
    """Return the JSON files of COCO that hold instances, or panoptic segmentations."""
    files = [path for path in documents if _has(path, b'"categories"', b'"annotations"')]
    panoptic = [path for path in files if _has(path, b'"segments_info"')]
    if task == PANOPTIC:
        return panoptic
    # Persons with keypoints are among the instances, and have a file of their own as well.
    return [path for path in files if path not in panoptic and _has(path, b'"bbox"') and not _has(path, b'"keypoints"')]


def _read_coco(root: Path, task: str) -> Annotations:
    return read_coco(root, _coco(files_below(root, ".json"), task), task)


def _is_label_me(path: Path) -> bool:
    return _has(path, b"<annotation>") and (_has(path, b"<polygon>") or _has(path, b"<segm>"))


def _has(path: Path, *words: bytes) -> bool:
    """Say whether a file holds all of some words; it may be larger than what one would read for that."""
    if path.stat().st_size == 0:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return all(content.find(word) >= 0 for word in words)


FORMATS: dict[str, Callable[[Path], Annotations]] = {
    INSTANCES: partial(_read_coco, task=INSTANCES),
    PANOPTIC: partial(_read_coco, task=PANOPTIC),
    "cvat": read_cvat,
    "label_me": read_label_me,
    "labelme_json": read_labelme,
    "supervisely": read_supervisely,
    "label_studio": read_label_studio,
}
