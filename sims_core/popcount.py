"""Compiled search over packed descriptors: intersections are popcounts, bounds skip most of them.

The search is exact. A candidate is skipped only when an upper bound of its score is below the
current k-th best score, and every bound is computed by the same rounded operations as the score
itself. Rounding is monotone, so a bound is never below the score in floating point either, and
the result equals that of comparing every pair, whatever the order or the number of threads.

Importing this module imports numba; `retrieval.top_k` does so when it is first called. Do not
fork a process that has called it: numba's threads do not survive.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
from numba import njit, prange, types
from numba.extending import intrinsic
from numpy.typing import NDArray

Function = TypeVar("Function", bound=Callable[..., Any])

# Columns of a summary: area and bounding box (top, left, bottom, right) of the mask, then of the context.
_MASK, _CONTEXT, _SUMMARY_COLUMNS = 0, 5, 10


class Segments(NamedTuple):
    """One side of a search; all arrays contiguous and read-only, so that one compiled version serves.

    Attributes:
        masks: (N, words) uint64.
        contexts: (N, planes, words) uint64.
        summary: (N, 10) int32, see `summarise`.
        photos: (N,) int64 photo codes.
        ids: (N,) int64 segment ids.
    """

    masks: NDArray[np.uint64]
    contexts: NDArray[np.uint64]
    summary: NDArray[np.int32]
    photos: NDArray[np.int64]
    ids: NDArray[np.int64]


class Hits(NamedTuple):
    """The best candidates so far, best first, (Q, k) each; empty places have id -1 and score -1."""

    ids: NDArray[np.int64]
    scores: NDArray[np.float64]
    mask_ious: NDArray[np.float64]
    context_ious: NDArray[np.float64]
    photos: NDArray[np.int64]


def _compiled(function: Function) -> Function:
    # error_model: as in NumPy, no check for division by zero inside the loops.
    return cast(Function, njit(cache=True, error_model="numpy")(function))


def _compiled_parallel(function: Function) -> Function:
    return cast(Function, njit(cache=True, error_model="numpy", parallel=True)(function))


def _bit_operation(emit: Callable[[Any, Any], Any]) -> Callable[[Any], int]:
    """Make a compiled function uint64 -> int64 of one LLVM instruction."""

    def operation(typing_context: Any, word: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return emit(builder, arguments[0])

        return types.int64(types.uint64), generate

    return cast(Callable[[Any], int], intrinsic(operation))


_popcount = _bit_operation(lambda builder, word: builder.ctpop(word))
_trailing_zeros = _bit_operation(lambda builder, word: builder.cttz(word, word.type.width and _false()))
_leading_zeros = _bit_operation(lambda builder, word: builder.ctlz(word, _false()))
