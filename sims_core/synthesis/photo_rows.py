"""Canvas -> the row of its photograph: what a worker of stage `synthesize` does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sims_core.base.files import opened_once
from sims_core.formats.canvases import CanvasReader
from sims_core.formats.scenes import open_scenes
from sims_core.formats.tables import image_cell
from sims_core.networks.trained.synthesis import SynthesisPredictor

_open_canvases = opened_once(CanvasReader)
# A photograph of 128 x 256 takes 0.1 s of a processor, the import of torch and the network 3 s.
ITEMS_PER_WORKER = 16
_open_predictor = opened_once(SynthesisPredictor)


@dataclass(frozen=True)
class PhotoRow:
    """Synthesises photographs; can be pickled, and each process opens the files once."""

    canvases: Path
    scenes: Path
    model: Path

    def __call__(self, key: tuple[str, int]) -> dict[str, Any]:
        """Return the row of a canvas by scene id and variant."""
        scene_id, variant = key
        canvas = _open_canvases(self.canvases).load(scene_id, variant)
        layout = open_scenes(self.scenes).load(scene_id).labels
        image = _open_predictor(self.model).synthesize(canvas.canvas, canvas.known, layout)
        return {"scene_id": scene_id, "variant": variant, "image": image_cell(image)}
