"""Scenes, bank and depth -> data/simulated: everything the three networks train on, and what they are tested on.

Transform and ordering pairs are made from both splits (those of validation scenes are held out for the
evaluation), simulated canvases from training photos only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sims_core.base.artifacts import ancestry, write_card
from sims_core.base.files import atomic_folder
from sims_core.base.parallel import parallel_map
from sims_core.base.seeding import random_stream
from sims_core.composition.elision import ElisionConfig
from sims_core.formats.bank import open_bank
from sims_core.formats.scenes import open_scenes
from sims_core.formats.simulated import ORDERING_PAIRS, SIMULATED_CANVASES, STENCILS, TRANSFORM_PAIRS, stencil_rows
from sims_core.formats.tables import ShardWriter, image_cell, write_shards
from sims_core.retrieval.scene_matches import SceneSearch, match_scenes
from sims_core.retrieval.search import RetrieveConfig
from sims_core.scenes.boxes import Box, seen_through, whole_frame
from sims_core.scenes.classes import ClassTable
from sims_core.scenes.depth_maps import DepthMap, MetricDepth
from sims_core.scenes.placed import PlacedSegment
from sims_core.scenes.scene import SPLITS, Scene, Split
from sims_core.scenes.segmented_layout import SegmentedLayout, SegmentsConfig
from sims_core.scenes.segments import Segment
from sims_core.simulation.depth_order import OrderedPair, ordered_pairs
from sims_core.simulation.settings import SimulationConfig
from sims_core.simulation.simulator import CanvasSimulator, open_depths, take_apart
from sims_core.simulation.transform_pairs import displace_segment

Row = dict[str, Any]
_TABLES = {"transform": TRANSFORM_PAIRS, "ordering": ORDERING_PAIRS, "canvases": SIMULATED_CANVASES}
# A row is a few ids: shards of the usual number of rows would be many tiny files.
_STENCILS_PER_SHARD = 16384


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """Where a simulation reads, and how it draws."""

    scenes: Path
    bank: Path
    depth: Path
    config: SimulationConfig
    segments: SegmentsConfig
    elision: ElisionConfig
    seed: int

    @property
    def canvas_simulator(self) -> CanvasSimulator:
        """What makes the canvases."""
        return CanvasSimulator(
            scenes=self.scenes,
            bank=self.bank,
            depth=self.depth,
            config=self.config.canvas,
            elision=self.elision,
            seed=self.seed,
        )


@dataclass(frozen=True)
class _Item:
    """One scene to work on; `stencils` has the candidate ids of its large segments by index."""

    scene_id: str
    split: Split
    stencils: Mapping[int, Sequence[str]]


def write_simulated(folder: Path, simulation: Simulation) -> dict[str, int]:
    """Write the tables of `formats.simulated`; return the numbers of canvases and, by split, of pairs.

    No more than a shard of each table is held in memory, the scenes that workers have finished meanwhile, and the
    stencils of all scenes by their ids.

    Raises:
        SimsError: Scenes, bank or depth are missing or damaged.
    """
    reader = open_scenes(simulation.scenes)
    open_bank(simulation.bank)
    open_depths(simulation.depth)
    made_from = {name: ancestry(inputs) for name, inputs in _inputs(simulation).items()}
    stencils = find_stencils(reader.ids("train"), simulation)
    items = [_Item(scene_id, split, stencils.get(scene_id, {})) for split in SPLITS for scene_id in reader.ids(split)]
    num_rows: Counter[tuple[str, Split]] = Counter()
    with atomic_folder(folder) as temporary:
        write_shards(temporary / "stencils", "stencils", STENCILS, stencil_rows(stencils), _STENCILS_PER_SHARD)
        writers = {name: ShardWriter(temporary / name, name, table_format) for name, table_format in _TABLES.items()}
        done = parallel_map(partial(_simulate_scene, simulation=simulation), items, "simulate")
        for item, tables in zip(items, done, strict=True):
            for name, rows in tables.items():
                num_rows[name, item.split] += len(rows)
                for row in rows:
                    writers[name].add(row)
        for writer in writers.values():
            writer.close()
        for name, behind in made_from.items():
            write_card(temporary / name, f"simulated/{name}", STENCILS.made_by, behind)
    return {"num_canvases": num_rows["canvases", "train"]} | {
        f"num_{name}_pairs_{split}": num_rows[name, split] for name in ("transform", "ordering") for split in SPLITS
    }


def _inputs(simulation: Simulation) -> dict[str, list[Path]]:
    """Return the artifacts behind each table; a table does not change when others do."""
    scenes, bank, depth = simulation.scenes, simulation.bank, simulation.depth
    return {
        "transform": [scenes],
        "ordering": [scenes, depth],
        "stencils": [scenes, bank],
        "canvases": [scenes, bank, depth],
    }


def find_stencils(scene_ids: Sequence[str], simulation: Simulation) -> dict[str, dict[int, list[str]]]:
    """Return, by scene and segment index, the ids of the best matches in other photos.

    Matches are ranked by mask IoU alone, as in the released code.

    Args:
        scene_ids: Which scenes, whatever their split.
        simulation: Where they are, and how many matches are wanted.
    """
    config = RetrieveConfig(
        num_candidates=simulation.config.canvas.num_stencils,
        context_weight=0.0,
        one_per_photo=True,
        banned=(),
        split_margin=None,
    )
    search = SceneSearch(scenes=simulation.scenes, bank=simulation.bank, config=config, segments=simulation.segments)
    # The stencils of all scenes are held, and a segment is one for many: an id is held once.
    once: dict[str, str] = {}
    return {
        scene_id: {
            match.component: [once.setdefault(name, name) for name in match.segment_ids]
            for match in found
            if match.segment_ids
        }
        for scene_id, found in match_scenes(scene_ids, search, "find stencils")
    }


def _simulate_scene(item: _Item, simulation: Simulation) -> dict[str, list[Row]]:
    """Return the rows of one scene by table."""
    reader = open_scenes(simulation.scenes)
    scene = reader.load(item.scene_id)
    layout = SegmentedLayout.of_scene(scene, reader.classes)
    large = layout.large(simulation.segments)
    depth = open_depths(simulation.depth).load(item.scene_id)
    cells = _Cells(scene.labels, layout.segments)
    return {
        "transform": _transform_rows(scene, layout.segments, large, cells, simulation),
        "ordering": _ordering_rows(scene, layout, large, depth, cells, reader.classes, simulation),
        "canvases": _canvas_rows(scene, layout.segments, depth, item.stencils, simulation),
    }


class _Cells:
    """Cells that many rows of a scene hold, each encoded once."""

    def __init__(self, labels: NDArray[np.uint8], segments: Sequence[Segment]) -> None:
        self.layout = image_cell(labels)
        self.frame: Box = whole_frame((labels.shape[0], labels.shape[1]))
        self.mask = cache(lambda index: image_cell(segments[index].place.within(self.frame)))

    def picture(self, segment: PlacedSegment) -> Row:
        """Return the cell of a segment in its frame, black around it."""
        return image_cell(seen_through(self.frame, segment.rgb, segment.box))


def _transform_rows(
    scene: Scene, segments: list[Segment], large: list[int], cells: _Cells, simulation: Simulation
) -> list[Row]:
    rows = []
    for index in large:
        target: Row | None = None
        for number in range(simulation.config.transform.num_per_segment):
            stream = random_stream(simulation.seed, "simulate", "transform", scene.scene_id, index, number)
            pair = displace_segment(scene, segments[index], simulation.config.transform, stream)
            if pair is None:
                continue
            target = target or cells.picture(pair.target)
            rows.append(
                {
                    "scene_id": scene.scene_id,
                    "split": scene.split,
                    "component": index,
                    "category_id": segments[index].category,
                    "segment": cells.picture(pair.segment),
                    "segment_mask": image_cell(pair.segment.within(cells.frame)),
                    "target": target,
                    "target_mask": cells.mask(index),
                    "layout": cells.layout,
                    "theta": pair.theta.astype(np.float32).ravel().tolist(),
                }
            )
    return rows


def _ordering_rows(
    scene: Scene,
    layout: SegmentedLayout,
    large: list[int],
    depth: DepthMap,
    cells: _Cells,
    classes: ClassTable,
    simulation: Simulation,
) -> list[Row]:
    rows = []
    for pair in ordered_pairs(layout.segments, large, depth, classes, simulation.config.margins):
        first, second = layout.segments[pair.component_a], layout.segments[pair.component_b]
        rows.append(
            {
                "scene_id": scene.scene_id,
                "split": scene.split,
                "component_a": pair.component_a,
                "component_b": pair.component_b,
                "category_a": first.category,
                "category_b": second.category,
                "mask_a": cells.mask(pair.component_a),
                "mask_b": cells.mask(pair.component_b),
                "layout": cells.layout,
                "b_in_front": pair.b_in_front,
                "by_rule": pair.by_rule,
                "depth_source": depth.source,
                "depth_kind": depth.kind,
                **_at_boundary(pair, depth),
            }
        )
    return rows


def _at_boundary(pair: OrderedPair, depth: DepthMap) -> Row:
    """Return what depth says on either side, in the columns of its type."""
    names = ("depth_a_m", "depth_b_m") if isinstance(depth, MetricDepth) else ("disparity_a", "disparity_b")
    return dict(zip(names, (pair.at_a, pair.at_b), strict=True))


def _canvas_rows(
    scene: Scene,
    segments: list[Segment],
    depth: DepthMap,
    stencils: Mapping[int, Sequence[str]],
    simulation: Simulation,
) -> list[Row]:
    if scene.split != "train":
        return []
    simulator, parts = simulation.canvas_simulator, take_apart(scene, segments, depth)
    rows = []
    for variant in range(simulation.config.num_variants):
        simulated = simulator.simulate(parts, variant, stencils)
        rows.append(
            {
                "scene_id": scene.scene_id,
                "variant": variant,
                "canvas": image_cell(simulated.canvas),
                "known": image_cell(simulated.known),
                "layout": image_cell(simulated.layout),
            }
        )
    return rows
