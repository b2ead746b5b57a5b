"""Validation layouts x data/bank -> data/matches: the best segments for each component, but for banned ones."""

from __future__ import annotations

from pathlib import Path

from sims_core.base.entry import run_stage
from sims_core.bank.ids import BankIds
from sims_core.base.artifacts import check_together
from sims_core.base.files import write_json
from sims_core.base.parameters import load_parameters
from sims_core.formats.bank import open_bank
from sims_core.formats.matches import MATCHES, matches_row
from sims_core.formats.scenes import open_scenes
from sims_core.formats.tables import write_table
from sims_core.retrieval.scene_matches import SceneSearch, match_scenes
from sims_core.retrieval.search import RetrieveConfig
from sims_core.scenes.segmented_layout import SegmentsConfig


def main(
    scenes: Path = Path("data/scenes"),
    bank: Path = Path("data/bank"),
    out: Path = Path("data/matches"),
    figures: Path = Path("metrics/figures/retrieve.json"),
    params: Path = Path("params.yaml"),
) -> None:
    """Rank the bank's segments for every component of every validation layout."""
    parameters = load_parameters(params)
    config = parameters.section("retrieve", RetrieveConfig)
    check_together(scenes, bank)
    reader = open_bank(bank)
    ids = BankIds(reader)
    ids.check_known(config.banned, f"{params}: retrieve.banned")
    search = SceneSearch(
        scenes=scenes, bank=bank, config=config, segments=parameters.section("segments", SegmentsConfig)
    )
    found = match_scenes(open_scenes(scenes).ids("val"), search, "retrieve")
    rows = (matches_row(scene_id, match) for scene_id, matches in found for match in matches)
    write_table(out, "matches", MATCHES, rows, "matches", [scenes, bank])
    num_banned = ids.num_banned(frozenset(config.banned))
    write_json(
        figures,
        {
            "num_segments": sum(reader.manifest["num_segments"].values()) - num_banned,
            "num_banned_segments": num_banned,
            "banned": sorted(config.banned),
        },
    )


if __name__ == "__main__":
    run_stage(main)
