"""Cityscapes (Cordts et al. 2016) as downloaded: fine or coarse labels and instances, depth from disparity."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sims_core.base.errors import Report, SimsError, stop
from sims_core.datasets.adapters.cityscapes_labels import read_labels
from sims_core.datasets.decoding import LabelValues
from sims_core.datasets.pairs import LabelledPhoto, read_label_map, read_numbers, read_values
from sims_core.datasets.raw import RawDataset, RawScene, choose_items, empty_split, with_files
from sims_core.datasets.raw_files import read_json_file
from sims_core.datasets.settings import CityscapesSource
from sims_core.scenes.classes import VOID
from sims_core.scenes.scene import Split
from sims_core.scenes.street_categories import CANONICAL

LICENCE = "Cityscapes dataset, its own terms (non-commercial)"
_WHERE_FROM = "unpack the packages of cityscapes-dataset.com under prepare.source.root, see docs/datasets.md"
# An instance id is label id x 1000 + number; ids below 1000 are label ids, of regions that are no single instance.
_INSTANCES_PER_LABEL = 1000
# One of the extra photos is black all over in the package.
_BLANK_PHOTOS = ("troisdorf_000000_000073",)


@dataclass(frozen=True)
class CityscapesItem(LabelledPhoto):
    """A photo with its label ids and instance ids, and where they are read disparity, camera and coarse label ids."""

    instances: Path
    disparity: Path
    camera: Path
    coarse_labels: Path


def open_dataset(source: CityscapesSource, seed: int, report: Report = stop) -> RawDataset[CityscapesItem]:
    """List the photos of both splits and their files.

    Raises:
        SimsError: A folder or file of a chosen photo is missing; extra photos without coarse annotation, or coarse
            labels beside coarse annotation.
    """
    if source.train_extra and source.annotation != "coarse":
        raise SimsError("prepare.source.train_extra", "has coarse labels only", remedy="set annotation: coarse")
    if source.coarse_labels and source.annotation == "coarse":
        raise SimsError("prepare.source.coarse_labels", "needs fine labels beside", remedy="set annotation: fine")
    train: list[CityscapesItem] = _list_folder(source, "train", "train", report)
    if source.train_extra:
        train = sorted(train + _list_folder(source, "train_extra", "train", report), key=lambda item: item.scene_id)
    items = choose_items(train + _list_folder(source, "val", "val", report), source, seed, report)
    items = with_files(items, lambda item: item.labels, "label map", _WHERE_FROM, report)
    items = with_files(items, lambda item: item.instances, "instance map", _WHERE_FROM, report)
    has_depth = source.depth == "disparity"
    if has_depth:
        remedy = f"{_WHERE_FROM}, or set depth: none"
        items = with_files(items, lambda item: item.disparity, "disparity", remedy, report)
        items = with_files(items, lambda item: item.camera, "camera", remedy, report)
    if source.coarse_labels:
        remedy = f"{_WHERE_FROM}, or set coarse_labels: false"
        items = with_files(items, lambda item: item.coarse_labels, "coarse label map", remedy, report)
    read = partial(_read, values=read_labels().values(), has_depth=has_depth, has_coarse=source.coarse_labels)
    return RawDataset(CANONICAL, items, read, LICENCE)


def _list_folder(source: CityscapesSource, folder: str, split: Split, report: Report) -> list[CityscapesItem]:
    root = Path(source.root)
    truth = {"fine": "gtFine", "coarse": "gtCoarse"}[source.annotation]
    suffix = "_leftImg8bit.png"
    items = []
    for photo in sorted((root / "leftImg8bit" / folder).glob(f"*/*{suffix}")):
        frame = photo.name.removesuffix(suffix)
        if frame in _BLANK_PHOTOS:
            continue
        place = Path(folder, photo.parent.name)
        items.append(
            CityscapesItem(
                frame,
                split,
                photo,
                root / truth / place / f"{frame}_{truth}_labelIds.png",
                root / truth / place / f"{frame}_{truth}_instanceIds.png",
                root / "disparity" / place / f"{frame}_disparity.png",
                root / "camera" / place / f"{frame}_camera.json",
                root / "gtCoarse" / place / f"{frame}_gtCoarse_labelIds.png",
            )
        )
    if not items:
        report(empty_split(root / "leftImg8bit" / folder, split))
    return items


def _read(item: CityscapesItem, values: LabelValues, has_depth: bool, has_coarse: bool) -> RawScene:
    scene = read_values(item, values, _WHERE_FROM)
    ids = read_numbers(item.instances, scene.photo, item.photo, _WHERE_FROM)
    instances = np.where((ids >= _INSTANCES_PER_LABEL) & (scene.labels != VOID), ids, 0).astype(np.uint16)
    return RawScene(
        scene.photo,
        scene.labels,
        instances,
        _read_depth(item, scene.photo) if has_depth else None,
        read_label_map(item.coarse_labels, scene.photo, item.photo, values, _WHERE_FROM) if has_coarse else None,
    )


def _read_depth(item: CityscapesItem, photo: NDArray[np.uint8]) -> NDArray[np.float32]:
    stored = read_numbers(item.disparity, photo, item.photo, _WHERE_FROM)
    camera = read_json_file(item.camera, _WHERE_FROM)
    try:
        baseline_m, focal_length_px = float(camera["extrinsic"]["baseline"]), float(camera["intrinsic"]["fx"])
    except (KeyError, TypeError, ValueError) as error:
        raise SimsError(
            item.camera, "is no camera of Cityscapes", expected="numbers extrinsic.baseline and intrinsic.fx"
        ) from error
    return depth_from_disparity(stored, baseline_m, focal_length_px)


def depth_from_disparity(stored: NDArray[np.uint16], baseline_m: float, focal_length_px: float) -> NDArray[np.float32]:
    """Turn a stored disparity into depth: baseline x focal length / disparity.

    Args:
        stored: (H, W) uint16: 256 x disparity in pixels + 1, and 0 where there is none.
        baseline_m: Between the two cameras.
        focal_length_px: In pixels of the picture.

    Returns:
        (H, W) float32 metres, 0 = unknown: no disparity, or one of 0 pixels, which says nothing of the distance.
    """
    disparity_px = (stored.astype(np.float64) - 1) / 256
    depth_m = np.zeros(stored.shape)
    np.divide(baseline_m * focal_length_px, disparity_px, out=depth_m, where=disparity_px > 0)
    return depth_m.astype(np.float32)
