"""A folder of your own photos and label maps, described in params.yaml and a class table in YAML."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sims_core.classes import VOID, ClassTable
from sims_core.datasets.class_tables import read_class_table
from sims_core.datasets.decoding import LabelValues, check_one_channel
from sims_core.datasets.pairs import LabelledPhoto, check_size, match_pairs
from sims_core.datasets.raw import RawDataset, RawScene, choose_items
from sims_core.datasets.settings import FolderSource
from sims_core.errors import SimsError
from sims_core.images import read_photo, read_picture


def open_dataset(source: FolderSource, seed: int) -> RawDataset[LabelledPhoto]:
    """Read the class table and list the pairs; SimsError when the table is wrong or files do not match."""
    root = Path(source.root)
    classes = read_class_table(root / source.classes)
    train = match_pairs("train", sorted(root.glob(source.train_photos)), sorted(root.glob(source.train_labels)), root)
    val = match_pairs("val", sorted(root.glob(source.val_photos)), sorted(root.glob(source.val_labels)), root)
    read = partial(_read, classes=classes, has_palette=source.encoding == "palette")
    return RawDataset(classes, choose_items(train + val, source, seed), read, source.licence)


def _read(pair: LabelledPhoto, classes: ClassTable, has_palette: bool) -> RawScene:
    photo = read_photo(pair.photo)
    picture = read_picture(pair.labels)
    labels = (
        _decode_palette(picture, classes, pair.labels) if has_palette else _decode_ids(picture, classes, pair.labels)
    )
    check_size(labels, photo, pair.labels, pair.photo)
    return RawScene(photo, labels)


def _decode_palette(picture: NDArray[Any], classes: ClassTable, where: Path) -> NDArray[np.uint8]:
    if picture.ndim != 3:
        raise SimsError(where, "label map has one channel", expected="palette colours (encoding: palette)")
    return classes.decode_palette(picture, where)


def _decode_ids(picture: NDArray[Any], classes: ClassTable, where: Path) -> NDArray[np.uint8]:
    check_one_channel(picture, where, "set encoding: palette if the colours are those of the class table")
    values = {index: index for index in range(len(classes))} | {VOID: VOID}
    ids = LabelValues(values, f"0..{len(classes) - 1} or {VOID} (void)")
    return ids.decode(picture, where, "check the class table or map these values to void")
