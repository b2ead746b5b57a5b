"""Validation layouts -> data/baselines/<baseline>: a rival's photographs, in the form of data/synthesized."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sims_core.base.entry import run_stage
from sims_core.base.parameters import load_parameters
from sims_core.base.seeding import derive_seed
from sims_core.formats.scenes import SceneReader
from sims_core.formats.synthesized import IMAGES
from sims_core.formats.tables import image_cell, write_table
from sims_core.networks.baselines import Baseline
from sims_core.networks.trained.baselines import BaselinePredictor

_VARIANT = 0


def main(
    baseline: Baseline,
    scenes: Path = Path("data/scenes"),
    models: Path = Path("data/models"),
    out: Path = Path("data/baselines"),
    params: Path = Path("params.yaml"),
) -> int:
    """Turn every validation layout into a photograph."""
    seed = load_parameters(params).seed
    reader, predictor = SceneReader(scenes), BaselinePredictor(baseline, models / baseline)

    def rows() -> Iterator[dict[str, Any]]:
        for scene in reader.scenes("val"):
            noise = derive_seed(seed, baseline, scene.scene_id, _VARIANT)
            image = predictor.synthesize(scene.labels, noise)
            yield {"scene_id": scene.scene_id, "variant": _VARIANT, "image": image_cell(image)}

    name, stage = f"baselines/{baseline}", f"synthesize_baseline@{baseline}"
    write_table(out / baseline, "images", IMAGES, rows(), name, [scenes, models / baseline], stage)
    return len(reader.ids("val"))


if __name__ == "__main__":
    run_stage(main)
