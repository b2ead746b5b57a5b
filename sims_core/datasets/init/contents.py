"""What pictures hold: flat areas as label maps do, or everything as photos do; which of two label maps is wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sims_core.base.errors import SimsError
from sims_core.base.read_pictures import read_label_picture
from sims_core.scenes.classes import MAX_CATEGORIES
from sims_core.scenes.label_values import pack_colours

_MIN_FLAT_SHARE = 0.5
_NUM_SAMPLES = 5


def samples(items: Sequence[Any]) -> list[Any]:
    """Return at most 5 of the items, from the first to the last."""
    places = np.linspace(0, len(items) - 1, min(_NUM_SAMPLES, len(items))).round().astype(int)
    return [items[place] for place in places]


def codes_of(path: Path) -> NDArray[Any] | None:
    """Return the values or packed colours of a label map, (H, W); None where a file is none by its content.

    A label map is lossless, has no more values than a class table, and its pixels mostly equal their neighbours.
    """
    try:
        picture = read_label_picture(path).in_one_channel()
    except SimsError:
        return None
    codes = picture.stored if picture.stored.ndim == 2 else pack_colours(picture.stored)
    is_flat = codes.shape[1] == 1 or float((codes[:, 1:] == codes[:, :-1]).mean()) > _MIN_FLAT_SHARE
    return codes if is_flat and len(np.unique(codes)) <= MAX_CATEGORIES + 1 else None


def wanted_labels(first: Mapping[Path, Path], second: Mapping[Path, Path]) -> int | None:
    """Decide which of two label maps of the same photos tells categories.

    One that is none by its content is not wanted. Of the same areas in values and in colours, the values are. Of
    areas that divide the other's, those are instances which have one number in areas of different categories, or
    numbers that no second photo has.

    Args:
        first: A label file by photo.
        second: The other label file by photo; some photos are in both.

    Returns:
        0 or 1, None where both may be wanted.
    """
    photos = samples(sorted(first.keys() & second.keys()))
    pairs = [(codes_of(first[photo]), codes_of(second[photo])) for photo in photos]
    is_label_map = [all(pair[side] is not None for pair in pairs) for side in (0, 1)]
    if is_label_map[0] != is_label_map[1]:
        return is_label_map.index(True)
    if not is_label_map[0]:
        return None
    held = [(one, other) for one, other in pairs if one is not None and other is not None and one.shape == other.shape]
    if not held:
        return None
    divides = [all(_divides(pair[side], pair[1 - side]) for pair in held) for side in (0, 1)]
    numbers = [
        divides[side] and _numbers_instances([(pair[side], pair[1 - side]) for pair in held], not divides[1 - side])
        for side in (0, 1)
    ]
    if numbers[0] != numbers[1]:
        return numbers.index(False)
    is_value = [codes_are_values(next(iter(files.values()))) for files in (first, second)]
    return is_value.index(True) if all(divides) and is_value[0] != is_value[1] else None


def codes_are_values(path: Path) -> bool:
    """Say whether a label map has one channel, or three equal ones."""
    return read_label_picture(path).in_one_channel().stored.ndim == 2


def _divides(fine: NDArray[Any], coarse: NDArray[Any]) -> bool:
    """Say whether each value of `fine` lies in one value of `coarse`."""
    return len(_joint(fine, coarse)) == len(np.unique(fine))


def _joint(fine: NDArray[Any], coarse: NDArray[Any]) -> set[tuple[int, int]]:
    both = np.unique(np.stack([fine.ravel().astype(np.int64), coarse.ravel().astype(np.int64)]), axis=1)
    return set(zip(*both.tolist(), strict=True))


def _numbers_instances(pairs: Sequence[tuple[NDArray[Any], NDArray[Any]]], is_finer: bool) -> bool:
    """Say whether the first of two label maps numbers instances.

    Unique numbers are each in one photo alone, as most values are then. Numbers that start anew in each photo lie in
    several values of a coarser label map.
    """
    values: dict[int, set[int]] = {}
    num_photos: Counter[int] = Counter()
    for codes, other in pairs:
        joint = _joint(codes, other)
        num_photos.update({value for value, _ in joint})
        for value, beneath in joint:
            values.setdefault(value, set()).add(beneath)
    own = [value for value, count in num_photos.items() if count == 1]
    is_unique = len(pairs) > 1 and 2 * len(own) > len(num_photos)
    return is_unique or (is_finer and any(len(found) > 1 for found in values.values()))
