"""Scenes x memory bank -> the matches of every component, over workers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sims_core.base.parallel import parallel_map
from sims_core.formats.bank import open_bank
from sims_core.formats.matches import ComponentMatches
from sims_core.formats.scenes import open_scenes
from sims_core.retrieval.candidates import match_layouts
from sims_core.retrieval.search import RetrieveConfig
from sims_core.retrieval.touching import layout_of_scene
from sims_core.scenes.segmented_layout import SegmentsConfig

# So many layouts search a category that is opened once. To cut a layout into segments costs more than to open a
# category (0.5 s at 1024 x 2048), so that work is divided by layouts and not by categories.
_SCENES_AT_ONCE = 16


@dataclass(frozen=True, kw_only=True)
class SceneSearch:
    """Where scenes and bank lie, and how candidates are ranked."""

    scenes: Path
    bank: Path
    config: RetrieveConfig
    segments: SegmentsConfig


def match_scenes(
    scene_ids: Sequence[str], search: SceneSearch, description: str
) -> Iterator[tuple[str, list[ComponentMatches]]]:
    """Yield each scene's id with the matches of its components; see `match_layouts`.

    Args:
        scene_ids: Of any split, in the order in which they come back.
        search: What is searched.
        description: Shown beside the progress bar, which counts groups of scenes.

    Raises:
        SimsError: Scenes or bank are missing or damaged.
    """
    groups = [scene_ids[first : first + _SCENES_AT_ONCE] for first in range(0, len(scene_ids), _SCENES_AT_ONCE)]
    for found in parallel_map(partial(_match_group, search=search), groups, description):
        yield from found.items()


def _match_group(scene_ids: Sequence[str], search: SceneSearch) -> dict[str, list[ComponentMatches]]:
    reader, bank = open_scenes(search.scenes), open_bank(search.bank)
    layouts = [
        layout_of_scene(reader.load(scene_id), bank, reader.classes, search.config, search.segments)
        for scene_id in scene_ids
    ]
    return match_layouts(layouts, bank, reader.classes, search.config, search.segments)
