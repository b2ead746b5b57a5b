"""Values by row of the evaluation -> what a chart draws of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sims_core.drawing.charts import Series
from sims_core.evaluation.rows import described_rows


def row_series(values: Mapping[str, Sequence[float] | NDArray[np.float64]]) -> list[Series]:
    """Return values by the name of a row as series with the row's title and colour, in the order given."""
    return [Series(row.title, row.colour, values[row.name]) for row in described_rows(list(values))]
