"""Any dataset -> scenes: the one place that knows which adapters exist."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sims_core.classes import ClassTable
from sims_core.datasets import camvid, folder
from sims_core.datasets.pairs import LabelledPhoto, PairDataset
from sims_core.datasets.settings import CamvidSource, PrepareConfig, SyntheticStreetSource
from sims_core.datasets.synthetic_street import render as synthetic_street
from sims_core.errors import SimsError
from sims_core.parallel import parallel_map
from sims_core.scene import Scene, Split


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
        return Dataset(synthetic_street.CLASSES, parallel_map(render, wanted, "render scenes"))
    if isinstance(source, CamvidSource):
        return _from_pairs(camvid.DATASET, camvid.list_pairs(Path(source.root)), config)
    return _from_pairs(folder.read_dataset(source), folder.list_pairs(source), config)


def _from_pairs(dataset: PairDataset, pairs: list[LabelledPhoto], config: PrepareConfig) -> Dataset:
    seen: dict[str, LabelledPhoto] = {}
    for pair in pairs:
        if pair.scene_id in seen:
            raise SimsError(
                pair.photo,
                f"has the same name as {seen[pair.scene_id].photo}",
                expected="unique file names over both splits",
                remedy="rename one; validation scenes must not be training scenes",
            )
        seen[pair.scene_id] = pair
    load = partial(dataset.load, height_px=config.height_px, width_px=config.width_px)
    return Dataset(dataset.classes, parallel_map(load, pairs, "read scenes"))


def _render(item: tuple[str, Split], seed: int, config: PrepareConfig) -> Scene:
    scene_id, split = item
    return synthetic_street.render_scene(seed, scene_id, split, config.height_px, config.width_px)
