"""CamVid (Brostow et al. 2009): SegNet's form (480x360, 11 categories), the original and Kaggle's (960x720, 31)."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sims_core.base.errors import Report, SimsError, stop
from sims_core.base.read_pictures import read_label_picture, read_photo
from sims_core.datasets.class_tables import packaged_table
from sims_core.datasets.decoding import LabelValues, painted
from sims_core.datasets.pairs import LabelledPhoto, check_size, files_of_type, match_folders, match_pairs, read_values
from sims_core.datasets.raw import RawDataset, RawScene, choose_items
from sims_core.datasets.settings import CamvidSource
from sims_core.scenes.classes import VOID, Category, ClassTable, Role
from sims_core.scenes.label_values import UnknownLabelsError, decode_table_colours
from sims_core.scenes.scene import SPLITS, Split

CLASSES = ClassTable(
    categories=tuple(
        Category(name=name, colour=colour, role=role)
        for name, colour, role in (
            ("sky", (128, 128, 128), Role.STUFF),
            ("building", (128, 0, 0), Role.STUFF),
            ("pole", (192, 192, 128), Role.THIN),
            ("road", (128, 64, 128), Role.PLANAR),
            ("pavement", (60, 40, 222), Role.PLANAR),
            ("tree", (128, 128, 0), Role.FOLIAGE),
            ("sign symbol", (192, 128, 128), Role.THIN),
            ("fence", (64, 64, 128), Role.STUFF),
            ("car", (64, 0, 128), Role.OBJECT),
            ("pedestrian", (64, 64, 0), Role.OBJECT),
            ("bicyclist", (0, 128, 192), Role.OBJECT),
        )
    )
)
LICENCE = "CamVid (University of Cambridge), research use"
SEGNET_VALUES = LabelValues(
    {index: index for index in range(len(CLASSES))} | {len(CLASSES): VOID, VOID: VOID}, "0..11, 11 = void"
)
_NAME = re.compile(r"(0001TP|0006R0|0016E5|Seq05VD)_f?(\d+)(_L)?")
# Single pixels of the original label maps have colours that no label has.
_MAX_UNKNOWN_FRACTION = 0.001
# The recordings and frames of the common split (367 train, 101 val, 233 test).
_LAST_TRAIN_FRAME_OF_0001TP = 8520
_VAL_FRAMES_OF_0016E5 = range(7959, 8160, 2)


def open_dataset(source: CamvidSource, seed: int, report: Report = stop) -> RawDataset[LabelledPhoto]:
    """List the photo-label pairs of both splits; a missing folder and files that do not match go to `report`."""
    root = Path(source.root)
    if source.form != "segnet":
        list_split = _original_pairs if source.form == "original" else _kaggle_pairs
        found = [pair for split in SPLITS for pair in list_split(root, split, report)]
        classes = packaged_table("camvid_original")
        return RawDataset(
            classes, choose_items(found, source, seed, report), partial(_read_original, classes=classes), LICENCE
        )
    pairs = [
        pair for split in SPLITS for pair in match_folders(split, root / split, root / f"{split}annot", report=report)
    ]
    read = partial(read_values, values=SEGNET_VALUES, remedy="the label maps in colour need form: original")
    return RawDataset(CLASSES, choose_items(pairs, source, seed, report), read, LICENCE)


def _original_pairs(root: Path, split: Split, report: Report) -> list[LabelledPhoto]:
    photos, labels = (
        [path for path in files_of_type(root / folder, ".png") if original_split(path.stem) == split]
        for folder in ("701_StillsRaw_full", "LabeledApproved_full")
    )
    return match_pairs(split, photos, labels, root, "_L", report)


def _kaggle_pairs(root: Path, split: Split, report: Report) -> list[LabelledPhoto]:
    """List a split of the copy on Kaggle, which divides the 701 photos in its own way."""
    photos, labels = (files_of_type(root / folder, ".png") for folder in (split, f"{split}_labels"))
    return match_pairs(split, photos, labels, root, "_L", report)


def is_of_camvid(stem: str) -> bool:
    """Say whether a file is called as the photos or label maps of CamVid are."""
    return _NAME.fullmatch(stem) is not None


def original_split(stem: str) -> Split | None:
    """Return the split of an original file by its name, as SegNet and Sturgess et al. (2009) split the 701 frames.

    Args:
        stem: Such as "0016E5_07959" or "0006R0_f00930_L".

    Returns:
        "train" or "val"; None for the test photos, which are in neither.

    Raises:
        SimsError: The name is none of the dataset's.
    """
    match = _NAME.fullmatch(stem)
    if match is None:
        raise SimsError(stem, "is no file name of CamVid", expected="such as 0016E5_07959 or Seq05VD_f00000_L")
    recording, frame = match[1], int(match[2])
    if recording == "Seq05VD" or (recording == "0001TP" and frame > _LAST_TRAIN_FRAME_OF_0001TP):
        return None
    return "val" if recording == "0016E5" and frame in _VAL_FRAMES_OF_0016E5 else "train"


def _read_original(pair: LabelledPhoto, classes: ClassTable) -> RawScene:
    photo = read_photo(pair.photo)
    picture = read_label_picture(pair.labels)
    check_size(picture.stored, photo, pair.labels, pair.photo)
    shown = painted(picture, classes.palette, pair.labels, "the 32 colours of label_colors.txt")
    return RawScene(photo, decode_original(shown, pair.labels, classes))


def decode_original(picture: NDArray[np.uint8], where: object, classes: ClassTable) -> NDArray[np.uint8]:
    """Turn an (H, W, 3) uint8 RGB label picture of the original form into (H, W) uint8 category ids, 255 = void.

    Raises:
        SimsError: More than single pixels have a colour that no label has.
    """
    labels, known = decode_table_colours(picture, classes)
    num_unknown = int((~known).sum())
    if num_unknown > _MAX_UNKNOWN_FRACTION * known.size:
        row, column = np.argwhere(~known)[0]
        raise UnknownLabelsError(
            known,
            where,
            f"{num_unknown} pixels have no colour of label_colors.txt, "
            f"{tuple(int(value) for value in picture[row, column])} at row {row}, column {column}",
            remedy="label maps must be the original PNG files",
        )
    return labels
