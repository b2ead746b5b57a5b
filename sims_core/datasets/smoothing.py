"""Label maps that were smoothed: most of their values lie along borders and fill nothing."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sims_core.base.errors import SimsError

_BLOCK_PX = 3
# Fewer may be poles and wires.
_MIN_BORDER_VALUES = 8


def filling(codes: NDArray[Any]) -> frozenset[int]:
    """Return the values that fill a block of 3 x 3 pixels somewhere.

    Args:
        codes: (H, W), the value or packed colour of each pixel. Of less than 3 pixels in height or width, all count.
    """
    if min(codes.shape) < _BLOCK_PX:
        return frozenset(np.unique(codes).tolist())
    # A block is three rows of three equal pixels that are equal.
    rows = (codes[:, :-2] == codes[:, 1:-1]) & (codes[:, 1:-1] == codes[:, 2:])
    first = codes[:, :-2]
    blocks = rows[:-2] & rows[1:-1] & rows[2:] & (first[:-2] == first[1:-1]) & (first[1:-1] == first[2:])
    return frozenset(np.unique(first[:-2][blocks]).tolist())


def smoothed(values: Collection[int], filled: Collection[int], is_colour: bool, where: object) -> SimsError | None:
    """Return what to say of label maps whose values mostly fill no block, None where most of them do.

    Args:
        values: All that occur, without void.
        filled: Those that `filling` found in any of the files.
        is_colour: Whether values are packed colours.
        where: Named in the error.
    """
    num_border = len(set(values) - set(filled))
    if num_border < _MIN_BORDER_VALUES or 2 * num_border <= len(values):
        return None
    return SimsError(
        where,
        f"{num_border} of {len(values)} {'colours' if is_colour else 'values'} of the label maps lie along borders "
        f"alone and fill no {_BLOCK_PX} x {_BLOCK_PX} pixels anywhere: the label maps were smoothed",
        expected="one value or colour for each category, with hard borders",
        remedy="export them without anti-aliasing, resize them by nearest neighbour",
    )
