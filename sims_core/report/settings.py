"""What the report shows: section `report` of params.yaml."""

from __future__ import annotations

from sims_core.base.parameters import Count, Section


class ReportConfig(Section):
    """What the report shows.

    `num_typical` scenes (the first by id), `num_extremes` of the best and of the worst by score, and
    `num_bank_segments` segments of the memory bank per category.
    """

    num_typical: Count
    num_extremes: Count
    num_bank_segments: Count
