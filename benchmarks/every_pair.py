"""The paper's definition of retrieval, cell by cell over every pair: what the fast search has to equal."""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from sims_core.bank.blocks import block_grid, codes_of, to_blocks
from sims_core.bank.descriptors import DescriptorSet
from sims_core.formats.search_index import LEAF_SIZE, NO_PHOTO, SearchIndex

_LEAVES_AT_ONCE = 256

Hit = tuple[int, float, float, float]


def rank_every_pair(queries: DescriptorSet, index: SearchIndex, k: int) -> list[list[Hit]]:
    """Return (id, score, mask IoU, context IoU) of the best of each query, by falling score, then by rising id."""
    masks = to_blocks(queries.masks).reshape(len(queries), -1, 64).astype(np.uint8)
    codes = to_blocks(codes_of(queries.contexts)).reshape(len(queries), -1, 64)
    areas = np.stack([masks.sum(axis=(1, 2), dtype=np.int64), np.count_nonzero(codes, axis=(1, 2))], axis=-1)
    best = [np.empty((0, 4)) for _ in range(len(queries))]
    for first in range(0, len(index.bounds), _LEAVES_AT_ONCE):
        some = slice(first, first + _LEAVES_AT_ONCE)
        common = np.zeros((len(queries), len(index.bounds[some]), LEAF_SIZE, 2), dtype=np.int64)
        leaves = index.bounds[some], index.first_blocks[some], index.first_words[some]
        _count(masks, codes, block_grid(queries.grid)[1], *leaves, index.sketch, index.words, common)
        own = np.stack([index.mask_areas[some], index.context_areas[some]], axis=-1)
        union = areas[:, None, None] + own - common
        ious = np.divide(common, union, out=np.zeros(common.shape), where=union > 0)
        ious[:, index.photos[some] == NO_PHOTO] = 0
        for q in range(len(queries)):
            best[q] = _best([best[q], _hits(ious[q], index.ranks[some])], k)
    return [[(int(row[0]), *row[1:].tolist()) for row in hits] for hits in best]


def _hits(ious: NDArray[np.float64], ids: NDArray[np.int32]) -> NDArray[np.float64]:
    met = ious[..., 0] > 0
    return np.column_stack([ids[met], ious[met].sum(axis=-1), ious[met]])


def _best(parts: list[NDArray[np.float64]], k: int) -> NDArray[np.float64]:
    hits = np.concatenate(parts)
    order = np.lexsort((hits[:, 0], -hits[:, 1]))
    return hits[order[:k]]


@njit(parallel=True, cache=True)
def _count(  # type: ignore[no-untyped-def]  # noqa: ANN202
    masks: NDArray[np.uint8],
    codes: NDArray[np.uint8],
    num_columns: int,
    bounds: NDArray[np.int32],
    first_blocks: NDArray[np.int64],
    first_words: NDArray[np.int64],
    sketch: NDArray[np.uint8],
    words: NDArray[np.uint64],
    common: NDArray[np.int64],
):
    """Unpack each segment into cells, and count those that it shares with each query: of the mask, of the context."""
    for leaf in prange(bounds.shape[0]):
        top, left, bottom, right = bounds[leaf, 12:]
        mask, code = np.empty(64, np.uint8), np.empty(64, np.uint8)
        for place in range(LEAF_SIZE):
            word, block = first_words[leaf, place], first_blocks[leaf]
            for row in range(top, bottom):
                for column in range(left, right):
                    of_mask, label, commonest, others = sketch[block, :, place]
                    block += 1
                    if of_mask % 64 == 0 and commonest % 64 == 0 and others == 0:
                        mask[:] = of_mask // 64
                        code[:] = label
                    else:
                        for cell in range(64):
                            mask[cell] = (words[word, 0] >> np.uint64(cell)) & np.uint64(1)
                            number = np.uint64(0)
                            for plane in range(1, words.shape[1]):
                                bit = (words[word, plane] >> np.uint64(cell)) & np.uint64(1)
                                number |= bit << np.uint64(plane - 1)
                            code[cell] = number
                        word += 1
                    own = row * num_columns + column
                    for q in range(masks.shape[0]):
                        of_masks, of_labels = 0, 0
                        for cell in range(64):
                            of_masks += mask[cell] & masks[q, own, cell]
                            of_labels += (code[cell] == codes[q, own, cell]) & (code[cell] != 0)
                        common[q, leaf, place, 0] += of_masks
                        common[q, leaf, place, 1] += of_labels
