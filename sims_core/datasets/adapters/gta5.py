"""GTA5 (Richter et al. 2016, Playing for Data): frames of a game with Cityscapes' labels, as downloaded."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sims_core.base.errors import Report, SimsError, stop
from sims_core.base.read_pictures import read_label_picture, read_photo
from sims_core.datasets.adapters.cityscapes_labels import CityscapesLabels, read_labels
from sims_core.datasets.pairs import LabelledPhoto, match_folders
from sims_core.datasets.raw import RawDataset, RawScene, choose_items
from sims_core.datasets.raw_files import read_mat_numbers
from sims_core.datasets.settings import Gta5Source
from sims_core.scenes.frames import centred
from sims_core.scenes.scene import Split
from sims_core.scenes.street_categories import CANONICAL

LICENCE = "Playing for Data (GTA5), its own terms (research and education, non-commercial)"
_SPLIT_FROM = "split.mat is in read_mapping.zip of download.visinf.tu-darmstadt.de/data/from_games"
_SPLIT_KEYS: dict[Split, str] = {"train": "trainIds", "val": "valIds"}
# Their photos are one colour all over, their label maps are not.
_BLANK_PHOTOS = (15188, 17705)
# Some photos are a few pixels larger or smaller than their label maps.
_MAX_SIZE_DIFFERENCE_PX = 20


def open_dataset(source: Gta5Source, seed: int, report: Report = stop) -> RawDataset[LabelledPhoto]:
    """List the photos that were unpacked and are in the splits train and val of split.mat.

    Raises:
        SimsError: split.mat is missing or damaged, a photo has no label map, or the other way round, or a split is
            empty.
    """
    root = Path(source.root)
    split_of = {
        f"{number:05d}": split
        for split, key in _SPLIT_KEYS.items()
        for number in read_mat_numbers(root / "split.mat", key, _SPLIT_FROM).tolist()
        if number not in _BLANK_PHOTOS
    }
    pairs = match_folders("train", root / "images", root / "labels", report=report)
    chosen = [
        LabelledPhoto(pair.scene_id, split, pair.photo, pair.labels)
        for split in _SPLIT_KEYS
        for pair in pairs
        if split_of.get(pair.scene_id) == split
    ]
    return RawDataset(
        CANONICAL, choose_items(chosen, source, seed, report), partial(_read, labels=read_labels()), LICENCE
    )


def _read(pair: LabelledPhoto, labels: CityscapesLabels) -> RawScene:
    photo = read_photo(pair.photo)
    ids = labels.decode(read_label_picture(pair.labels), pair.labels)
    if max(abs(a - b) for a, b in zip(photo.shape, ids.shape, strict=False)) > _MAX_SIZE_DIFFERENCE_PX:
        raise SimsError(
            pair.labels,
            "label map and photo differ in size",
            expected=f"{photo.shape[1]}x{photo.shape[0]} as {pair.photo.name}, or {_MAX_SIZE_DIFFERENCE_PX} pixels off",
            found=f"{ids.shape[1]}x{ids.shape[0]}",
        )
    height, width = (min(a, b) for a, b in zip(photo.shape, ids.shape, strict=False))
    return RawScene(_crop(photo, height, width), _crop(ids, height, width))


def _crop(array: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    return array[centred(array.shape[0], height), centred(array.shape[1], width)]
