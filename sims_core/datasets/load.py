"""Any dataset -> scenes: the one place that knows which adapters exist."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sims_core.base.errors import Report, SimsError, stop
from sims_core.base.parallel import parallel_map
from sims_core.datasets.adapters import ade20k, annotation_tools, camvid, cityscapes, coco_stuff, folder, gta5, nyu
from sims_core.datasets.raw import RawDataset, load_scene
from sims_core.datasets.settings import AnyFilesSource, PrepareConfig, SyntheticStreetSource
from sims_core.datasets.synthetic_street.render import render_scene
from sims_core.scenes.classes import ClassTable
from sims_core.scenes.scene import Scene, Split
from sims_core.scenes.street_categories import CANONICAL

# Each takes its own model of `prepare.source`, the seed, and what becomes of faults.
_ADAPTERS: dict[str, Callable[[Any, int, Report], RawDataset[Any]]] = {
    "cityscapes": cityscapes.open_dataset,
    "nyu": nyu.open_dataset,
    "ade20k": ade20k.open_dataset,
    "coco_stuff": coco_stuff.open_dataset,
    "gta5": gta5.open_dataset,
    "camvid": camvid.open_dataset,
    "folder": folder.open_dataset,
    "annotations": annotation_tools.open_dataset,
}


@dataclass(frozen=True)
class Dataset:
    """A class table and its scenes, train before val, ids ascending; scenes are made when iterated."""

    classes: ClassTable
    scenes: Iterator[Scene]


def load_dataset(config: PrepareConfig, seed: int) -> Dataset:
    """Open the dataset that params.yaml names.

    Raises:
        SimsError: Missing or unmatched files, before any is read; the rest while scenes are read.
    """
    source = config.source
    if isinstance(source, SyntheticStreetSource):
        wanted: list[tuple[str, Split]] = [(f"street-train-{index:05d}", "train") for index in range(source.num_train)]
        wanted += [(f"street-val-{index:05d}", "val") for index in range(source.num_val)]
        render = partial(_render, seed=seed, config=config)
        return Dataset(CANONICAL, parallel_map(render, wanted, "render scenes"))
    raw = open_files(source, seed)
    load = partial(load_scene, read=raw.read, licence=raw.licence, height_px=config.height_px, width_px=config.width_px)
    return Dataset(raw.classes, parallel_map(load, raw.items, "read scenes"))


def open_files(source: AnyFilesSource, seed: int, report: Report = stop) -> RawDataset[Any]:
    """List the scenes of a dataset of files.

    Args:
        source: Which, and where it lies.
        seed: Of the choice of a part.
        report: Takes each fault of the listing from which it can go on; it raises the first by default.

    Raises:
        SimsError: A fault from which it cannot.
    """
    root = Path(source.root)
    if not root.is_dir():
        raise SimsError(
            root,
            "no such folder",
            expected="the dataset, as prepare.source.root says",
            found=None if root.is_absolute() else f"nothing below {Path.cwd()}",
            remedy="check the path; in another working folder (dvc exp run --temp, --queue) it must be absolute",
        )
    return _ADAPTERS[source.dataset](source, seed, report)


def _render(item: tuple[str, Split], seed: int, config: PrepareConfig) -> Scene:
    scene_id, split = item
    return render_scene(seed, scene_id, split, config.height_px, config.width_px)
