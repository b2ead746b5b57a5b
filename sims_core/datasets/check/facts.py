"""What a worker finds out about one scene: numbers and faults, no pictures, so that any dataset fits into memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from sims_core.base.errors import SimsError
from sims_core.base.read_pictures import LabelPicture, read_label_picture, read_photo
from sims_core.datasets.check.photo_hash import Fingerprint, fingerprint
from sims_core.datasets.pairs import LabelledPhoto, check_size
from sims_core.datasets.raw import Item, RawScene
from sims_core.datasets.smoothing import filling
from sims_core.scenes.classes import VOID
from sims_core.scenes.label_values import UnknownLabelsError, pack_colours

Content = TypeVar("Content")
UNREADABLE = "files that cannot be read"
SIZES = "photo and label map of different size"
UNKNOWN = "unknown label values"
FORM = "label maps of another form than the parameters say"


@dataclass(frozen=True)
class DepthFacts:
    """Depth of a scene: share of pixels where it is unknown; over the others, all finite ones, in metres.

    `is_whole`: every value is a whole number. `num_wrong`: pixels below 0 or that are no number.
    """

    share_unknown: float
    median_m: float
    max_m: float
    is_whole: bool
    num_wrong: int


@dataclass(frozen=True)
class SceneFacts:
    """What is known of a scene; None is what could not be found out because a file cannot be read.

    Attributes:
        item: The scene.
        faults: (kind, one line) of each fault that was met on reading it.
        photo_size: (height, width) in pixels.
        brightness: The least and the greatest value of the photo, of 0..255.
        print: Of the photo.
        category_counts: (256,) int64, pixels by category id, the last one void.
        label_values: Pixels by value of a label file of one channel or three equal ones, as stored.
        shades: Of a label file each value, or packed colour of a colour file, and whether it fills a block of pixels.
        crossing: By instance id, the category ids that it lies in, of instances in more than one.
        depth: None also where the dataset has none.
    """

    item: Item
    faults: list[tuple[str, str]] = field(default_factory=list)
    photo_size: tuple[int, int] | None = None
    brightness: tuple[int, int] | None = None
    print: Fingerprint | None = None
    category_counts: NDArray[np.int64] | None = None
    label_values: dict[int, int] | None = None
    shades: dict[int, bool] = field(default_factory=dict)
    crossing: dict[int, list[int]] = field(default_factory=dict)
    depth: DepthFacts | None = None


def collect_facts(item: Item, read: Callable[[Any], RawScene]) -> SceneFacts:
    """Read a scene and return what is to know of it; files that are wrong end up among the faults.

    Args:
        item: The scene.
        read: The adapter's reader of one item.
    """
    faults: list[tuple[str, str]] = []
    photo, picture = _read_files(item, faults)
    scene = None
    if not faults:
        scene = _attempt(lambda: read(item), FORM, faults)
        if scene is None and photo is not None and picture is not None and isinstance(item, LabelledPhoto):
            _check_size_as_well(picture, photo, item, faults)
    if scene is not None:
        photo = scene.photo
    return SceneFacts(
        item,
        faults,
        None if photo is None else (photo.shape[0], photo.shape[1]),
        None if photo is None else (int(photo.min()), int(photo.max())),
        None if photo is None else fingerprint(photo),
        None if scene is None else np.bincount(scene.labels.ravel(), minlength=VOID + 1),
        None if picture is None else _values_of(picture),
        {} if picture is None else _shades_of(picture),
        {} if scene is None or scene.instances is None else crossing_instances(scene.instances, scene.labels),
        None if scene is None or scene.depth_m is None else depth_facts(scene.depth_m),
    )


def _read_files(item: Item, faults: list[tuple[str, str]]) -> tuple[NDArray[np.uint8] | None, LabelPicture | None]:
    """Read the photo and the label file as stored, each by itself, so that two damaged files are two faults."""
    if not isinstance(item, LabelledPhoto):
        return None, None
    photo = _attempt(lambda: read_photo(item.photo), UNREADABLE, faults)
    return photo, _attempt(lambda: read_label_picture(item.labels), UNREADABLE, faults)


def _attempt(read: Callable[[], Content], kind: str, faults: list[tuple[str, str]]) -> Content | None:
    try:
        return read()
    except UnknownLabelsError as error:
        faults.append((UNKNOWN, str(error)))
    except SimsError as error:
        faults.append((kind, str(error)))
    return None


def _check_size_as_well(
    picture: LabelPicture, photo: NDArray[np.uint8], item: LabelledPhoto, faults: list[tuple[str, str]]
) -> None:
    """Add a difference in size to the faults: an adapter stops at the values, or says it under the general kind."""
    try:
        check_size(picture.stored, photo, item.labels, item.photo)
    except SimsError as error:
        said = [(kind, text) for kind, text in faults if text != str(error)]
        faults[:] = [*said, (SIZES, str(error))]


def _values_of(picture: LabelPicture) -> dict[int, int] | None:
    stored = picture.in_one_channel().stored
    return count_values(stored) if stored.ndim == 2 else None


def _shades_of(picture: LabelPicture) -> dict[int, bool]:
    shown = picture.as_shown().in_one_channel()
    codes = pack_colours(shown.stored) if shown.stored.ndim == 3 else shown.stored
    return dict.fromkeys(np.unique(codes).tolist(), False) | dict.fromkeys(filling(codes), True)


def count_values(picture: NDArray[Any]) -> dict[int, int]:
    """Return the number of pixels by value of an (H, W) integer picture, values ascending."""
    counts = np.bincount(picture.ravel().astype(np.int64))
    return {int(value): int(counts[value]) for value in np.flatnonzero(counts)}


def crossing_instances(instances: NDArray[np.uint16], labels: NDArray[np.uint8]) -> dict[int, list[int]]:
    """Return the instances that lie in more than one category, with these.

    Args:
        instances: (H, W) uint16, 0 = none.
        labels: (H, W) uint8 category ids, 255 = void, which counts as a category here: it belongs to no instance.
    """
    pairs = np.unique(instances.astype(np.int64) * (VOID + 1) + labels)
    categories: dict[int, list[int]] = {}
    for pair in pairs.tolist():
        categories.setdefault(pair // (VOID + 1), []).append(pair % (VOID + 1))
    return {instance: found for instance, found in categories.items() if instance > 0 and len(found) > 1}


def depth_facts(depth_m: NDArray[np.float32]) -> DepthFacts:
    """Return what is to know of an (H, W) float32 depth map in metres: 0 = unknown, infinite = sky."""
    wrong = np.isnan(depth_m) | (depth_m < 0)
    known = depth_m[np.isfinite(depth_m) & (depth_m > 0)]
    return DepthFacts(
        float((depth_m == 0).mean()),
        float(np.median(known)) if known.size else 0.0,
        float(known.max(initial=0)),
        bool(known.size) and bool((known == np.round(known)).all()),
        int(wrong.sum()),
    )
