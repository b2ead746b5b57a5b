"""NYU Depth V2 (Silberman et al. 2012), the labelled set: nyu_depth_v2_labeled.mat with the official split."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sims_core.base.errors import Report, SimsError, stop
from sims_core.datasets.class_tables import packaged_table
from sims_core.datasets.raw import Item, RawDataset, RawScene, choose_items
from sims_core.datasets.raw_files import read_mat_numbers
from sims_core.datasets.settings import NyuSource
from sims_core.scenes.classes import VOID
from sims_core.scenes.scene import Split

LICENCE = "NYU Depth V2, its own terms (research)"
_DATA_FROM = "download it again from cs.nyu.edu/~silberman/datasets/nyu_depth_v2.html"
_SPLITS_FROM = "splits.mat is on the page of indoor_seg_sup, see docs/datasets.md"
_MAPPING_FROM = "classMapping40.mat is Gupta et al.'s (CVPR 2013), see docs/datasets.md"
_SPLIT_KEYS: dict[Split, str] = {"train": "trainNdxs", "val": "testNdxs"}
NUM_NAMES = 894
_HEIGHT_PX, _WIDTH_PX = 480, 640
# The part that the dataset's toolbox (get_projection_mask) calls valid; around it lies a white frame.
PROJECTED = (slice(44, 471), slice(40, 601))
# The 13 of Couprie et al. (2013), counted from 1, of the 40 in their order.
CATEGORY_13_OF_40 = (
    12, 5, 6, 1, 4, 9, 10, 12, 13, 6, 8, 6, 13, 10, 6, 13, 6, 7, 7, 5,
    7, 3, 2, 6, 11, 7, 7, 7, 7, 7, 7, 6, 7, 7, 7, 7, 7, 7, 6, 7,
)  # fmt: skip
# By dataset, the type, and the axes after the photo's number as HDF5 has them: MATLAB's in reverse.
_FORM = {
    "images": ("uint8", (3, _WIDTH_PX, _HEIGHT_PX)),
    "labels": ("uint16", (_WIDTH_PX, _HEIGHT_PX)),
    "instances": ("uint8", (_WIDTH_PX, _HEIGHT_PX)),
    "depths": ("float32", (_WIDTH_PX, _HEIGHT_PX)),
}


@dataclass(frozen=True)
class NyuItem(Item):
    """A labelled frame; `photo` is the .mat file, `index` its place there, from 0."""

    index: int


def open_dataset(source: NyuSource, seed: int, report: Report = stop) -> RawDataset[NyuItem]:
    """Check the three files and list the frames of the official split.

    Raises:
        SimsError: A file is missing, damaged or of another form.
    """
    root = Path(source.root)
    data = root / "nyu_depth_v2_labeled.mat"
    num_frames = _check_data(data)
    items: list[NyuItem] = []
    for split, key in _SPLIT_KEYS.items():
        numbers = np.sort(read_mat_numbers(root / "splits.mat", key, _SPLITS_FROM))
        if len(numbers) and not 1 <= numbers[0] <= numbers[-1] <= num_frames:
            raise SimsError(root / "splits.mat", f"'{key}'", expected=f"1..{num_frames}", found=f"up to {numbers[-1]}")
        items += [NyuItem(f"nyu_{number:04d}", split, data, number - 1) for number in numbers.tolist()]
    lookup = _category_of_label(root / "classMapping40.mat", source.num_categories)
    classes = packaged_table(f"nyu{source.num_categories}")
    return RawDataset(classes, choose_items(items, source, seed, report), partial(_read, lookup=lookup), LICENCE)


def _open(path: Path) -> Any:
    import h5py  # a fifth of a second that no other dataset needs

    if not path.is_file():
        raise SimsError(path, "not found", remedy=_DATA_FROM)
    try:
        return h5py.File(path, "r")
    except OSError as error:
        raise SimsError(path, "is not a readable HDF5 file", found=str(error), remedy=_DATA_FROM) from error


def _check_data(path: Path) -> int:
    """Check that the data file holds what is read; return the number of frames."""
    with _open(path) as file:
        missing = [name for name in _FORM if name not in file]
        if missing:
            raise SimsError(path, f"'{missing[0]}' not found", expected=", ".join(_FORM), remedy=_DATA_FROM)
        num_frames = int(file["images"].shape[0])
        for name, (dtype, axes) in _FORM.items():
            expected, found = (f"{dtype} {(num_frames, *axes)}", f"{file[name].dtype} {file[name].shape}")
            if expected != found:
                raise SimsError(path, f"form of '{name}'", expected=expected, found=found, remedy=_DATA_FROM)
    return num_frames


def _category_of_label(path: Path, num_categories: int) -> NDArray[np.uint8]:
    """Return the category id of each label, (895,) uint8: 255 for 0 = unlabelled."""
    mapping = read_mat_numbers(path, "mapClass", _MAPPING_FROM)
    if len(mapping) != NUM_NAMES or mapping.min() < 1 or mapping.max() > len(CATEGORY_13_OF_40):
        raise SimsError(
            path,
            "'mapClass'",
            expected=f"{NUM_NAMES} numbers of 1..{len(CATEGORY_13_OF_40)}",
            found=f"{len(mapping)} numbers up to {mapping.max(initial=0)}",
            remedy=_MAPPING_FROM,
        )
    if num_categories != len(CATEGORY_13_OF_40):
        mapping = np.array(CATEGORY_13_OF_40)[mapping - 1]
    return np.append(VOID, mapping - 1).astype(np.uint8)


def _read(item: NyuItem, lookup: NDArray[np.uint8]) -> RawScene:
    with _open(item.photo) as file:
        try:
            frame = {name: np.asarray(file[name][item.index]).T[PROJECTED] for name in _FORM}
        except OSError as error:
            raise SimsError(
                item.photo, f"frame {item.index + 1} is damaged", found=str(error), remedy=_DATA_FROM
            ) from error
    raw_labels = frame["labels"].astype(np.int64)
    if raw_labels.max() > NUM_NAMES:
        raise SimsError(
            item.photo, f"label of frame {item.index + 1}", expected=f"0..{NUM_NAMES}", found=int(raw_labels.max())
        )
    labels = lookup[raw_labels]
    return RawScene(
        np.ascontiguousarray(frame["images"]),
        labels,
        number_instances(raw_labels, frame["instances"], labels),
        np.ascontiguousarray(frame["depths"], dtype=np.float32),
    )


def number_instances(
    raw_labels: NDArray[np.int64], numbers: NDArray[np.uint8], labels: NDArray[np.uint8]
) -> NDArray[np.uint16]:
    """Give each instance of a scene an id of its own; the dataset counts them anew for each of its 894 names.

    Args:
        raw_labels: (H, W) int64, 0..894.
        numbers: (H, W) uint8, 0 = none.
        labels: (H, W) uint8 category ids, 255 = void, which has no instances.

    Returns:
        (H, W) uint16, 0 = none, from 1 in the order of name and number.
    """
    pairs = np.where((numbers > 0) & (labels != VOID), raw_labels * 256 + numbers, 0)
    ids, place = np.unique(pairs, return_inverse=True)
    # 0 is the lowest where it occurs at all.
    return (place.reshape(pairs.shape) + (0 if ids[0] == 0 else 1)).astype(np.uint16)
