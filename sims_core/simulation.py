"""Scenes, bank and depth -> data/simulated: everything the three networks train on, and what they are tested on.

Transform and ordering pairs are made from both splits (those of validation scenes are held out for the
evaluation), simulated canvases from training photos only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field

from sims_core.classes import ClassTable
from sims_core.depth_order import ordered_pairs, segment_depths
from sims_core.elision import ElisionConfig
from sims_core.files import atomic_folder, opened_once
from sims_core.formats.bank import BankReader
from sims_core.formats.depth import DepthMap, DepthReader
from sims_core.formats.scenes import open_scenes
from sims_core.formats.simulated import ORDERING_PAIRS, SIMULATED_CANVASES, TRANSFORM_PAIRS
from sims_core.formats.tables import image_cell, write_shards
from sims_core.matching import QueryLayout, match_layouts
from sims_core.parallel import parallel_map
from sims_core.parameters import Section
from sims_core.retrieval import RetrieveConfig
from sims_core.scene import Scene
from sims_core.seeding import random_stream
from sims_core.segments import Segment, SegmentsConfig, extract_segments, is_large
from sims_core.simulated_canvas import CanvasSimulationConfig, simulate_canvas
from sims_core.transform_pairs import TransformPairsConfig, displace_segment

Row = dict[str, Any]
_open_bank = opened_once(BankReader)
_open_depths = opened_once(DepthReader)


class SimulationConfig(Section):
    """What is simulated from each photo.

    `num_variants` canvases per training photo. `min_depth_ratio`: two adjacent segments make an ordering pair when
    the farther is at least that many times as far as the nearer.
    """

    num_variants: int = Field(ge=1)
    min_depth_ratio: float = Field(ge=1)
    transform: TransformPairsConfig
    canvas: CanvasSimulationConfig


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


@dataclass(frozen=True)
class _Item:
    """One scene to work on; `stencils` has the candidate ids of its large segments by index."""

    scene_id: str
    stencils: dict[int, list[str]]


@dataclass(frozen=True)
class _Rows:
    transform: list[Row]
    ordering: list[Row]
    canvases: list[Row]


def write_simulated(folder: Path, simulation: Simulation) -> dict[str, int]:
    """Write the three tables; return their numbers of rows by split.

    Raises:
        SimsError: Scenes, bank or depth are missing or damaged.
    """
    reader = open_scenes(simulation.scenes)
    training = reader.ids("train")
    stencils = find_stencils(training, simulation)
    items = [_Item(scene_id, stencils[scene_id]) for scene_id in training]
    items += [_Item(scene_id, {}) for scene_id in reader.ids("val")]
    done = list(parallel_map(partial(_simulate_scene, simulation=simulation), items, "simulate"))
    tables = {
        "transform": (TRANSFORM_PAIRS, [row for rows in done for row in rows.transform]),
        "ordering": (ORDERING_PAIRS, [row for rows in done for row in rows.ordering]),
        "canvas": (SIMULATED_CANVASES, [row for rows in done for row in rows.canvases]),
    }
    with atomic_folder(folder) as temporary:
        for prefix, (table_format, rows) in tables.items():
            write_shards(temporary, prefix, table_format, rows)
    counts = {"num_canvases": len(tables["canvas"][1])}
    for name in ("transform", "ordering"):
        for split in ("train", "val"):
            counts[f"num_{name}_pairs_{split}"] = sum(row["split"] == split for row in tables[name][1])
    return counts


def find_stencils(scene_ids: Sequence[str], simulation: Simulation) -> dict[str, dict[int, list[str]]]:
    """Return, by scene and segment index, the ids of the best matches in other photos; by mask IoU alone (2c)."""
    reader = open_scenes(simulation.scenes)
    layouts = []
    for scene_id in scene_ids:
        scene = reader.load(scene_id)
        segments = extract_segments(scene.labels, reader.classes, scene.instances)
        layouts.append(QueryLayout(scene_id, scene.labels, segments))
    config = RetrieveConfig(
        num_candidates=simulation.config.canvas.num_stencils, context_weight=0.0, one_per_photo=True
    )
    matches = match_layouts(layouts, BankReader(simulation.bank), reader.classes, config, simulation.segments)
    return {
        scene_id: {match.component: match.segment_ids for match in found if match.segment_ids}
        for scene_id, found in matches.items()
    }


def _simulate_scene(item: _Item, simulation: Simulation) -> _Rows:
    reader = open_scenes(simulation.scenes)
    scene = reader.load(item.scene_id)
    segments = extract_segments(scene.labels, reader.classes, scene.instances)
    shape = (scene.labels.shape[0], scene.labels.shape[1])
    large = [i for i, segment in enumerate(segments) if is_large(segment.area_px, shape, simulation.segments)]
    depth = _open_depths(simulation.depth).load(item.scene_id)
    return _Rows(
        transform=_transform_rows(scene, segments, large, simulation),
        ordering=_ordering_rows(scene, segments, large, depth, reader.classes, simulation),
        canvases=_canvas_rows(scene, segments, depth, item.stencils, reader.classes, simulation),
    )


def _transform_rows(scene: Scene, segments: list[Segment], large: list[int], simulation: Simulation) -> list[Row]:
    rows = []
    for index in large:
        for number in range(simulation.config.transform.num_per_segment):
            stream = random_stream(simulation.seed, "simulate", "transform", scene.scene_id, index, number)
            pair = displace_segment(scene, segments[index], simulation.config.transform, stream)
            if pair is None:
                continue
            rows.append(
                {
                    "scene_id": scene.scene_id,
                    "split": scene.split,
                    "component": index,
                    "category_id": segments[index].category,
                    "segment": image_cell(pair.segment),
                    "segment_mask": image_cell(pair.segment_mask),
                    "target": image_cell(pair.target),
                    "target_mask": image_cell(pair.target_mask),
                    "layout": image_cell(scene.labels),
                    "theta": pair.theta.astype(np.float32).ravel().tolist(),
                }
            )
    return rows


def _ordering_rows(
    scene: Scene,
    segments: list[Segment],
    large: list[int],
    depth: DepthMap,
    classes: ClassTable,
    simulation: Simulation,
) -> list[Row]:
    shape = (scene.labels.shape[0], scene.labels.shape[1])
    rows = []
    for pair in ordered_pairs(segments, large, depth.depth_m, classes, simulation.config.min_depth_ratio):
        first, second = segments[pair.component_a], segments[pair.component_b]
        rows.append(
            {
                "scene_id": scene.scene_id,
                "split": scene.split,
                "component_a": pair.component_a,
                "component_b": pair.component_b,
                "category_a": first.category,
                "category_b": second.category,
                "mask_a": image_cell(first.full_mask(shape)),
                "mask_b": image_cell(second.full_mask(shape)),
                "layout": image_cell(scene.labels),
                "b_in_front": pair.b_in_front,
                "depth_a_m": pair.depth_a_m,
                "depth_b_m": pair.depth_b_m,
                "by_rule": pair.by_rule,
                "depth_source": depth.source,
            }
        )
    return rows


def _canvas_rows(
    scene: Scene,
    segments: list[Segment],
    depth: DepthMap,
    stencils: dict[int, list[str]],
    classes: ClassTable,
    simulation: Simulation,
) -> list[Row]:
    if scene.split != "train":
        return []
    bank = _open_bank(simulation.bank)
    depths_m = segment_depths(segments, depth.depth_m)
    back_to_front = sorted(range(len(segments)), key=lambda index: (-depths_m[index], index))
    rows = []
    for variant in range(simulation.config.num_variants):
        stream = random_stream(simulation.seed, "simulate", "canvas", scene.scene_id, variant)
        chosen = {
            index: bank.segment(str(stream.choice(ids)), classes.names[segments[index].category])
            for index, ids in stencils.items()
        }
        simulated = simulate_canvas(
            scene, segments, back_to_front, chosen, classes, simulation.config.canvas, simulation.elision, stream
        )
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
