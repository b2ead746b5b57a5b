"""Matches, bank and two networks -> data/canvases: the canvas of every validation layout."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sims_core.base.entry import run_stage
from sims_core.base.parallel import progress_bar
from sims_core.base.parameters import load_parameters
from sims_core.composition.composer import ComposeConfig, Composer
from sims_core.composition.elision import ElisionConfig
from sims_core.formats.canvases import CANVASES, canvas_row
from sims_core.formats.matches import ComponentMatches, read_matches
from sims_core.formats.scenes import SceneReader
from sims_core.formats.tables import write_table
from sims_core.scenes.segmented_layout import SegmentedLayout, SegmentsConfig
from sims_core.synthesis.project import ComposerFiles, load_composer


def main(
    scenes: Path = Path("data/scenes"),
    bank: Path = Path("data/bank"),
    matches: Path = Path("data/matches"),
    transform: Path = Path("data/models/transform"),
    ordering: Path = Path("data/models/ordering"),
    out: Path = Path("data/canvases"),
    params: Path = Path("params.yaml"),
) -> int:
    """Align, order and paste a segment of every component of every validation layout, in one or more variants."""
    parameters = load_parameters(params)
    config = parameters.section("compose", ComposeConfig)
    composer = load_composer(
        ComposerFiles(scenes, bank, transform, ordering),
        config,
        parameters.section("segments", SegmentsConfig),
        parameters.section("elision", ElisionConfig),
    )
    reader = SceneReader(scenes)
    rows = _rows(reader, composer, read_matches(matches), config, parameters.seed)
    write_table(out, "canvases", CANVASES, rows, "canvases", [scenes, bank, matches, transform, ordering])
    return len(reader.ids("val")) * config.num_variants


def _rows(
    scenes: SceneReader,
    composer: Composer,
    matches: dict[str, list[ComponentMatches]],
    config: ComposeConfig,
    seed: int,
) -> Iterator[dict[str, Any]]:
    ids = scenes.ids("val")
    with progress_bar() as progress:
        task = progress.add_task("compose", total=len(ids) * config.num_variants, note="")
        for scene_id in ids:
            layout = SegmentedLayout.of_scene(scenes.load(scene_id), composer.classes)
            canvases = composer.variants(layout, matches[scene_id], config.num_variants, seed)
            for variant, canvas in enumerate(canvases):
                yield canvas_row(scene_id, variant, canvas)
                progress.advance(task)


if __name__ == "__main__":
    run_stage(main)
