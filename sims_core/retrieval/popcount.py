"""Compiled search over packed descriptors: intersections are popcounts, bounds skip most of them.

The search is exact. A candidate is skipped only when an upper bound of its score is below the
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

Function = TypeVar("Function", bound=Callable[..., Any])

# Columns of a summary: area and bounding box (top, left, bottom, right), of the mask, then of the context.
_MASK, _CONTEXT, _NUM_COLUMNS = 0, 5, 10


class Segments(NamedTuple):
    """One side of a search. All arrays are contiguous and read-only, so that one compiled version serves.

    Attributes:
        masks: (N, words) uint64.
        contexts: (N, planes, words) uint64.
        summaries: (N, 10) int64, see `summarise`.
        photos: (N,) int64 photo codes.
        ids: (N,) int64, not negative.
    """

    masks: NDArray[np.uint64]
    contexts: NDArray[np.uint64]
    summaries: NDArray[np.int64]
    photos: NDArray[np.int64]
    ids: NDArray[np.int64]


class Hits(NamedTuple):
    """The best candidates so far, best first: (Q, k) each; an empty place has id -1 and score -1."""

    ids: NDArray[np.int64]
    scores: NDArray[np.float64]
    mask_ious: NDArray[np.float64]
    context_ious: NDArray[np.float64]
    photos: NDArray[np.int64]


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


@_compiled_parallel
def summarise(masks: NDArray[np.uint64], contexts: NDArray[np.uint64], width: int) -> NDArray[np.int64]:
    """Measure what the bounds need: area and bounding box of every mask and context.

    Args:
        masks: (N, words) uint64.
        contexts: (N, planes, words) uint64.
        width: Cells in a row of the grid.

    Returns:
        (N, 10) int64: area, top, left, bottom, right of the mask, then of the context, in cells.
        A box holds all set cells, but may be wider where a word runs over the end of a row.
    """
    summaries = np.zeros((masks.shape[0], _NUM_COLUMNS), dtype=np.int64)
    for i in prange(masks.shape[0]):
        occupied = np.zeros(masks.shape[1], dtype=np.uint64)
        for plane in range(contexts.shape[1]):
            for w in range(occupied.shape[0]):
                occupied[w] |= contexts[i, plane, w]
        _measure(masks[i], width, summaries[i, _MASK:_CONTEXT])
        _measure(occupied, width, summaries[i, _CONTEXT:])
    return summaries


@_compiled
def _measure(words: NDArray[np.uint64], width: int, summary: NDArray[np.int64]) -> None:
    """Write area, top, left, bottom, right of one bit plane."""
    area, top, left, bottom, right = 0, words.shape[0] * 64, width, 0, 0
    for w in range(words.shape[0]):
        word = words[w]
        if word == 0:
            continue
        area += _popcount(word)
        first = w * 64 + _popcount(~word & (word - np.uint64(1)))
        last = w * 64 + _last_bit(word)
        first_row, last_row = first // width, last // width
        top, bottom = min(top, first_row), max(bottom, last_row + 1)
        one_row = first_row == last_row
        left = min(left, first - first_row * width if one_row else 0)
        right = max(right, last - last_row * width + 1 if one_row else width)
    for column, value in enumerate((area, top, left, bottom, right)):
        summary[column] = value


@_compiled
def _last_bit(word: np.uint64) -> int:
    for shift in (1, 2, 4, 8, 16, 32):
        word |= word >> np.uint64(shift)
    return _popcount(word) - 1


@_compiled
def _iou(common: int, area: int, other_area: int) -> float:
    """Intersection over union; two empty sets have 0."""
    return common / (area + other_area - common) if common > 0 else 0.0


@_compiled
def _most_common(summary: NDArray[np.int64], other: NDArray[np.int64], column: int) -> int:
    """Bound an intersection: neither area, nor the overlap of the boxes, can be exceeded."""
    height = min(summary[column + 3], other[column + 3]) - max(summary[column + 1], other[column + 1])
    width = min(summary[column + 4], other[column + 4]) - max(summary[column + 2], other[column + 2])
    if height <= 0 or width <= 0:
        return 0
    return int(min(height * width, min(summary[column], other[column])))


@_compiled
def _common_cells(mask: NDArray[np.uint64], other: NDArray[np.uint64]) -> int:
    common = 0
    for w in range(mask.shape[0]):
        common += _popcount(mask[w] & other[w])
    return common


@_compiled
def _common_labels(
    context: NDArray[np.uint64], other: NDArray[np.uint64], differs: NDArray[np.uint64], occupied: NDArray[np.uint64]
) -> int:
    """Count the cells of equal label: no plane differs, and some plane is set (code 0 is void).

    Plane by plane into scratch space of one plane each, so that the inner loop is a vector loop.
    """
    differs[:] = np.uint64(0)
    occupied[:] = np.uint64(0)
    for plane in range(context.shape[0]):
        for w in range(context.shape[1]):
            differs[w] |= context[plane, w] ^ other[plane, w]
            occupied[w] |= context[plane, w]
    common = 0
    for w in range(context.shape[1]):
        common += _popcount(occupied[w] & ~differs[w])
    return common


@_compiled_parallel
def search(
    queries: Segments,
    bank: Segments,
    order: NDArray[np.int64],
    context_weight: float,
    one_per_photo: bool,
    hits: Hits,
) -> None:
    """Fill `hits` with the best of the bank for each query; see `retrieval.top_k`.

    Args:
        queries: Q segments; their ids are not used.
        bank: N segments.
        order: (N,) int64, rows of the bank by ascending mask area.
        context_weight: Not negative.
        one_per_photo: Keep only the best hit of each photo.
        hits: (Q, k), empty on entry.
    """
    summaries = bank.summaries[order]  # in visiting order: the bounds are read far more often than the bits
    for q in prange(queries.masks.shape[0]):
        # A parallel index is unsigned inside the loop and signed outside: cast, or all below compiles for both.
        _search_one(queries, np.int64(q), bank, order, summaries, context_weight, one_per_photo, hits)


@_compiled
def _search_one(
    queries: Segments,
    q: np.int64,
    bank: Segments,
    order: NDArray[np.int64],
    summaries: NDArray[np.int64],
    context_weight: float,
    one_per_photo: bool,
    hits: Hits,
) -> None:
    """Visit the bank outwards from the query's area, so that good candidates raise the bar early."""
    summary, scores = queries.summaries[q], hits.scores[q]
    area, context_area = summary[_MASK], summary[_CONTEXT]
    differs = np.empty(queries.masks.shape[1], dtype=np.uint64)
    occupied = np.empty(queries.masks.shape[1], dtype=np.uint64)
    above = np.searchsorted(summaries[:, _MASK], area)
    below = above - 1
    while area > 0 and (below >= 0 or above < order.shape[0]):
        ratio_below = summaries[below, _MASK] / area if below >= 0 else -1.0
        ratio_above = area / summaries[above, _MASK] if above < order.shape[0] else -1.0
        if max(ratio_below, ratio_above) + context_weight < scores[-1]:
            break  # the area ratio bounds the mask IoU, and only falls from here on
        if ratio_below > ratio_above:
            place = below
            below -= 1
        else:
            place = above
            above += 1
        row, other = order[place], summaries[place]
        if queries.photos[q] >= 0 and bank.photos[row] == queries.photos[q]:
            continue
        mask_bound = _iou(_most_common(summary, other, _MASK), area, other[_MASK])
        if mask_bound == 0 or mask_bound + context_weight < scores[-1]:
            continue
        context_bound = _iou(_most_common(summary, other, _CONTEXT), context_area, other[_CONTEXT])
        if mask_bound + context_weight * context_bound < scores[-1]:
            continue
        mask_iou = _iou(_common_cells(queries.masks[q], bank.masks[row]), area, other[_MASK])
        if mask_iou == 0 or mask_iou + context_weight * context_bound < scores[-1]:
            continue
        common = _common_labels(queries.contexts[q], bank.contexts[row], differs, occupied)
        context_iou = _iou(common, context_area, other[_CONTEXT])
        _insert(hits, q, bank.ids[row], bank.photos[row], mask_iou, context_iou, context_weight, one_per_photo)


@_compiled
def _insert(
    hits: Hits,
    q: np.int64,
    segment_id: int,
    photo: int,
    mask_iou: float,
    context_iou: float,
    context_weight: float,
    one_per_photo: bool,
) -> None:
    """Put a candidate into its place, if it beats the hit that must go: the last, or its photo's own."""
    ids, scores = hits.ids[q], hits.scores[q]
    score = mask_iou + context_weight * context_iou
    place = ids.shape[0] - 1
    if one_per_photo:
        for taken in range(ids.shape[0]):
            if ids[taken] >= 0 and hits.photos[q, taken] == photo:
                place = taken
                break
    if scores[place] > score or (scores[place] == score and ids[place] < segment_id):
        return
    while place > 0 and (scores[place - 1] < score or (scores[place - 1] == score and ids[place - 1] > segment_id)):
        ids[place], scores[place] = ids[place - 1], scores[place - 1]
        hits.mask_ious[q, place] = hits.mask_ious[q, place - 1]
        hits.context_ious[q, place] = hits.context_ious[q, place - 1]
        hits.photos[q, place] = hits.photos[q, place - 1]
        place -= 1
    ids[place], scores[place] = segment_id, score
    hits.mask_ious[q, place], hits.context_ious[q, place] = mask_iou, context_iou
    hits.photos[q, place] = photo
