"""What the report shows: section `report` of params.yaml."""

from __future__ import annotations

from pydantic import Field

from sims_core.base.parameters import Section


class ReportConfig(Section):
    """What the report shows.

    `num_typical` scenes (the first by id), `num_extremes` of the best and of the worst by score, and
    `num_bank_segments` segments of the memory bank per category.
    """

    num_typical: int = Field(ge=1)
    num_extremes: int = Field(ge=1)
    num_bank_segments: int = Field(ge=1)
