"""Retrieval: for each segment of a layout the segments of the bank that fit best in shape and context.

Paper section 3: the score of a bank segment is the IoU of the two masks plus the IoU of the two
contexts, both in absolute frame position. For contexts the IoU is taken over all categories k at
once: sum_k |A_k and B_k| / sum_k |A_k or B_k|; void cells belong to no category.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sims_core.bank.blocks import block_grid, codes_of, pack, pack_words, to_blocks
from sims_core.bank.descriptors import DescriptorSet
from sims_core.bank.search_index import common_bounds
from sims_core.base.errors import SimsError
from sims_core.base.parameters import Section
from sims_core.formats.search_index import SearchIndex


class RetrieveConfig(Section):
    """How candidates are ranked.

    `num_candidates` kept per segment; `context_weight` times the context IoU is added to the mask
    IoU (1 in the paper, 0 compares masks alone); `one_per_photo` keeps only the best hit of each photo.
    Photos and segments that are `banned`, by their ids, are no candidates, so that they take no candidate's place.
    In layouts without instances, touching objects of one category become a component each where that raises the score
    by more than `split_margin`; None leaves them one (see `retrieval.touching`).
    """

    num_candidates: int = Field(ge=1, le=100)
    context_weight: float = Field(ge=0, le=10)
    one_per_photo: bool
    banned: tuple[str, ...]
    split_margin: Annotated[float, Field(ge=0, le=2)] | None


@dataclass(frozen=True)
class Matches:
    """The best candidates of Q queries, best first.

    Attributes:
        places: (Q, k) int64, leaf * 64 + place in the leaf; -1 where a query has fewer than k candidates.
        scores: (Q, k) float64, mask IoU + context weight * context IoU; NaN where the place is -1.
        mask_ious: (Q, k) float64 in 0..1, or NaN.
        context_ious: (Q, k) float64 in 0..1, or NaN.
        visited: (Q, 2) int64, how many segments were bounded one by one, and how many of these were compared.
    """

    places: NDArray[np.int64]
    scores: NDArray[np.float64]
    mask_ious: NDArray[np.float64]
    context_ious: NDArray[np.float64]
    visited: NDArray[np.int64]


def top_k(
    queries: DescriptorSet,
    index: SearchIndex,
    k: int,
    *,
    context_weight: float = 1.0,
    query_photos: NDArray[np.int64],
    one_per_photo: bool = False,
) -> Matches:
    """Return the exact k best bank segments of each query: by falling score, then by rising rank of their ids.

    Only segments whose mask meets the query's mask are candidates (the released code keeps IoU > 0
    only): a segment elsewhere in the frame is no help, however alike its surroundings. Queries run
    in parallel on numba's threads; the result does not depend on their number.

    Args:
        queries: Q segments.
        index: Of the bank's segments, normally of one category. A segment of photo -1 is no candidate.
        k: Number of candidates per query.
        context_weight: Not negative.
        query_photos: (Q,) integer photo codes; a query finds nothing in its own photo. -1 excludes nothing.
        one_per_photo: Keep only the best hit of each photo (of equals, the one of lowest rank).

    Raises:
        SimsError: Queries and bank differ in grid or number of categories.
        ValueError: Arguments that do not fit each other.
    """
    _check(queries, index, query_photos)
    if k < 1 or context_weight < 0:
        raise ValueError(f"k {k} and context_weight {context_weight}, expected k >= 1 and context_weight >= 0")
    from sims_core.retrieval import popcount  # numba is slow to import, and every stage imports the config above

    shape = (len(queries), k)
    hits = popcount.Hits(
        np.full(shape, -1, dtype=np.int64),
        np.full(shape, -1.0),
        np.zeros(shape),
        np.zeros(shape),
        np.zeros(shape, np.int64),
        np.zeros(shape, np.int64),
        np.zeros((len(queries), 2), np.int64),
    )
    if len(index.bounds) and len(queries):
        bank = popcount.Bank(*(_read_only(getattr(index, name)) for name in popcount.Bank._fields))
        popcount.search(_prepared(queries, query_photos), bank, float(context_weight), one_per_photo, hits)
    found = hits.ids >= 0
    scores, mask_ious, context_ious = (np.where(found, values, np.nan) for values in hits[1:4])
    return Matches(hits.ids, scores, mask_ious, context_ious, hits.visited)


def _prepared(queries: DescriptorSet, photos: NDArray[np.int64]) -> Any:
    """Return `popcount.Queries`: everything about the queries that does not depend on the bank."""
    from sims_core.retrieval import popcount

    codes = codes_of(queries.contexts)
    num_blocks = np.prod(block_grid(queries.grid))
    masks, code_blocks = (to_blocks(cells).reshape(len(queries), num_blocks, -1) for cells in (queries.masks, codes))
    of_code = np.zeros((len(queries), num_blocks, queries.num_categories + 1), dtype=np.uint8)
    for code in range(1, of_code.shape[-1]):
        of_code[..., code] = np.count_nonzero(code_blocks == code, axis=-1)
    arrays = {
        "bounds": np.array([common_bounds([pack(one, queries.num_categories)]) for one in queries], np.int32),
        "photos": photos.astype(np.int32),
        "of_mask": np.count_nonzero(masks, axis=-1).astype(np.uint8),
        "labelled": np.count_nonzero(code_blocks, axis=-1).astype(np.uint8),
        "of_code": of_code,
        "words": pack_words(masks, code_blocks, queries.num_categories),
    }
    prepared = {name: _read_only(array) for name, array in arrays.items()}
    return popcount.Queries(**prepared, num_columns=block_grid(queries.grid)[1])


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    """Return a contiguous read-only view or copy: writable and read-only arrays would compile separately."""
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view


def _check(queries: DescriptorSet, index: SearchIndex, query_photos: NDArray[np.int64]) -> None:
    if (queries.grid, queries.num_categories) != (index.grid, index.num_categories):
        raise SimsError(
            "retrieval",
            "the bank was made with another grid or class table than the layouts",
            expected=f"{queries.grid} with {queries.num_categories} categories",
            found=f"{index.grid} with {index.num_categories} categories",
            remedy="run stage 'extract_bank' again",
        )
    if len(query_photos) != len(queries):
        raise ValueError("photo codes must have one entry per query")
