"""Packed descriptors of one category -> its search index: segments that are alike share a leaf.

The order is that of a k-d tree over the boxes and areas of the masks: the segments are halved at the median of whatever
differs most, until 64 are left. The tree itself is not kept; a search looks at the bounds of all leaves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sims_core.bank.blocks import PackedDescriptor, around, num_planes
from sims_core.formats.search_index import LEAF_SIZE, NO_PHOTO, NUM_BOUNDS, SearchIndex


class Descriptors(Protocol):
    """A list of packed descriptors, or what reads them one by one."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[PackedDescriptor]: ...

    def __getitem__(self, row: int, /) -> PackedDescriptor: ...


def build_index(
    segments: Descriptors,
    photos: NDArray[np.int64],
    components: NDArray[np.int64],
    ranks: NDArray[np.int64],
    grid: tuple[int, int],
    num_categories: int,
) -> SearchIndex:
    """Put N segments, possibly none, into leaves.

    Args:
        segments: On one grid and one class table; each is asked for twice.
        photos: (N,) codes of their photos, not negative.
        components: (N,) their indices in their photos.
        ranks: (N,) distinct; equal scores go by them.
        grid: (height, width) in cells.
        num_categories: Size of the class table.
    """
    leaves = list(_leaves(segments))
    order = np.concatenate([np.empty(0, np.int64), *leaves])
    bounds = np.zeros((len(leaves), NUM_BOUNDS), dtype=np.int32)
    sketches = [np.empty((0, 4, LEAF_SIZE), np.uint8)]
    words = [np.empty((0, 1 + num_planes(num_categories)), np.uint64)]
    # Of each segment in the order of leaves: cells of the mask, cells of the context, words.
    counts = np.zeros((len(order), 3), dtype=np.int64)
    for number, leaf in enumerate(leaves):
        of_leaf = [segments[row] for row in leaf]
        bounds[number] = common_bounds(of_leaf)
        sketches.append(_leaf_sketch(of_leaf, bounds[number, -4:]))
        words.append(np.concatenate([segment.words for segment in of_leaf]))
        first = number * LEAF_SIZE
        counts[first : first + len(leaf)] = [(s.mask_area, s.context_area, len(s.words)) for s in of_leaf]
    num_blocks = [len(sketch) for sketch in sketches[:-1]]
    mask_areas, context_areas, num_words = counts.T

    def places(values: NDArray[np.int64], empty: int = 0) -> NDArray[np.int32]:
        filled = np.full((len(leaves), LEAF_SIZE), empty, dtype=np.int32)
        filled.reshape(-1)[: len(order)] = values
        return filled

    first_words = np.full((len(leaves), LEAF_SIZE), num_words.sum(), dtype=np.int64)
    first_words.reshape(-1)[: len(order)] = np.cumsum(num_words) - num_words
    return SearchIndex(
        grid=grid,
        num_categories=num_categories,
        bounds=bounds,
        photos=places(photos[order], NO_PHOTO),
        components=places(components[order]),
        ranks=places(ranks[order]),
        mask_areas=places(mask_areas),
        context_areas=places(context_areas),
        first_words=first_words,
        first_blocks=np.cumsum(num_blocks, dtype=np.int64),
        sketch=np.concatenate(sketches),
        words=np.concatenate(words),
    )


def _leaves(segments: Descriptors) -> Iterator[NDArray[np.int64]]:
    """Yield the rows of each leaf; all leaves but the last are full."""
    # The root of the area has the scale of the box's sides.
    features = np.array(
        [(*segment.mask_box, np.sqrt(segment.mask_area)) for segment in segments], dtype=np.float32
    ).reshape(-1, 5)
    waiting = [np.arange(len(segments))] if len(segments) else []
    while waiting:
        rows = waiting.pop()
        if len(rows) <= LEAF_SIZE:
            yield rows
            continue
        of_rows = features[rows]
        widest = int(np.ptp(of_rows, axis=0).argmax())
        # Stable, so that the bank's bytes are the same everywhere.
        rows = rows[np.argsort(of_rows[:, widest], kind="stable")]
        half = -(-len(rows) // (2 * LEAF_SIZE)) * LEAF_SIZE
        waiting += [rows[half:], rows[:half]]


def common_bounds(segments: Sequence[PackedDescriptor]) -> tuple[int, ...]:
    """Return what holds for all of some segments, at least one; see `SearchIndex.bounds`."""
    masks, contexts = [s.mask_area for s in segments], [s.context_area for s in segments]
    return (
        *around([s.mask_box for s in segments]),
        *(min(masks), max(masks)),
        *around([s.context_box for s in segments]),
        *(min(contexts), max(contexts)),
        *around([s.block_box for s in segments]),
    )


def _leaf_sketch(segments: Sequence[PackedDescriptor], box: NDArray[np.int32]) -> NDArray[np.uint8]:
    """Lay the sketches of a leaf's segments side by side: (blocks, 4, 64)."""
    sketch = np.zeros((box[2] - box[0], box[3] - box[1], 4, LEAF_SIZE), dtype=np.uint8)
    for place, segment in enumerate(segments):
        top, left, bottom, right = segment.block_box
        sketch[top - box[0] : bottom - box[0], left - box[1] : right - box[1], :, place] = segment.sketch
    return sketch.reshape(-1, 4, LEAF_SIZE)
