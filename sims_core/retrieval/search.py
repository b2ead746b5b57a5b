"""Retrieval: for each segment of a layout the segments of the bank that fit best in shape and context.

Paper section 3: the score of a bank segment is the IoU of the two masks plus the IoU of the two
contexts, both in absolute frame position. For contexts the IoU is taken over all categories k at
once: sum_k |A_k and B_k| / sum_k |A_k or B_k|; void cells belong to no category.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sims_core.bank.descriptors import DescriptorSet
from sims_core.base.errors import SimsError
from sims_core.base.parameters import Section

Scalar = TypeVar("Scalar", bound=np.generic)


class RetrieveConfig(Section):
    """How candidates are ranked.

    `num_candidates` kept per segment; `context_weight` times the context IoU is added to the mask
    IoU (1 in the paper, 0 compares masks alone); `one_per_photo` keeps only the best hit of each photo.
    Photos and segments that are `banned`, by their ids, are no candidates, so that they take no candidate's place.
    """

    num_candidates: int = Field(ge=1, le=100)
    context_weight: float = Field(ge=0, le=10)
    one_per_photo: bool
    banned: tuple[str, ...]


@dataclass(frozen=True)
class Matches:
    """The best candidates of Q queries, best first.

    Attributes:
        ids: (Q, k) int64 segment ids; -1 where a query has fewer than k candidates.
        scores: (Q, k) float64, mask IoU + context weight * context IoU; NaN where the id is -1.
        mask_ious: (Q, k) float64 in 0..1, or NaN.
        context_ious: (Q, k) float64 in 0..1, or NaN.
    """

    ids: NDArray[np.int64]
    scores: NDArray[np.float64]
    mask_ious: NDArray[np.float64]
    context_ious: NDArray[np.float64]


def top_k(
    queries: DescriptorSet,
    bank: DescriptorSet,
    k: int,
    *,
    context_weight: float = 1.0,
    bank_ids: NDArray[np.int64],
    query_photos: NDArray[np.int64],
    bank_photos: NDArray[np.int64],
    one_per_photo: bool = False,
) -> Matches:
    """Return the exact k best bank segments of each query: by falling score, then by rising id.

    Only segments whose mask meets the query's mask are candidates (the released code keeps IoU > 0
    only): a segment elsewhere in the frame is no help, however alike its surroundings. Queries run
    in parallel on numba's threads; the result does not depend on their number.

    Args:
        queries: Q segments.
        bank: N segments, normally of one category.
        k: Number of candidates per query.
        context_weight: Not negative.
        bank_ids: (N,) int64, distinct, not negative.
        query_photos: (Q,) integer photo codes; a query finds nothing in its own photo. -1 excludes nothing.
        bank_photos: (N,) integer photo codes, in the same coding.
        one_per_photo: Keep only the best hit of each photo (of equals, the one of lowest id).

    Raises:
        SimsError: Queries and bank differ in grid or number of categories.
        ValueError: Arguments that do not fit each other.
    """
    _check(queries, bank, bank_ids, query_photos, bank_photos)
    if k < 1 or context_weight < 0:
        raise ValueError(f"k {k} and context_weight {context_weight}, expected k >= 1 and context_weight >= 0")
    from sims_core.retrieval import popcount  # numba is slow to import, and every stage imports the config above

    def segments(side: DescriptorSet, photos: NDArray[np.int64], ids: NDArray[np.int64]) -> popcount.Segments:
        masks, contexts = _read_only(side.mask_bits, np.uint64), _read_only(side.context_bits, np.uint64)
        summaries = _read_only(popcount.summarise(masks, contexts, side.grid[1]), np.int64)
        return popcount.Segments(masks, contexts, summaries, _read_only(photos, np.int64), _read_only(ids, np.int64))

    shape = (len(queries), k)
    hits = popcount.Hits(
        np.full(shape, -1, dtype=np.int64),
        np.full(shape, -1.0),
        np.zeros(shape),
        np.zeros(shape),
        np.zeros(shape, np.int64),
    )
    bank_side = segments(bank, bank_photos, bank_ids)
    order = np.argsort(bank_side.summaries[:, 0], kind="stable")
    query_side = segments(queries, query_photos, np.arange(len(queries)))
    popcount.search(query_side, bank_side, order, float(context_weight), one_per_photo, hits)
    found = hits.ids >= 0
    scores, mask_ious, context_ious = (np.where(found, values, np.nan) for values in hits[1:4])
    return Matches(hits.ids, scores, mask_ious, context_ious)


def _read_only(array: NDArray[Any], dtype: type[Scalar]) -> NDArray[Scalar]:
    """Return a contiguous read-only view or copy: writable and read-only arrays would compile separately."""
    view = np.ascontiguousarray(array, dtype=dtype).view()
    view.flags.writeable = False
    return view


def _check(
    queries: DescriptorSet,
    bank: DescriptorSet,
    bank_ids: NDArray[np.int64],
    query_photos: NDArray[np.int64],
    bank_photos: NDArray[np.int64],
) -> None:
    if (queries.grid, queries.num_categories) != (bank.grid, bank.num_categories):
        raise SimsError(
            "retrieval",
            "the bank was made with another grid or class table than the layouts",
            expected=f"{queries.grid} with {queries.num_categories} categories",
            found=f"{bank.grid} with {bank.num_categories} categories",
            remedy="run stage 'extract_bank' again",
        )
    if (len(bank_ids), len(bank_photos), len(query_photos)) != (len(bank), len(bank), len(queries)):
        raise ValueError("ids and photo codes must have one entry per segment")
    if len(np.unique(bank_ids)) != len(bank) or np.any(bank_ids < 0):
        raise ValueError("bank ids must be distinct and not negative")
