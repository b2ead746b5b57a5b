"""A descriptor cut into blocks of 8 x 8 cells: counts that bound what two have in common, and the bits that decide.

One bit of each cell of a block makes a 64-bit word: cell (row, column) of the block is bit 8 * row + column. The first
word of a block is the mask. The others are the planes of the context: plane p holds bit p of the cell's code, which is
label + 1, with 0 = void. Five planes take a quarter of the room of nineteen one-hot planes and lose nothing.

Blocks whose cells are all alike need no words, and blocks outside of mask and context are not stored at all. Cells that
a grid lacks to whole blocks count as void and outside of the mask.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sims_core.bank.descriptors import Descriptor
from sims_core.scenes.boxes import Box
from sims_core.scenes.classes import VOID

BLOCK_CELLS = 8
CELLS_PER_BLOCK = BLOCK_CELLS**2


@dataclass(frozen=True)
class PackedDescriptor:
    """What the search index stores of one segment.

    Attributes:
        mask_box: (top, left, bottom, right) of the mask, in cells; all 0 where there is none.
        context_box: The same of all cells of the context that have a label.
        mask_area: In cells.
        context_area: In cells.
        block_box: (top, left, bottom, right) of mask and context together, in blocks.
        sketch: (rows, columns, 4) uint8 of the blocks in `block_box`: cells of the mask; code of the commonest label;
            cells of it; cells of all other labels.
        words: (M, 1 + planes) uint64 of the blocks that are not `uniform`, row by row.
    """

    mask_box: Box
    context_box: Box
    mask_area: int
    context_area: int
    block_box: Box
    sketch: NDArray[np.uint8]
    words: NDArray[np.uint64]


def num_planes(num_categories: int) -> int:
    """Return the number of bit planes of a context: enough for the codes 0..num_categories."""
    return num_categories.bit_length()


def block_grid(grid: tuple[int, int]) -> tuple[int, int]:
    """Return (rows, columns) of the blocks that cover a (height, width) grid of cells."""
    return math.ceil(grid[0] / BLOCK_CELLS), math.ceil(grid[1] / BLOCK_CELLS)


def codes_of(context: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return label + 1 of each cell, and 0 for void."""
    return context + np.uint8(1)  # void is 255, and wraps around


def to_blocks(cells: NDArray[Any]) -> NDArray[Any]:
    """Cut (..., height, width) cells into (..., rows, columns, 64), filled up with zeros."""
    rows, columns = block_grid((cells.shape[-2], cells.shape[-1]))
    missing = (rows * BLOCK_CELLS - cells.shape[-2], columns * BLOCK_CELLS - cells.shape[-1])
    if any(missing):
        cells = np.pad(cells, [(0, 0)] * (cells.ndim - 2) + [(0, missing[0]), (0, missing[1])])
    parts = cells.reshape(*cells.shape[:-2], rows, BLOCK_CELLS, columns, BLOCK_CELLS)
    return parts.swapaxes(-3, -2).reshape(*cells.shape[:-2], rows, columns, CELLS_PER_BLOCK)


def pack_words(masks: NDArray[np.bool_], codes: NDArray[np.uint8], num_categories: int) -> NDArray[np.uint64]:
    """Pack blocks into words.

    Args:
        masks: (..., 64) bool.
        codes: (..., 64) uint8.
        num_categories: Size of the class table.

    Returns:
        (..., 1 + planes) uint64.
    """
    planes = [masks, *((codes >> plane) & 1 for plane in range(num_planes(num_categories)))]
    bits = np.packbits(np.stack(planes, axis=-2), axis=-1, bitorder="little")
    return bits.view("<u8")[..., 0].astype(np.uint64, copy=False)


def pack(descriptor: Descriptor, num_categories: int) -> PackedDescriptor:
    """Cut a descriptor into blocks."""
    codes = codes_of(descriptor.context)
    mask_box, context_box = bounding_box(descriptor.mask), bounding_box(descriptor.context != VOID)
    top, left, bottom, right = around([mask_box, context_box])
    box = (top // BLOCK_CELLS, left // BLOCK_CELLS, -(-bottom // BLOCK_CELLS), -(-right // BLOCK_CELLS))
    part = tuple(slice(box[axis] * BLOCK_CELLS, box[axis + 2] * BLOCK_CELLS) for axis in (0, 1))
    mask_blocks, code_blocks = to_blocks(descriptor.mask[part]), to_blocks(codes[part])
    sketch = _sketch(mask_blocks, code_blocks)
    mixed = ~uniform(sketch)
    return PackedDescriptor(
        mask_box=mask_box,
        context_box=context_box,
        mask_area=int(sketch[..., 0].sum(dtype=np.int64)),
        context_area=int(sketch[..., 2:].sum(dtype=np.int64)),
        block_box=box,
        sketch=sketch,
        words=pack_words(mask_blocks[mixed], code_blocks[mixed], num_categories),
    )


def uniform(sketch: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which blocks, (..., 4) uint8, their counts describe wholly: mask all or nothing, one label or none."""
    of_mask, _, commonest, others = np.moveaxis(sketch, -1, 0)
    whole_mask = (of_mask == 0) | (of_mask == CELLS_PER_BLOCK)
    one_label = (others == 0) & ((commonest == 0) | (commonest == CELLS_PER_BLOCK))
    alike: NDArray[np.bool_] = whole_mask & one_label
    return alike


def bounding_box(cells: NDArray[np.bool_]) -> Box:
    """Return (top, left, bottom, right) of the cells that are set; all 0 where none is."""
    rows, columns = np.flatnonzero(cells.any(axis=1)), np.flatnonzero(cells.any(axis=0))
    if not len(rows):
        return 0, 0, 0, 0
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def around(boxes: Sequence[Box]) -> Box:
    """Return the box around all boxes that are not empty."""
    filled = [box for box in boxes if box[2] > box[0]] or [(0, 0, 0, 0)]
    tops, lefts, bottoms, rights = zip(*filled, strict=True)
    return min(tops), min(lefts), max(bottoms), max(rights)


def _sketch(masks: NDArray[np.bool_], codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    sketch = np.zeros((*masks.shape[:-1], 4), dtype=np.uint8)
    sketch[..., 0] = np.count_nonzero(masks, axis=-1)
    present = np.flatnonzero(np.bincount(codes.ravel(), minlength=1)[1:]) + 1
    if len(present):
        counts = np.stack([np.count_nonzero(codes == code, axis=-1) for code in present])
        sketch[..., 1] = present[counts.argmax(axis=0)]
        sketch[..., 2] = counts.max(axis=0)
        sketch[..., 3] = counts.sum(axis=0) - sketch[..., 2]
        sketch[..., 1][sketch[..., 2] == 0] = 0
    return sketch
