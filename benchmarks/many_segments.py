"""As many segments of one category as a search is measured on, made of few annotated scenes.

Each layout is a window of a scene: mirrored or not, up to 2.2 times enlarged, its sides changed by a tenth, at any
place within the frame, and bent by a smooth displacement of up to 3 of the grid's 128 columns. Whole layouts are
changed, so that segments keep surroundings that belong to them. Queries are windows of other scenes than the bank's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from sims_core.bank.blocks import PackedDescriptor, pack
from sims_core.bank.descriptors import Descriptor, DescriptorSet
from sims_core.bank.search_index import build_index
from sims_core.base.parallel import parallel_map
from sims_core.base.seeding import random_stream
from sims_core.formats.search_index import SearchIndex
from sims_core.scenes.boxes import box_slices, context_box
from sims_core.scenes.classes import VOID, ClassTable
from sims_core.scenes.scene import Scene
from sims_core.scenes.segments import Segment, extract_segments

GRID = (64, 128)
_WINDOWS_AT_ONCE = 500


class Layouts(NamedTuple):
    """Annotated scenes, and the category that is looked for."""

    scenes: list[Scene]
    classes: ClassTable
    category: int


def window(scene: Scene, stream: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.uint16] | None]:
    """Return labels and instances of a random window of a scene, both on the grid."""
    zoom = np.exp(stream.uniform(0, np.log(2.2)))
    height, width = np.minimum(np.exp(stream.uniform(-0.1, 0.1, 2)) / zoom, 1.0)
    top, left = stream.uniform(0, 1 - height), stream.uniform(0, 1 - width)
    bends = [cv2.resize(stream.uniform(-0.024, 0.024, (4, 8)), GRID[::-1], interpolation=cv2.INTER_CUBIC) for _ in "yx"]
    y = top + height * ((np.arange(GRID[0]) + 0.5) / GRID[0])[:, None] + bends[0] * height
    x = left + width * ((np.arange(GRID[1]) + 0.5) / GRID[1])[None] + bends[1] * width
    if stream.random() < 0.5:
        x = 1 - x
    frame = scene.labels.shape
    rows, columns = (
        np.clip((at * size).astype(np.int64), 0, size - 1) for at, size in zip((y, x), frame, strict=False)
    )
    return scene.labels[rows, columns], None if scene.instances is None else scene.instances[rows, columns]


def descriptors(number: int, layouts: Layouts, purpose: str) -> list[Descriptor]:
    """Describe the segments of the category in the window of a number."""
    stream = random_stream(0, "benchmark", purpose, number)
    labels, instances = window(layouts.scenes[number % len(layouts.scenes)], stream)
    alone = np.where(labels == layouts.category, labels, VOID).astype(np.uint8)
    return [_describe(segment, labels) for segment in extract_segments(alone, layouts.classes, instances)]


def _describe(segment: Segment, labels: NDArray[np.uint8]) -> Descriptor:
    """Do what `describe` does, without resampling: a pixel of the window is a cell."""
    context = np.full(GRID, VOID, dtype=np.uint8)
    around = box_slices(context_box(segment.box, GRID))
    context[around] = labels[around]
    return Descriptor(segment.full_mask(GRID), context)


def make_segments(layouts: Layouts, size: int) -> tuple[list[PackedDescriptor], NDArray[np.int64]]:
    """Return so many segments, and the window of each."""
    segments: list[PackedDescriptor] = []
    windows: list[int] = []
    first = 0
    while len(segments) < size:
        starts = list(range(first, first + 20 * _WINDOWS_AT_ONCE, _WINDOWS_AT_ONCE))
        for start, found in zip(starts, parallel_map(partial(_packed, layouts=layouts), starts, ""), strict=True):
            for offset, of_window in enumerate(found):
                segments += of_window
                windows += [start + offset] * len(of_window)
        first += 20 * _WINDOWS_AT_ONCE
    return segments[:size], np.array(windows[:size])


def index_of(segments: list[PackedDescriptor], windows: NDArray[np.int64], layouts: Layouts) -> SearchIndex:
    """Return the search index of segments whose ids rise; each window is a photo."""
    order = np.arange(len(segments))
    return build_index(segments, windows, order, order, GRID, len(layouts.classes))


def _packed(first: int, layouts: Layouts) -> list[list[PackedDescriptor]]:
    numbers = range(first, first + _WINDOWS_AT_ONCE)
    return [[pack(each, len(layouts.classes)) for each in descriptors(n, layouts, "bank")] for n in numbers]


def queries(layouts: Layouts, size: int, least_cells: int) -> Sequence[Descriptor]:
    """Return so many segments of at least so many cells, the largest of each window."""

    def largest() -> Iterator[Descriptor]:
        number = 0
        while True:
            found = descriptors(number, layouts, "queries")
            large = [each for each in found if np.count_nonzero(each.mask) >= least_cells]
            if large:
                yield max(large, key=lambda each: int(np.count_nonzero(each.mask)))
            number += 1

    return [each for each, _ in zip(largest(), range(size), strict=False)]


def save_queries(path: Path, asked: DescriptorSet) -> None:
    """Write queries; `load_queries` reads them."""
    np.savez(path, masks=asked.masks, contexts=asked.contexts, num_categories=asked.num_categories)


def load_queries(path: Path) -> DescriptorSet:
    """Read queries."""
    with np.load(path) as stored:
        return DescriptorSet(stored["masks"], stored["contexts"], int(stored["num_categories"]))
