"""Leaves of a search index: what is alike lies together, bounds hold, nothing is lost or counted twice."""

from __future__ import annotations

import numpy as np

from sims_core.bank.blocks import pack
from sims_core.bank.descriptors import Descriptor
from sims_core.bank.search_index import build_index, common_bounds
from sims_core.formats.search_index import LEAF_SIZE, NO_PHOTO
from sims_core.scenes.classes import VOID

GRID = (24, 40)


def packed(top, left, bottom, right, label=1):
    """A rectangle of one label without further context."""
    mask = np.zeros(GRID, dtype=bool)
    mask[top:bottom, left:right] = True
    return pack(Descriptor(mask, np.where(mask, label, VOID).astype(np.uint8)), 3)


def index_of(segments):
    numbers = np.arange(len(segments))
    return build_index(segments, numbers + 10, numbers + 20, numbers[::-1], GRID, 3)


def test_bounds_hold_for_all():
    assert common_bounds([packed(1, 2, 3, 4), packed(9, 0, 10, 39)]) == (
        *(1, 0, 10, 39, 4, 39),
        *(1, 0, 10, 39, 4, 39),
        *(0, 0, 2, 5),
    )


def test_an_empty_mask_widens_no_box():
    nothing = pack(Descriptor(np.zeros(GRID, bool), np.full(GRID, VOID, np.uint8)), 3)
    assert common_bounds([nothing, packed(9, 8, 10, 16)])[:6] == (9, 8, 10, 16, 0, 8)


def test_few_segments_share_a_leaf_that_is_filled_up():
    index = index_of([packed(0, 0, 8, 8), packed(0, 4, 8, 9)])
    assert len(index) == 2
    assert index.photos.tolist() == [[10, 11] + [NO_PHOTO] * (LEAF_SIZE - 2)]
    assert index.components[0, :3].tolist() == [20, 21, 0]
    assert index.ranks[0, :3].tolist() == [1, 0, 0]
    assert index.mask_areas[0, :3].tolist() == index.context_areas[0, :3].tolist() == [64, 40, 0]
    # The first is one whole block, which needs no words; the second has parts of two blocks.
    assert (index.sketch.shape, index.first_blocks.tolist()) == ((2, 4, LEAF_SIZE), [0])
    assert index.sketch[0, :, :3].T.tolist() == [[64, 2, 64, 0], [32, 2, 32, 0], [0, 0, 0, 0]]
    assert index.sketch[1, :, :3].T.tolist() == [[0, 0, 0, 0], [8, 2, 8, 0], [0, 0, 0, 0]]
    assert (len(index.words), index.first_words[0, :3].tolist()) == (2, [0, 0, 2])


def test_segments_that_are_alike_share_a_leaf():
    left, right = [packed(2, 1, 5, 4)] * LEAF_SIZE, [packed(2, 33, 5, 36)] * LEAF_SIZE
    mixed = [segment for pair in zip(left, right, strict=True) for segment in pair]
    index = index_of(mixed)
    assert index.bounds[:, 1].tolist() == [1, 33]
    assert index.photos.tolist() == [list(range(10, 138, 2)), list(range(11, 138, 2))]


def test_all_leaves_but_the_last_are_full():
    rng = np.random.default_rng(0)
    corners = rng.integers(0, (16, 32), (200, 2))
    index = index_of([packed(top, left, top + 3, left + 3) for top, left in corners])
    assert (index.photos != NO_PHOTO).sum(axis=1).tolist() == [64, 64, 64, 8]
    assert sorted(index.photos[index.photos != NO_PHOTO].tolist()) == list(range(10, 210))


def test_no_segments_have_no_leaves():
    index = index_of([])
    assert (len(index), len(index.bounds), index.words.shape) == (0, 0, (0, 3))
