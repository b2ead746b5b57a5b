"""A layout and the memory bank -> an error where the bank has nothing to show."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sims_core.base.errors import SimsError
from sims_core.formats.bank import BankReader
from sims_core.scenes.classes import VOID, ClassTable


def check_categories_known(labels: NDArray[np.uint8], bank: BankReader, classes: ClassTable, where: object) -> None:
    """Raise SimsError when a layout, (H, W) uint8 ids, shows a category of which the bank has no segment."""
    for category in np.unique(labels[labels != VOID]):
        name = classes.names[category]
        if name not in bank.categories:
            raise SimsError(
                where,
                f"category '{name}' is unknown to the bank",
                expected=f"one of {', '.join(bank.categories)}",
                remedy="repaint it in the layout, rename it with --mapping, or add training photos that show it",
            )
