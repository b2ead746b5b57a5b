"""A stage's figures -> two committed files: the headline figures, which are DVC metrics, and all figures.

metrics/<stage>.json holds the few numbers that `dvc metrics diff` and `dvc exp show` are asked for. All figures, with
their protocol, lie in metrics/figures/, and what a stage costs lies in metrics/cost/ (`base/cost.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sims_core.base.files import write_json

FIGURES = "figures"
FIGURES_FOLDER = Path("metrics") / FIGURES


def write_figures(path: Path, figures: Mapping[str, Any], headline: Mapping[str, float]) -> None:
    """Write all figures to figures/ beside `path`, and the headline figures, by the name that DVC shows, to `path`."""
    write_json(path.parent / FIGURES / path.name, figures)
    write_json(path, headline)
