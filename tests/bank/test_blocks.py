"""Blocks of 8 x 8 cells: hand-worked counts and words, and everything put together again."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sims_core.bank.blocks import block_grid, num_planes, pack, pack_words, to_blocks, uniform
from sims_core.bank.descriptors import Descriptor
from sims_core.scenes.classes import VOID


def unpacked(packed, grid, num_categories):
    """Return mask and labels, from the words of mixed blocks and the counts of all others."""
    rows, columns = block_grid(grid)
    mask = np.zeros((rows, columns, 64), dtype=bool)
    labels = np.full((rows, columns, 64), VOID, dtype=np.uint8)
    top, left, bottom, right = packed.block_box
    words = iter(packed.words)
    for row, column in np.ndindex(bottom - top, right - left):
        sketch = packed.sketch[row, column]
        place = (top + row, left + column)
        if uniform(sketch):
            mask[place], labels[place] = sketch[0] == 64, sketch[1:2] - np.uint8(1)
        else:
            bits = np.unpackbits(next(words).astype("<u8").view(np.uint8).reshape(-1, 8), axis=1, bitorder="little")
            mask[place] = bits[0]
            labels[place] = (bits[1:] << np.arange(num_planes(num_categories))[:, None]).sum(axis=0) - 1
    assert next(words, None) is None
    whole = [
        cells.reshape(rows, columns, 8, 8).swapaxes(1, 2).reshape(rows * 8, columns * 8) for cells in (mask, labels)
    ]
    return [cells[: grid[0], : grid[1]] for cells in whole]


def test_sizes():
    assert [num_planes(n) for n in (1, 3, 4, 19, 254)] == [1, 2, 3, 5, 8]
    assert [block_grid(grid) for grid in ((64, 128), (8, 9), (1, 8))] == [(8, 16), (1, 2), (1, 1)]


def test_a_block_is_a_word_row_by_row_and_missing_cells_are_zero():
    cells = np.zeros((9, 10), dtype=bool)
    cells[1, 2] = cells[8, 9] = True  # bit 10 of the first block, bit 1 of the last
    blocks = to_blocks(cells)
    assert blocks.shape == (2, 2, 64)
    codes = np.zeros(blocks.shape, dtype=np.uint8)
    codes[0, 1, 63] = 2
    words = pack_words(blocks, codes, 3)
    assert words.tolist() == [[[1 << 10, 0, 0], [0, 0, 1 << 63]], [[0, 0, 0], [2, 0, 0]]]


def test_counts_boxes_and_words_by_hand():
    mask, context = np.zeros((16, 24), dtype=bool), np.full((16, 24), VOID, dtype=np.uint8)
    mask[:8, 8:18] = True  # all of the second block, two columns of the third
    context[:8, 8:16] = 0
    context[:8, 16:18] = 4
    context[:8, 18:20] = 2
    context[7, 19] = VOID
    packed = pack(Descriptor(mask, context), 5)
    assert (packed.mask_box, packed.context_box) == ((0, 8, 8, 18), (0, 8, 8, 20))
    assert (packed.mask_area, packed.context_area) == (80, 64 + 31)
    assert packed.block_box == (0, 1, 1, 3)
    assert packed.sketch.tolist() == [[[64, 1, 64, 0], [16, 5, 16, 15]]]
    columns = [sum(1 << (8 * row + column) for row in range(8)) for column in range(4)]
    label_4, label_2 = columns[0] + columns[1], columns[2] + columns[3] - (1 << 59)
    assert packed.words.tolist() == [[label_4, label_4 + label_2, label_2, label_4]]  # of the codes 5 and 3


def test_nothing_has_no_blocks():
    packed = pack(Descriptor(np.zeros((8, 16), bool), np.full((8, 16), VOID, np.uint8)), 3)
    assert (packed.mask_box, packed.block_box, packed.mask_area, packed.context_area) == ((0,) * 4, (0,) * 4, 0, 0)
    assert (packed.sketch.shape, packed.words.shape) == ((0, 0, 4), (0, 3))


@given(st.integers(0, 2**32 - 1), st.integers(1, 20), st.integers(1, 30), st.sampled_from([1, 2, 19, 254]))
def test_what_is_packed_can_be_put_together_again(seed, height, width, num_categories):
    rng = np.random.default_rng(seed)
    coarse = rng.choice(
        np.array([*range(num_categories), VOID], dtype=np.uint8), size=(-(-height // 6), -(-width // 6))
    )
    labels = coarse.repeat(6, axis=0).repeat(6, axis=1)[:height, :width]
    labels = np.where(rng.random(labels.shape) < rng.choice([0, 0.05]), VOID, labels)
    mask = labels == rng.choice(labels.ravel())
    packed = pack(Descriptor(mask, labels), num_categories)
    again = unpacked(packed, (height, width), num_categories)
    assert np.array_equal(again[0], mask)
    assert np.array_equal(again[1], labels)
    assert (packed.mask_area, packed.context_area) == (mask.sum(), (labels != VOID).sum())
