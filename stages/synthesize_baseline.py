"""Validation layouts -> data/baselines/<baseline>: a rival's photographs, in the form of data/synthesized."""

from __future__ import annotations

from pathlib import Path

from sims_core.base.entry import run_stage
from sims_core.base.parallel import parallel_map
from sims_core.base.parameters import load_parameters
from sims_core.formats.scenes import open_scenes
from sims_core.formats.synthesized import IMAGES
from sims_core.formats.tables import write_table
from sims_core.networks.baselines import Baseline
from sims_core.networks.saved import read_card
from sims_core.synthesis.rival_rows import ITEMS_PER_WORKER, RivalRow


def main(
    baseline: Baseline,
    scenes: Path = Path("data/scenes"),
    models: Path = Path("data/models"),
    out: Path = Path("data/baselines"),
    params: Path = Path("params.yaml"),
) -> int:
    """Turn every validation layout into a photograph."""
    seed = load_parameters(params).seed
    read_card(models / baseline)
    ids = open_scenes(scenes).ids("val")
    rows = parallel_map(
        RivalRow(baseline, scenes, models / baseline, seed), ids, f"synthesize by {baseline}", ITEMS_PER_WORKER
    )
    name, stage = f"baselines/{baseline}", f"synthesize_baseline@{baseline}"
    write_table(out / baseline, "images", IMAGES, rows, name, [scenes, models / baseline], stage)
    return len(ids)


if __name__ == "__main__":
    run_stage(main)
