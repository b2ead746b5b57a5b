"""What every adapter of a dataset of files shares: its scenes as listed, as read, and as the pipeline wants them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from sims_core.base.errors import Report, SimsError, stop
from sims_core.base.pictures import resize_nearest, resize_photo
from sims_core.base.seeding import derive_seed
from sims_core.datasets.settings import FilesSource, NameSplit
from sims_core.scenes.classes import ClassTable
from sims_core.scenes.frames import centre_window
from sims_core.scenes.scene import SPLITS, Scene, Split


@dataclass(frozen=True)
class Item:
    """A scene before it is read: its id, its split, and the file that its photo lies in."""

    scene_id: str
    split: Split
    photo: Path


ItemType = TypeVar("ItemType", bound=Item)


@dataclass(frozen=True)
class RawScene:
    """A scene as its files hold it, at their size.

    Attributes:
        photo: (H, W, 3) uint8 RGB.
        labels: (H, W) uint8 category ids, 255 = void.
        instances: (H, W) uint16, 0 = none, ids unique within the scene; or None.
        depth_m: (H, W) float32 metres, 0 = unknown; or None.
        coarse_labels: (H, W) uint8 category ids, 255 = void, of a coarse annotation beside the fine one; or None.
    """

    photo: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    instances: NDArray[np.uint16] | None = None
    depth_m: NDArray[np.float32] | None = None
    coarse_labels: NDArray[np.uint8] | None = None


@dataclass(frozen=True)
class RawDataset(Generic[ItemType]):
    """An opened dataset.

    Attributes:
        classes: The class table.
        items: Its scenes, train before val, ids ascending.
        read: Reads one item; called in worker processes. SimsError when a file is wrong.
        licence: Licence or origin of the photos.
    """

    classes: ClassTable
    items: list[ItemType]
    read: Callable[[ItemType], RawScene]
    licence: str


def choose_items(items: Sequence[ItemType], source: FilesSource, seed: int, report: Report = stop) -> list[ItemType]:
    """Return the items in their order, or `source.max_train` and `source.max_val` of them.

    Which ones depends on the seed and their ids alone: a larger number keeps the smaller one's choice. Splits by name
    come first (see `NameSplit`).

    A split that is empty, an id of both splits and an id that stands for two scenes go to `report`; of these the first
    is kept.
    """
    items = _unique(items, report)
    if source.split_by_name is not None:
        items = _split_by_name(items, source.split_by_name, report)
    chosen: list[ItemType] = []
    for split, limit in zip(SPLITS, (source.max_train, source.max_val), strict=True):
        own = [item for item in items if item.split == split]
        if not own:
            report(empty_split(source.root, split))
        if limit is not None:
            drawn = sorted(own, key=lambda item: derive_seed(seed, "choose_items", item.scene_id))[:limit]
            own = sorted(drawn, key=lambda item: item.scene_id)
        chosen += own
    return chosen


def _split_by_name(items: Sequence[ItemType], split: NameSplit, report: Report) -> list[ItemType]:
    """Return the items that the patterns match, with the splits that they say, train before val, ids ascending."""
    ordered = sorted(items, key=lambda item: item.scene_id)
    train, val = (
        {item.scene_id for item in ordered if any(fnmatchcase(item.scene_id, pattern) for pattern in patterns)}
        for patterns in (split.train, split.val)
    )
    for scene_id in sorted(train & val):
        report(
            SimsError(
                "prepare.source.split_by_name",
                f"'{scene_id}' is of both splits",
                expected="patterns of which a name matches one",
                remedy="validation scenes must not be training scenes",
            )
        )
    chosen = [item for item in ordered if item.scene_id in val - train][:: split.val_every]
    return [replace(item, split="train") for item in ordered if item.scene_id in train] + [
        replace(item, split="val") for item in chosen
    ]


def empty_split(where: object, split: str) -> SimsError:
    """Return the error for a split without photos."""
    return SimsError(where, f"split '{split}' has no photos", remedy="check the path in params.yaml: prepare.source")


def _unique(items: Sequence[ItemType], report: Report) -> list[ItemType]:
    seen: dict[str, ItemType] = {}
    for item in items:
        if item.scene_id in seen:
            report(
                SimsError(
                    item.photo,
                    f"has the same name as {seen[item.scene_id].photo}",
                    expected="unique file names over both splits",
                    remedy="rename one; validation scenes must not be training scenes",
                )
            )
        seen.setdefault(item.scene_id, item)
    return list(seen.values())


def with_files(
    items: Sequence[ItemType], path_of: Callable[[ItemType], Path], what: str, remedy: str, report: Report
) -> list[ItemType]:
    """Return the items that have a file; those that lack it are reported."""
    missing = [item for item in items if not path_of(item).is_file()]
    for number, item in enumerate(missing, start=1):
        report(SimsError(path_of(item), f"{what} not found ({number} of {len(missing)} missing)", remedy=remedy))
    lacking = {item.scene_id for item in missing}
    return [item for item in items if item.scene_id not in lacking]


def load_scene(
    item: ItemType, read: Callable[[ItemType], RawScene], licence: str, height_px: int, width_px: int
) -> Scene:
    """Read one item, crop it about its centre to the aspect asked for, and resize it.

    Photos are averaged over areas; label maps, instances and depth take the nearest pixel, so that none is mixed.
    """
    raw = read(item)
    window = centre_window(raw.labels.shape[0], raw.labels.shape[1], height_px / width_px)

    def nearest(array: NDArray[Any] | None) -> NDArray[Any] | None:
        return None if array is None else resize_nearest(array[window], height_px, width_px)

    return Scene(
        scene_id=item.scene_id,
        split=item.split,
        photo=resize_photo(np.ascontiguousarray(raw.photo[window]), height_px, width_px),
        labels=resize_nearest(raw.labels[window], height_px, width_px),
        instances=nearest(raw.instances),
        depth_m=nearest(raw.depth_m),
        coarse_labels=nearest(raw.coarse_labels),
        licence=licence,
    )
