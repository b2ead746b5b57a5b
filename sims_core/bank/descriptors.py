"""The mask and context of a segment on a coarse grid of the full frame: what retrieval compares.

Paper section 3: a memory segment is compared by its binary mask and by its context, the labels
inside its bounding box enlarged by 25 %. Both keep their absolute position in the frame (nothing
is cropped or centred), so photos of different resolution share one grid.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sims_core.base.pictures import resize_nearest
from sims_core.scenes.boxes import CONTEXT_ENLARGEMENT, Box, context_box
from sims_core.scenes.classes import VOID


@dataclass(frozen=True)
class Descriptor:
    """What retrieval knows of one segment.

    Attributes:
        mask: bool of the grid's shape.
        context: uint8 of the grid's shape, labels; 255 = void, and outside the context's box.
    """

    mask: NDArray[np.bool_]
    context: NDArray[np.uint8]


@dataclass(frozen=True)
class DescriptorSet:
    """The descriptors of many segments, on one grid and one class table.

    Attributes:
        masks: (N, height, width) bool.
        contexts: (N, height, width) uint8 labels, 255 = void.
        num_categories: Size of the class table.
    """

    masks: NDArray[np.bool_]
    contexts: NDArray[np.uint8]
    num_categories: int

    def __post_init__(self) -> None:
        if self.masks.ndim != 3 or self.masks.shape != self.contexts.shape:
            raise ValueError(f"shapes {self.masks.shape}, {self.contexts.shape}, expected two equal (N, height, width)")

    def __len__(self) -> int:
        return len(self.masks)

    def __iter__(self) -> Iterator[Descriptor]:
        return (Descriptor(mask, context) for mask, context in zip(self.masks, self.contexts, strict=True))

    @property
    def grid(self) -> tuple[int, int]:
        """(height, width) in cells."""
        return self.masks.shape[1], self.masks.shape[2]

    @classmethod
    def stack(cls, descriptors: Sequence[Descriptor], grid: tuple[int, int], num_categories: int) -> DescriptorSet:
        """Put single descriptors, possibly none, into one set."""
        masks = np.zeros((len(descriptors), *grid), dtype=np.bool_)
        contexts = np.full((len(descriptors), *grid), VOID, dtype=np.uint8)
        for index, descriptor in enumerate(descriptors):
            masks[index] = descriptor.mask
            contexts[index] = descriptor.context
        return cls(masks, contexts, num_categories)


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
    return Descriptor(cells, context)


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
