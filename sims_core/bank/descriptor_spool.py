"""Packed descriptors on disk while a bank is made: memory holds a few numbers of each segment.

Search indexes are made when all photos were cut, and those of a million segments would fill gigabytes until then.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from sims_core.bank.blocks import PackedDescriptor, num_planes
from sims_core.scenes.boxes import Box

_BOXES = ("mask_box", "context_box", "block_box")
_AREAS = ("mask_area", "context_area")
_NUMBERS = np.dtype(
    [("photo", np.int32), ("component", np.int32), ("num_words", np.int32), ("start", np.int64)]
    + [(name, np.int32, 4) for name in _BOXES]
    + [(name, np.int32) for name in _AREAS]
)


class DescriptorSpool:
    """Takes the descriptors of all categories in any order, and gives back those of one.

    Holds 76 bytes of a segment. Sketches and words go to the file.
    """

    def __init__(self, file: IO[bytes], num_categories: int) -> None:
        """Begin with an empty file that is open for writing and reading, and the size of the class table."""
        self._file = file
        self._num_categories = num_categories
        self._numbers: dict[int, bytearray] = defaultdict(bytearray)
        self._end = 0

    def add(self, category: int, photo: int, component: int, descriptor: PackedDescriptor) -> None:
        """Take the next segment: its category, the number of its photo, its index there, and its descriptor."""
        numbers = np.zeros(1, _NUMBERS)
        numbers["photo"], numbers["component"] = photo, component
        numbers["num_words"], numbers["start"] = len(descriptor.words), self._end
        for name in (*_BOXES, *_AREAS):
            numbers[name] = getattr(descriptor, name)
        self._numbers[category] += numbers.tobytes()
        for array in (descriptor.sketch, descriptor.words):
            self._end += self._file.write(array.tobytes())

    def num_segments(self) -> dict[int, int]:
        """Return the number of segments of each category that has any, by its id, ascending."""
        return {category: len(self._numbers[category]) // _NUMBERS.itemsize for category in sorted(self._numbers)}

    def of(self, category: int) -> SpooledDescriptors:
        """Return the segments of a category; the spool takes no more then."""
        self._file.flush()
        numbers = np.frombuffer(self._numbers[category], _NUMBERS)
        return SpooledDescriptors(numbers, self._file.fileno(), 1 + num_planes(self._num_categories))


@dataclass(frozen=True)
class SpooledDescriptors:
    """The descriptors of one category in the order in which they were added, each read when it is asked for."""

    _numbers: NDArray[Any]
    _file_descriptor: int
    _words_per_block: int

    @property
    def photos(self) -> NDArray[np.int64]:
        """(N,) numbers of the photos."""
        return self._numbers["photo"].astype(np.int64)

    @property
    def components(self) -> NDArray[np.int64]:
        """(N,) indices of the segments in their photos."""
        return self._numbers["component"].astype(np.int64)

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[PackedDescriptor]:
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, row: int) -> PackedDescriptor:
        numbers = self._numbers[row]
        mask_box, context_box, block_box = (_box(numbers[name]) for name in _BOXES)
        shape = (block_box[2] - block_box[0], block_box[3] - block_box[1], 4)
        num_counts = shape[0] * shape[1] * shape[2]
        word_bytes = int(numbers["num_words"]) * self._words_per_block * np.dtype(np.uint64).itemsize
        stored = os.pread(self._file_descriptor, num_counts + word_bytes, int(numbers["start"]))
        return PackedDescriptor(
            mask_box=mask_box,
            context_box=context_box,
            mask_area=int(numbers["mask_area"]),
            context_area=int(numbers["context_area"]),
            block_box=block_box,
            sketch=np.frombuffer(stored, np.uint8, num_counts).reshape(shape),
            words=np.frombuffer(stored, np.uint64, offset=num_counts).reshape(-1, self._words_per_block),
        )


def _box(numbers: NDArray[np.int32]) -> Box:
    top, left, bottom, right = numbers.tolist()
    return top, left, bottom, right
