"""Validation layout -> the row of a rival's photograph: what a worker of stage `synthesize_baseline` does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sims_core.base.files import opened_once
from sims_core.base.seeding import derive_seed
from sims_core.formats.scenes import open_scenes
from sims_core.formats.tables import image_cell
from sims_core.networks.baselines import Baseline
from sims_core.networks.trained.baselines import BaselinePredictor

_VARIANT = 0
# A photograph of 128 x 256 takes 0.1 s of a processor, the import of torch and the network 3 s.
ITEMS_PER_WORKER = 16
_open_predictor = opened_once(BaselinePredictor)


@dataclass(frozen=True)
class RivalRow:
    """Makes a rival's photographs; can be pickled, and each process opens the files once."""

    baseline: Baseline
    scenes: Path
    model: Path
    seed: int

    def __call__(self, scene_id: str) -> dict[str, Any]:
        """Return the row of a layout by its scene id."""
        layout = open_scenes(self.scenes).load(scene_id).labels
        noise = derive_seed(self.seed, self.baseline, scene_id, _VARIANT)
        image = _open_predictor(self.baseline, self.model).synthesize(layout, noise)
        return {"scene_id": scene_id, "variant": _VARIANT, "image": image_cell(image)}
