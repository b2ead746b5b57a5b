"""The packed mask and context of a segment on a coarse grid of the full frame: what retrieval compares.

Paper section 3: a memory segment is compared by its binary mask and by its context, the labels
inside its bounding box enlarged by 25 %. Both keep their absolute position in the frame (nothing
is cropped or centred), so photos of different resolution share one grid.

A grid of (height, width) cells is stored row-major, one bit per cell, in little-endian 64-bit
words: cell i is bit i % 64 of word i // 64, and the bits after the last cell are 0. A context is a
stack of such bit planes: plane p holds bit p of the cell's code, label + 1, with 0 = void. Bit
planes take a quarter of the room of one-hot planes (5 instead of 19) and lose nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sims_core.base.errors import SimsError
from sims_core.base.pictures import resize_nearest
from sims_core.scenes.boxes import CONTEXT_ENLARGEMENT, Box, context_box
from sims_core.scenes.classes import VOID

_WORD_BITS = 64
_WORD = np.dtype("<u8")


def num_words(grid: tuple[int, int]) -> int:
    """Return the number of 64-bit words of one bit plane over a (height, width) grid."""
    return math.ceil(grid[0] * grid[1] / _WORD_BITS)


def num_planes(num_categories: int) -> int:
    """Return the number of bit planes of a context: enough for the codes 0..num_categories."""
    return num_categories.bit_length()


@dataclass(frozen=True)
class Descriptor:
    """What retrieval knows of one segment.

    Attributes:
        mask_bits: (words,) uint64.
        context_bits: (planes, words) uint64.
    """

    mask_bits: NDArray[np.uint64]
    context_bits: NDArray[np.uint64]

    def to_bytes(self) -> tuple[bytes, bytes]:
        """Return mask and context as they are stored in a table; `DescriptorSet.from_bytes` reads them."""
        return self.mask_bits.astype(_WORD).tobytes(), self.context_bits.astype(_WORD).tobytes()


@dataclass(frozen=True)
class DescriptorSet:
    """The descriptors of many segments, on one grid and one class table.

    Attributes:
        mask_bits: (N, words) uint64.
        context_bits: (N, planes, words) uint64.
        grid: (height, width) in cells.
        num_categories: Size of the class table.
    """

    mask_bits: NDArray[np.uint64]
    context_bits: NDArray[np.uint64]
    grid: tuple[int, int]
    num_categories: int

    def __post_init__(self) -> None:
        words, planes = num_words(self.grid), num_planes(self.num_categories)
        num_segments = len(self.mask_bits)
        expected = ((num_segments, words), (num_segments, planes, words))
        if (self.mask_bits.shape, self.context_bits.shape) != expected:
            raise ValueError(f"shapes {self.mask_bits.shape}, {self.context_bits.shape}, expected {expected}")

    def __len__(self) -> int:
        return len(self.mask_bits)

    @classmethod
    def stack(cls, descriptors: Sequence[Descriptor], grid: tuple[int, int], num_categories: int) -> DescriptorSet:
        """Put single descriptors, possibly none, into one set."""
        shape = (len(descriptors), num_planes(num_categories), num_words(grid))
        mask_bits = np.zeros((shape[0], shape[2]), dtype=np.uint64)
        context_bits = np.zeros(shape, dtype=np.uint64)
        for index, descriptor in enumerate(descriptors):
            mask_bits[index] = descriptor.mask_bits
            context_bits[index] = descriptor.context_bits
        return cls(mask_bits, context_bits, grid, num_categories)

    @classmethod
    def from_bytes(
        cls,
        masks: Iterable[bytes],
        contexts: Iterable[bytes],
        grid: tuple[int, int],
        num_categories: int,
        where: object,
    ) -> DescriptorSet:
        """Read the two columns that `Descriptor.to_bytes` filled.

        Args:
            masks: One item per segment.
            contexts: One item per segment.
            grid: (height, width) in cells.
            num_categories: Size of the class table.
            where: The table, for the error message.

        Raises:
            SimsError: The sizes do not fit the grid or the number of categories.
        """
        words, planes = num_words(grid), num_planes(num_categories)
        mask_bits = _read_words(masks, (words,), where, "mask_bits")
        context_bits = _read_words(contexts, (planes, words), where, "context_bits")
        return cls(mask_bits, context_bits, grid, num_categories)


def describe(
    mask: NDArray[np.bool_],
    labels: NDArray[np.uint8],
    box: Box,
    grid: tuple[int, int],
    num_categories: int,
    context_enlargement: float = CONTEXT_ENLARGEMENT,
) -> Descriptor:
    """Describe one segment of a layout.

    Args:
        mask: (H, W) bool, True only inside `box`.
        labels: (H, W) uint8, the layout, 255 = void.
        box: (top, left, bottom, right) of the segment in pixels.
        grid: (height, width) in cells.
        num_categories: Size of the class table.
        context_enlargement: See `context_box`.

    Raises:
        ValueError: The mask leaves the box, or a label is neither a category nor void.
    """
    inside = mask[box[0] : box[2], box[1] : box[3]]
    if np.count_nonzero(inside) != np.count_nonzero(mask):
        raise ValueError(f"the mask has pixels outside its box {box}")
    cells = grid_mask(inside, box, (mask.shape[0], mask.shape[1]), grid)
    context = grid_context(labels, context_box(box, (labels.shape[0], labels.shape[1]), context_enlargement), grid)
    if np.any((context != VOID) & (context >= num_categories)):
        raise ValueError(f"label {context[context != VOID].max()} in a class table of {num_categories}")
    codes = np.where(context == VOID, 0, context.astype(np.int64) + 1)
    planes = (codes[None] >> np.arange(num_planes(num_categories))[:, None, None]) & 1
    return Descriptor(pack_bits(cells), pack_bits(planes.astype(bool)))


def grid_mask(mask: NDArray[np.bool_], box: Box, frame: tuple[int, int], grid: tuple[int, int]) -> NDArray[np.bool_]:
    """Resize a box-sized mask to the grid by area: a cell is set iff at least half of it is covered.

    A mask too small to cover half of any cell keeps the cells that it covers most. Integer
    arithmetic, so cells that are covered by exactly one half are decided exactly.

    Args:
        mask: (h, w) bool, box-sized.
        box: Where it lies in the frame.
        frame: (height, width) in pixels.
        grid: (height, width) in cells.

    Returns:
        bool of the grid's shape.
    """
    rows = _cell_sums(mask.astype(np.int64), box[0], frame[0], grid[0])
    covered = _cell_sums(rows.T, box[1], frame[1], grid[1]).T
    cell_area = frame[0] * frame[1]  # of one cell, in the units of `covered`: pixels / (grid cells)
    cells = 2 * covered >= cell_area
    if not cells.any() and mask.any():
        cells = covered == covered.max()
    return cells


def grid_context(labels: NDArray[np.uint8], box: Box, grid: tuple[int, int]) -> NDArray[np.uint8]:
    """Sample the labels inside a box at the cells' centres; void elsewhere.

    A cell belongs to the box iff its centre does. A box that no row (or column) centre falls into
    keeps the row (or column) of cells that its own centre falls into.

    Args:
        labels: (H, W) uint8, 255 = void.
        box: (top, left, bottom, right) in pixels.
        grid: (height, width) in cells.

    Returns:
        uint8 of the grid's shape.
    """
    rows = _cells_between(box[0], box[2], labels.shape[0], grid[0])
    columns = _cells_between(box[1], box[3], labels.shape[1], grid[1])
    context = np.full(grid, VOID, dtype=np.uint8)
    context[rows, columns] = resize_nearest(labels, *grid)[rows, columns]
    return context


def pack_bits(planes: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Pack (..., height, width) bool into (..., words) uint64."""
    flat = planes.reshape(*planes.shape[:-2], -1)
    padding = [(0, 0)] * (flat.ndim - 1) + [(0, -flat.shape[-1] % _WORD_BITS)]
    packed = np.packbits(np.pad(flat, padding), axis=-1, bitorder="little")
    return packed.view(_WORD).astype(np.uint64)


def unpack_bits(words: NDArray[np.uint64], grid: tuple[int, int]) -> NDArray[np.bool_]:
    """Unpack (..., words) uint64 into (..., height, width) bool."""
    packed = np.ascontiguousarray(words, dtype=_WORD).view(np.uint8)
    bits = np.unpackbits(packed, axis=-1, count=grid[0] * grid[1], bitorder="little")
    return bits.reshape(*words.shape[:-1], *grid).astype(bool)


def unpack_context(planes: NDArray[np.uint64], grid: tuple[int, int]) -> NDArray[np.uint8]:
    """Unpack (..., planes, words) uint64 into (..., height, width) uint8 labels, 255 = void."""
    bits = unpack_bits(planes, grid)
    weights = (1 << np.arange(planes.shape[-2]))[:, None, None]
    codes = (bits * weights).sum(axis=-3)
    return np.where(codes == 0, VOID, codes - 1).astype(np.uint8)


def _cell_sums(values: NDArray[np.int64], first_px: int, frame_px: int, num_cells: int) -> NDArray[np.int64]:
    """Integrate axis 0 over each cell: pixels first_px... of a frame that is cut into equal cells.

    Returns (num_cells, ...) in units of 1 / num_cells pixel, in which every cell border is a whole number.
    """
    borders = np.clip(np.arange(num_cells + 1) * frame_px - first_px * num_cells, 0, len(values) * num_cells)
    whole, part = np.divmod(borders, num_cells)
    nothing = np.zeros((1, *values.shape[1:]), dtype=np.int64)
    before = np.concatenate([nothing, np.cumsum(values, axis=0)])
    here = np.concatenate([values, nothing])
    sums: NDArray[np.int64] = np.diff(before[whole] * num_cells + here[whole] * part[:, None], axis=0)
    return sums


def _cells_between(first_px: int, stop_px: int, frame_px: int, num_cells: int) -> slice:
    """Return the cells whose centres lie in [first_px, stop_px), or the one that holds the middle."""
    centres = (2 * np.arange(num_cells) + 1) * frame_px  # in units of 1 / (2 num_cells) pixel
    start, stop = (int(v) for v in np.searchsorted(centres, [2 * num_cells * first_px, 2 * num_cells * stop_px]))
    if start < stop:
        return slice(start, stop)
    middle = (first_px + stop_px) * num_cells // (2 * frame_px)
    return slice(middle, middle + 1)


def _read_words(rows: Iterable[bytes], shape: tuple[int, ...], where: object, column: str) -> NDArray[np.uint64]:
    """Return (N, *shape) uint64 from one bytes object per row."""
    listed = list(rows)
    expected = math.prod(shape) * _WORD.itemsize
    sizes = {len(row) for row in listed} - {expected}
    if sizes:
        raise SimsError(
            where,
            f"column '{column}' does not fit the grid and the class table",
            expected=f"{expected} bytes a row",
            found=min(sizes),
            remedy="run stage 'extract_bank' again",
        )
    joined = np.frombuffer(b"".join(listed), dtype=_WORD).astype(np.uint64, copy=False)
    return joined.reshape(len(listed), *shape)
