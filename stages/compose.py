"""Matches, bank and two networks -> data/canvases: the canvas of every validation layout."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

from sims_core.base.entry import run_stage
from sims_core.base.parallel import parallel_map
from sims_core.base.parameters import load_parameters
from sims_core.composition.composer import ComposeConfig
from sims_core.composition.elision import ElisionConfig
from sims_core.formats.canvases import CANVASES
from sims_core.formats.matches import read_matches
from sims_core.formats.scenes import open_scenes
from sims_core.formats.tables import write_table
from sims_core.networks.saved import read_card
from sims_core.retrieval.search import RetrieveConfig
from sims_core.scenes.segmented_layout import SegmentsConfig
from sims_core.synthesis.canvas_rows import CanvasRows, MatchedLayout
from sims_core.synthesis.project import ComposerFiles


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
    compose = CanvasRows(
        files=ComposerFiles(scenes, bank, transform, ordering),
        config=config,
        retrieve=parameters.section("retrieve", RetrieveConfig),
        segments=parameters.section("segments", SegmentsConfig),
        elision=parameters.section("elision", ElisionConfig),
        seed=parameters.seed,
    )
    for model in (transform, ordering):
        read_card(model)
    found = read_matches(matches)
    layouts = [MatchedLayout(scene_id, found[scene_id]) for scene_id in open_scenes(scenes).ids("val")]
    rows = chain.from_iterable(parallel_map(compose, layouts, "compose"))
    write_table(out, "canvases", CANVASES, rows, "canvases", [scenes, bank, matches, transform, ordering])
    return len(layouts) * config.num_variants


if __name__ == "__main__":
    run_stage(main)
