"""Open the network of a finished project that fills in coarse layouts."""

from __future__ import annotations

from pathlib import Path

from sims_core.base.artifacts import check_together
from sims_core.networks.trained.layout import LayoutPredictor
from sims_core.synthesis.packed import LAYOUT_MODEL


def load_refinement(project: Path) -> LayoutPredictor:
    """Load the network that fills in coarse layouts.

    Args:
        project: Folder of a finished project.

    Raises:
        SimsError: The network is missing, damaged, or of another run than the project's scenes.
    """
    predictor = LayoutPredictor(project / LAYOUT_MODEL)
    check_together(project / "data" / "scenes", project / LAYOUT_MODEL)
    return predictor
