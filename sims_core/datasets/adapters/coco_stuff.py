"""COCO-Stuff 164k (Caesar et al. 2018): COCO's photos with things and stuff, and COCO's own instances on request."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.draw import polygon

from sims_core.base.errors import Report, SimsError, stop
from sims_core.datasets.class_tables import packaged_table
from sims_core.datasets.decoding import LabelValues
from sims_core.datasets.pairs import LabelledPhoto, match_folders, read_values
from sims_core.datasets.raw import RawDataset, RawScene, choose_items
from sims_core.datasets.raw_files import read_json_file
from sims_core.datasets.settings import CocoStuffSource
from sims_core.scenes.classes import VOID
from sims_core.scenes.scene import SPLITS

LICENCE = "COCO-Stuff (CC BY 4.0) on photos of Flickr under their own licences, see COCO's terms"
NUM_LABELS = 182
# Of labels.txt, counted from 1: street sign, hat, shoe, eye glasses, plate, mirror, window, desk, door, blender and
# hair brush were planned and never annotated.
UNUSED_LABELS = (12, 26, 29, 30, 45, 66, 68, 69, 71, 83, 91)
_REMEDY = "the label maps must be those of stuffthingmaps_trainval2017.zip"


@dataclass(frozen=True)
class CocoItem(LabelledPhoto):
    """A photo with its label map and, as JSON bytes, its instances: [[category id, polygons], ...], None if not read.

    Bytes and not objects: those of 118,000 photos are held at once and sent to worker processes one by one.
    """

    instances: bytes | None


def category_of_label() -> dict[int, int]:
    """Return the category id of each label of labels.txt (1..182) that occurs."""
    used = [label for label in range(1, NUM_LABELS + 1) if label not in UNUSED_LABELS]
    return {label: category for category, label in enumerate(used)}


def label_values() -> LabelValues:
    """Return what the values of label maps mean: each is a label less 1."""
    stored = {label - 1: category for label, category in category_of_label().items()} | {VOID: VOID}
    return LabelValues(stored, f"0..{NUM_LABELS - 1} without the labels that do not occur, or {VOID} (void)")


def open_dataset(source: CocoStuffSource, seed: int, report: Report = stop) -> RawDataset[CocoItem]:
    """List the photos of both splits, with their instances if those are asked for.

    Raises:
        SimsError: A folder is missing, files do not match, or a file of instances is missing or of another form.
    """
    root = Path(source.root)
    pairs = [
        pair
        for split in SPLITS
        for pair in match_folders(
            split, root / "images" / f"{split}2017", root / "annotations" / f"{split}2017", ".jpg", report
        )
    ]
    chosen = choose_items(pairs, source, seed, report)
    instances: dict[str, bytes] | None = None
    if source.instances:
        wanted = {pair.scene_id for pair in chosen}
        instances = {}
        for split in SPLITS:
            instances |= _read_instances(root / "annotations" / f"instances_{split}2017.json", wanted)
    items = [
        CocoItem(
            pair.scene_id,
            pair.split,
            pair.photo,
            pair.labels,
            None if instances is None else instances.get(pair.scene_id, b"[]"),
        )
        for pair in chosen
    ]
    return RawDataset(packaged_table("coco_stuff"), items, partial(_read, values=label_values()), LICENCE)


def _read_instances(path: Path, wanted: set[str]) -> dict[str, bytes]:
    """Return the polygons of the wanted photos' instances by scene id; crowds are no single instances and left out."""
    content = read_json_file(path, "it is part of COCO's annotations_trainval2017.zip; or set instances: false")
    found: dict[str, list[Any]] = {}
    try:
        for annotation in content["annotations"]:
            scene_id = f"{int(annotation['image_id']):012d}"
            if scene_id in wanted and not annotation["iscrowd"]:
                polygons = annotation["segmentation"]
                if not isinstance(polygons, list) or not all(map(_is_polygon, polygons)):
                    raise SimsError(
                        path, f"annotation {annotation['id']} is no crowd and not a list of polygons", remedy=_REMEDY
                    )
                found.setdefault(scene_id, []).append([int(annotation["category_id"]), polygons])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise SimsError(
            path, "is not of COCO's form", expected="annotations with image_id, category_id, segmentation and iscrowd"
        ) from error
    return {scene_id: json.dumps(instances).encode() for scene_id, instances in found.items()}


def _is_polygon(corners: object) -> bool:
    """Return whether something is a list x, y, x, y, ... of numbers."""
    return isinstance(corners, list) and len(corners) % 2 == 0 and all(type(value) in (int, float) for value in corners)


def _read(item: CocoItem, values: LabelValues) -> RawScene:
    scene = read_values(item, values, _REMEDY)
    if item.instances is None:
        return scene
    return RawScene(scene.photo, scene.labels, draw_instances(json.loads(item.instances), scene.labels))


def draw_instances(instances: list[tuple[int, list[list[float]]]], labels: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Draw instances where the label map has their category, smaller ones over larger ones.

    Args:
        instances: COCO category id (a label of labels.txt) and polygons [x, y, x, y, ...] in pixels, pixel (0, 0)
            reaching from (0, 0) to (1, 1).
        labels: (H, W) uint8 category ids.

    Returns:
        (H, W) uint16: 0 = none, else the instance's place in the list, from 1.
    """
    category_of = category_of_label()
    masks: list[tuple[int, int, NDArray[np.bool_]]] = []
    for number, (label, polygons) in enumerate(instances, start=1):
        mask = np.zeros(labels.shape, dtype=bool)
        for corners in polygons:
            # Rows and columns count from the centre of the first pixel.
            mask[polygon(np.array(corners[1::2]) - 0.5, np.array(corners[::2]) - 0.5, labels.shape)] = True
        mask &= labels == category_of.get(label, VOID)
        masks.append((int(mask.sum()), number, mask))
    drawn = np.zeros(labels.shape, dtype=np.uint16)
    for _, number, mask in sorted(masks, key=lambda entry: (-entry[0], entry[1])):
        drawn[mask] = number
    return drawn
