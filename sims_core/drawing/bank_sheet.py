"""The memory bank -> a contact sheet of its segments."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sims_core.drawing.contact_sheet import Tile, contact_sheet, on_paper
from sims_core.formats.bank import BankReader, BankSegment

BLANK = Tile(on_paper(np.zeros((1, 1, 3), np.uint8), np.zeros((1, 1), bool)), "")


def evenly_spaced(num_items: int, num_wanted: int) -> list[int]:
    """Return up to `num_wanted` ascending indices spread over 0..num_items - 1."""
    num_shown = min(num_items, num_wanted)
    return [int((index + 0.5) * num_items / num_shown) for index in range(num_shown)]


def bank_sheet(bank: BankReader, categories: Sequence[str], num_per_category: int) -> NDArray[np.uint8]:
    """Show segments of the memory bank, evenly spaced over each category's larger half.

    Most segments of a bank are slivers of a few pixels; the larger half says what a category looks like.

    Raises:
        SimsError: A category is unknown to the bank.
    """
    tiles = []
    for category in categories:
        table = bank.table(category)
        areas = np.array(table.column("area_px"))
        larger_half = np.argsort(-areas, kind="stable")[: -(-len(areas) // 2)]
        ids = table.column("segment_id")
        shown = [ids[larger_half[position]] for position in evenly_spaced(len(larger_half), num_per_category)]
        tiles += [_segment_tile(bank.segment(segment_id, category), category) for segment_id in shown]
        if len(categories) > 1:  # one row per category
            tiles += [BLANK] * (num_per_category - len(shown))
    title = f"Memory bank: {sum(bank.manifest['num_segments'][c] for c in categories)} segments"
    if len(categories) == 1:
        title += f" of {categories[0]}"
    num_columns = num_per_category if len(categories) > 1 else 8
    return contact_sheet(tiles, num_columns, cell_height_px=96, cell_width_px=144, title=title)


def _segment_tile(segment: BankSegment, category: str) -> Tile:
    height_px, width_px = segment.mask.shape
    note = f"{category}, {width_px} x {height_px} px"
    return Tile(on_paper(segment.crop, segment.mask), segment.segment_id, note)
