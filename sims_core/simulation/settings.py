"""What `simulate` can be told; trainings that simulate canvases of their own read it as well."""

from __future__ import annotations

from pydantic import Field

from sims_core.base.parameters import Section
from sims_core.simulation.canvas import CanvasSimulationConfig
from sims_core.simulation.depth_order import Margins
from sims_core.simulation.transform_pairs import TransformPairsConfig


class SimulationConfig(Section):
    """What is simulated from each photo.

    `num_variants` canvases per training photo. Two adjacent segments make an ordering pair when the farther is at least
    `min_depth_ratio` times as far as the nearer; where depth is relative and has no ratios, when their disparities
    are at least `min_disparity_fraction` of the picture's range apart.
    """

    num_variants: int = Field(ge=1, le=1000)
    min_depth_ratio: float = Field(ge=1, le=1000)
    min_disparity_fraction: float = Field(ge=0, lt=1)
    transform: TransformPairsConfig
    canvas: CanvasSimulationConfig

    @property
    def margins(self) -> Margins:
        """When depth says which of two segments is in front."""
        return Margins(min_depth_ratio=self.min_depth_ratio, min_disparity_fraction=self.min_disparity_fraction)
