"""Canvases -> data/synthesized: the photographs."""

from __future__ import annotations

from pathlib import Path

from sims_core.base.entry import run_stage
from sims_core.base.parallel import parallel_map
from sims_core.base.parameters import load_parameters
from sims_core.formats.canvases import CanvasReader
from sims_core.formats.synthesized import IMAGES
from sims_core.formats.tables import write_table
from sims_core.networks.saved import read_card
from sims_core.synthesis.photo_rows import ITEMS_PER_WORKER, PhotoRow


def main(
    canvases: Path = Path("data/canvases"),
    scenes: Path = Path("data/scenes"),
    model: Path = Path("data/models/synthesis"),
    out: Path = Path("data/synthesized"),
    params: Path = Path("params.yaml"),
) -> int:
    """Turn every canvas into a photograph of the layout that was asked for."""
    load_parameters(params)
    read_card(model)
    keys = list(CanvasReader(canvases))
    rows = parallel_map(PhotoRow(canvases, scenes, model), keys, "synthesize", ITEMS_PER_WORKER)
    write_table(out, "images", IMAGES, rows, "synthesized", [scenes, canvases, model])
    return len(keys)


if __name__ == "__main__":
    run_stage(main)
