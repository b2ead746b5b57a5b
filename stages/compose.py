"""Matches, bank and two networks -> data/canvases: the canvas of every validation layout."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sims_core.canvas import ComposeConfig, Composer
from sims_core.elision import ElisionConfig
from sims_core.files import atomic_folder
from sims_core.formats.canvases import CANVASES, canvas_row
from sims_core.formats.matches import read_matches
from sims_core.formats.scenes import SceneReader
from sims_core.formats.tables import write_shards
from sims_core.matching import QueryLayout
from sims_core.parallel import progress_bar
from sims_core.parameters import load_parameters
from sims_core.project import ComposerFiles, load_composer
from sims_core.seeding import random_stream
from sims_core.segments import SegmentsConfig, extract_segments
from sims_core.stage import run_stage


def main(
    scenes: Path = Path("data/scenes"),
    bank: Path = Path("data/bank"),
    simulated: Path = Path("data/simulated"),
    matches: Path = Path("data/matches"),
    transform: Path = Path("data/models/transform"),
    ordering: Path = Path("data/models/ordering"),
    out: Path = Path("data/canvases"),
    params: Path = Path("params.yaml"),
) -> None:
    """Align, order and paste the best segment of every component of every validation layout."""
    parameters = load_parameters(params)
    composer = load_composer(
        ComposerFiles(scenes, bank, simulated, transform, ordering),
        parameters.section("compose", ComposeConfig),
        parameters.section("segments", SegmentsConfig),
        parameters.section("elision", ElisionConfig),
    )
    with atomic_folder(out) as temporary:
        rows = _rows(SceneReader(scenes), composer, matches, parameters.seed)
        write_shards(temporary, "canvases", CANVASES, rows)


def _rows(scenes: SceneReader, composer: Composer, matches: Path, seed: int) -> Iterator[dict[str, Any]]:
    found, ids = read_matches(matches), scenes.ids("val")
    with progress_bar() as progress:
        task = progress.add_task("compose", total=len(ids), note="")
        for scene_id in ids:
            scene = scenes.load(scene_id)
            segments = extract_segments(scene.labels, composer.classes, scene.instances)
            layout = QueryLayout(scene_id, scene.labels, segments)
            canvas = composer.compose(layout, found[scene_id], random_stream(seed, "compose", scene_id, 0))
            yield canvas_row(scene_id, 0, canvas)
            progress.advance(task)


if __name__ == "__main__":
    run_stage(main)
