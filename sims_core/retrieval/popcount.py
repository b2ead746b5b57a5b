"""Compiled search of an index: bounds skip leaves, counts of blocks skip segments, popcounts decide.

The search is exact. A leaf or a segment is skipped only when an upper bound of its score is below the
current k-th best score, and every bound is computed by the same rounded operations as the score
itself. Rounding is monotone, so a bound is never below the score in floating point either, and
the result equals that of comparing every pair, whatever the order or the number of threads.

Importing this module imports numba; `retrieval.top_k` does so when it is first called. Do not
fork a process that has called it: numba's threads do not survive a fork.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
from numba import njit, prange, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from sims_core.formats.search_index import LEAF_SIZE

Function = TypeVar("Function", bound=Callable[..., Any])

# Where the bounds of a leaf have those of masks, of contexts, and the box of its blocks; see `SearchIndex`.
_MASK, _CONTEXT, _BLOCKS = 0, 6, 12
# Rows of the sketch of a block; see `PackedDescriptor`.
_OF_MASK, _CODE, _COMMONEST, _OTHERS = 0, 1, 2, 3


class Bank(NamedTuple):
    """The arrays of a `SearchIndex`. All are contiguous and read-only, so that one compiled version serves."""

    bounds: NDArray[np.int32]
    photos: NDArray[np.int32]
    ranks: NDArray[np.int32]
    mask_areas: NDArray[np.int32]
    context_areas: NDArray[np.int32]
    first_words: NDArray[np.int64]
    first_blocks: NDArray[np.int64]
    sketch: NDArray[np.uint8]
    words: NDArray[np.uint64]


class Queries(NamedTuple):
    """What is asked of a bank, cut into B blocks of the whole grid; contiguous and read-only.

    Attributes:
        bounds: (Q, 16) int32, as those of a leaf that holds nothing else.
        photos: (Q,) int32 photo codes, -1 for none.
        of_mask: (Q, B) uint8, cells of the mask in each block.
        labelled: (Q, B) uint8, cells that have a label.
        of_code: (Q, B, codes) uint8, cells of each code; code 0, void, has none.
        words: (Q, B, 1 + planes) uint64.
        num_columns: Blocks in a row.
    """

    bounds: NDArray[np.int32]
    photos: NDArray[np.int32]
    of_mask: NDArray[np.uint8]
    labelled: NDArray[np.uint8]
    of_code: NDArray[np.uint8]
    words: NDArray[np.uint64]
    num_columns: int


class Hits(NamedTuple):
    """The best candidates so far, best first: (Q, k) each; an empty place has id -1 and score -1.

    Ids are places of the index, in row-major order. `visited`, (Q, 2), counts the segments whose sketch was looked at,
    and those whose bits were.
    """

    ids: NDArray[np.int64]
    scores: NDArray[np.float64]
    mask_ious: NDArray[np.float64]
    context_ious: NDArray[np.float64]
    photos: NDArray[np.int64]
    ranks: NDArray[np.int64]
    visited: NDArray[np.int64]


def _compiled(function: Function, parallel: bool = False) -> Function:
    # The NumPy error model leaves out the check for division by zero.
    compiled = partial(njit, error_model="numpy", parallel=parallel)
    try:
        return cast(Function, compiled(cache=True)(function))
    except RuntimeError:
        # Read-only code and no writable home: every process compiles for itself, which takes seconds.
        return cast(Function, compiled()(function))


_compiled_parallel = partial(_compiled, parallel=True)


def _popcount_instruction(typing_context: Any, word: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), generate


_popcount = cast(Callable[[Any], int], intrinsic(_popcount_instruction))


@_compiled
def _iou(common: int, area: int, other_area: int) -> float:
    """Intersection over union; two empty sets have 0."""
    return common / (area + other_area - common) if common > 0 else 0.0


@_compiled_parallel
def search(queries: Queries, bank: Bank, context_weight: float, one_per_photo: bool, hits: Hits) -> None:
    """Fill `hits` with the best of the bank for each query; see `retrieval.top_k`.

    Args:
        queries: Q segments.
        bank: L leaves, at least one.
        context_weight: Not negative.
        one_per_photo: Keep only the best hit of each photo.
        hits: (Q, k), empty on entry.
    """
    for q in prange(queries.bounds.shape[0]):
        # A parallel index is unsigned inside the loop and signed outside: cast, or all below compiles for both.
        _search_one(queries, np.int64(q), bank, context_weight, one_per_photo, hits)


@_compiled
def _search_one(
    queries: Queries, q: np.int64, bank: Bank, context_weight: float, one_per_photo: bool, hits: Hits
) -> None:
    """Visit the most promising leaf, so that the bar is high, then by falling bound those that may reach it."""
    bounds = np.empty(bank.bounds.shape[0])
    for leaf in range(bounds.shape[0]):
        bounds[leaf] = _leaf_bound(queries.bounds[q], bank.bounds[leaf], context_weight)
    best = np.argmax(bounds)
    if bounds[best] < 0:
        return
    scratch = np.empty((2, LEAF_SIZE), np.int64)
    sums = np.empty((2, LEAF_SIZE), np.uint16)
    _visit(queries, q, bank, best, context_weight, one_per_photo, hits, scratch, sums)
    promising = np.flatnonzero(bounds >= max(hits.scores[q, -1], 0.0))
    for leaf in promising[np.argsort(-bounds[promising])]:
        if bounds[leaf] < hits.scores[q, -1]:
            break
        if leaf != best:
            _visit(queries, q, bank, leaf, context_weight, one_per_photo, hits, scratch, sums)


@_compiled
def _leaf_bound(query: NDArray[np.int32], leaf: NDArray[np.int32], context_weight: float) -> float:
    """Bound the scores of a leaf; -1 where no mask can meet the query's."""
    mask_bound = _iou_bound(query, leaf, _MASK)
    return mask_bound + context_weight * _iou_bound(query, leaf, _CONTEXT) if mask_bound > 0 else -1.0


@_compiled
def _iou_bound(query: NDArray[np.int32], leaf: NDArray[np.int32], column: int) -> float:
    """Bound an IoU: the intersection exceeds neither area nor the overlap of the boxes; the union is no less."""
    height = min(query[column + 2], leaf[column + 2]) - max(query[column], leaf[column])
    width = min(query[column + 3], leaf[column + 3]) - max(query[column + 1], leaf[column + 1])
    if height <= 0 or width <= 0:
        return 0.0
    area, least, largest = np.int64(query[column + 4]), np.int64(leaf[column + 4]), np.int64(leaf[column + 5])
    common = min(np.int64(height) * np.int64(width), min(area, largest))
    return _iou(int(common), int(area), int(max(least, common)))


@_compiled
def _visit(
    queries: Queries,
    q: np.int64,
    bank: Bank,
    leaf: np.int64,
    context_weight: float,
    one_per_photo: bool,
    hits: Hits,
    most_common: NDArray[np.int64],
    sums: NDArray[np.uint16],
) -> None:
    """Bound all segments of a leaf by their sketches, and compare the bits of those whose bound reaches the bar."""
    _most_common(queries, q, bank, leaf, context_weight > 0, most_common, sums)
    hits.visited[q, 0] += LEAF_SIZE
    scores = hits.scores[q]
    area, context_area = queries.bounds[q, _MASK + 4], queries.bounds[q, _CONTEXT + 4]
    for place in range(LEAF_SIZE):
        photo = bank.photos[leaf, place]
        if photo < 0 or photo == queries.photos[q] or most_common[0, place] == 0:
            continue
        mask_area, other_area = bank.mask_areas[leaf, place], bank.context_areas[leaf, place]
        mask_bound = _iou(most_common[0, place], area, mask_area)
        if mask_bound + context_weight * _iou(most_common[1, place], context_area, other_area) < scores[-1]:
            continue
        hits.visited[q, 1] += 1
        common, common_labels = _common_cells(queries, q, bank, leaf, place)
        if common > 0:
            mask_iou, context_iou = _iou(common, area, mask_area), _iou(common_labels, context_area, other_area)
            rank, segment = bank.ranks[leaf, place], int(leaf) * LEAF_SIZE + place
            _insert(hits, q, segment, rank, photo, mask_iou, context_iou, context_weight, one_per_photo)


@_compiled
def _most_common(
    queries: Queries,
    q: np.int64,
    bank: Bank,
    leaf: np.int64,
    with_context: bool,
    most_common: NDArray[np.int64],
    sums: NDArray[np.uint16],
) -> None:
    """Write an upper bound of the common cells of masks, and of contexts, for all segments of a leaf.

    Block by block, the lesser count. Cells of a label other than the commonest may agree with any that is left of the
    query's. The inner loops run over the leaf's segments in the narrowest numbers, one vector instruction for many.
    """
    most_common[:] = 0
    box, own = bank.bounds[leaf, _BLOCKS:], queries.bounds[q, _BLOCKS:]
    left, right = max(box[1], own[1]), min(box[3], own[3])
    for row in range(max(box[0], own[0]), min(box[2], own[2])):
        sums[:] = np.uint16(0)  # of one row of blocks, which no grid is wide enough to overflow
        for column in range(left, right):
            block = row * queries.num_columns + column
            sketch = bank.sketch[bank.first_blocks[leaf] + (row - box[0]) * (box[3] - box[1]) + column - box[1]]
            _add_least(sums[0], sketch[_OF_MASK], queries.of_mask[q, block])
            if with_context and queries.labelled[q, block] > 0:
                _add_labels(sums[1], sketch, queries.labelled[q, block], queries.of_code[q, block])
        for place in range(LEAF_SIZE):
            most_common[0, place] += sums[0, place]
            most_common[1, place] += sums[1, place]


@_compiled
def _add_least(sums: NDArray[np.uint16], counts: NDArray[np.uint8], count: np.uint8) -> None:
    for place in range(LEAF_SIZE):
        sums[place] = np.uint16(sums[place] + min(counts[place], count))


@_compiled
def _add_labels(
    sums: NDArray[np.uint16], sketch: NDArray[np.uint8], labelled: np.uint8, of_code: NDArray[np.uint8]
) -> None:
    codes, commonest, others = sketch[_CODE], sketch[_COMMONEST], sketch[_OTHERS]
    _add_least(sums, others, labelled)
    for code in range(1, of_code.shape[0]):
        count = of_code[code]
        if count > 0:
            rest = np.uint8(labelled - count)
            for place in range(LEAF_SIZE):
                more = min(commonest[place], count) + min(others[place], rest) - min(others[place], labelled)
                sums[place] = np.uint16(sums[place] + (np.uint16(more) if codes[place] == code else np.uint16(0)))


@_compiled
def _common_cells(queries: Queries, q: np.int64, bank: Bank, leaf: np.int64, place: int) -> tuple[int, int]:
    """Count the common cells of two masks, and the cells of equal label of their contexts.

    Labels are equal where no plane differs and some plane is set (code 0 is void).
    """
    common, common_labels = 0, 0
    box = bank.bounds[leaf, _BLOCKS:]
    word, block_of_leaf = bank.first_words[leaf, place], bank.first_blocks[leaf]
    for row in range(box[0], box[2]):
        for column in range(box[1], box[3]):
            sketch = bank.sketch[block_of_leaf]
            block_of_leaf += 1
            of_mask, commonest, others = sketch[_OF_MASK, place], sketch[_COMMONEST, place], sketch[_OTHERS, place]
            block = row * queries.num_columns + column
            if (of_mask % 64 == 0) and others == 0 and commonest % 64 == 0:
                common += min(of_mask, queries.of_mask[q, block])
                common_labels += min(commonest, queries.of_code[q, block, sketch[_CODE, place]])
                continue
            own, other = queries.words[q, block], bank.words[word]
            word += 1
            common += _popcount(own[0] & other[0])
            differs, labelled = np.uint64(0), np.uint64(0)
            for plane in range(1, own.shape[0]):
                differs |= own[plane] ^ other[plane]
                labelled |= own[plane]
            common_labels += _popcount(labelled & ~differs)
    return common, common_labels


@_compiled
def _insert(
    hits: Hits,
    q: np.int64,
    segment: int,
    rank: int,
    photo: int,
    mask_iou: float,
    context_iou: float,
    context_weight: float,
    one_per_photo: bool,
) -> None:
    """Put a candidate into its place, if it beats the hit that must go: the last, or its photo's own."""
    ids, scores, ranks = hits.ids[q], hits.scores[q], hits.ranks[q]
    score = mask_iou + context_weight * context_iou
    place = ids.shape[0] - 1
    if one_per_photo:
        for taken in range(ids.shape[0]):
            if ids[taken] >= 0 and hits.photos[q, taken] == photo:
                place = taken
                break
    if scores[place] > score or (scores[place] == score and ranks[place] < rank):
        return
    while place > 0 and (scores[place - 1] < score or (scores[place - 1] == score and ranks[place - 1] > rank)):
        ids[place], scores[place], ranks[place] = ids[place - 1], scores[place - 1], ranks[place - 1]
        hits.mask_ious[q, place] = hits.mask_ious[q, place - 1]
        hits.context_ious[q, place] = hits.context_ious[q, place - 1]
        hits.photos[q, place] = hits.photos[q, place - 1]
        place -= 1
    ids[place], scores[place], ranks[place] = segment, score, rank
    hits.mask_ious[q, place], hits.context_ious[q, place] = mask_iou, context_iou
    hits.photos[q, place] = photo
