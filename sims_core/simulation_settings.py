"""What `simulate` can be told; trainings that simulate canvases of their own read it as well."""

from __future__ import annotations

from pydantic import Field

from sims_core.parameters import Section
from sims_core.simulated_canvas import CanvasSimulationConfig
from sims_core.transform_pairs import TransformPairsConfig


class SimulationConfig(Section):
    """What is simulated from each photo.

    `num_variants` canvases per training photo. `min_depth_ratio`: two adjacent segments make an ordering pair when
    the farther is at least that many times as far as the nearer.
    """

    num_variants: int = Field(ge=1)
    min_depth_ratio: float = Field(ge=1)
    transform: TransformPairsConfig
    canvas: CanvasSimulationConfig
