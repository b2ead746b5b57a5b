"""Canvases -> data/synthesized: the photographs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sims_core.base.entry import run_stage
from sims_core.base.parameters import load_parameters
from sims_core.formats.canvases import CanvasReader
from sims_core.formats.scenes import SceneReader
from sims_core.formats.synthesized import IMAGES
from sims_core.formats.tables import image_cell, write_table
from sims_core.networks.trained.synthesis import SynthesisPredictor


def main(
    canvases: Path = Path("data/canvases"),
    scenes: Path = Path("data/scenes"),
    model: Path = Path("data/models/synthesis"),
    out: Path = Path("data/synthesized"),
    params: Path = Path("params.yaml"),
) -> int:
    """Turn every canvas into a photograph of the layout that was asked for."""
    load_parameters(params)
    reader, layouts, predictor = CanvasReader(canvases), SceneReader(scenes), SynthesisPredictor(model)
    rows = _rows(reader, layouts, predictor)
    write_table(out, "images", IMAGES, rows, "synthesized", [scenes, canvases, model])
    return len(list(reader))


def _rows(canvases: CanvasReader, scenes: SceneReader, predictor: SynthesisPredictor) -> Iterator[dict[str, Any]]:
    for scene_id, variant in canvases:
        canvas = canvases.load(scene_id, variant)
        image = predictor.synthesize(canvas.canvas, canvas.known, scenes.load(scene_id).labels)
        yield {"scene_id": scene_id, "variant": variant, "image": image_cell(image)}


if __name__ == "__main__":
    run_stage(main)
