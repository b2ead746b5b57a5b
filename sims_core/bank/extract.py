"""Training scenes -> memory bank (paper section 3)."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from pydantic import Field

from sims_core.bank.blocks import PackedDescriptor, pack
from sims_core.bank.descriptors import describe
from sims_core.bank.search_index import build_index
from sims_core.base.artifacts import new_artifact
from sims_core.base.errors import SimsError
from sims_core.base.files import write_json
from sims_core.base.parallel import parallel_map
from sims_core.base.parameters import Section
from sims_core.formats.bank import BANK, bank_row, index_name, partition_name, segment_id_of
from sims_core.formats.scenes import open_scenes
from sims_core.formats.search_index import SearchIndex, write_index
from sims_core.formats.tables import write_shard
from sims_core.scenes.boxes import context_box
from sims_core.scenes.classes import ClassTable
from sims_core.scenes.scene import Scene
from sims_core.scenes.segments import extract_segments

_ROWS_PER_SHARD = 512


class ExtractBankConfig(Section):
    """Descriptor grid and context.

    `context_enlargement` is the share by which a segment's box grows in each direction of height
    and width together (paper: 0.25).
    """

    grid_height: int = Field(ge=8, le=1024)
    grid_width: int = Field(ge=8, le=1024)
    context_enlargement: float = Field(ge=0, le=4)


class _Described(NamedTuple):
    """A segment as its category's search index needs it, a small part of its row."""

    scene_id: str
    component: int
    descriptor: PackedDescriptor


def bank_segments(
    scene: Scene, classes: ClassTable, config: ExtractBankConfig
) -> list[tuple[dict[str, Any], PackedDescriptor]]:
    """Return bank row and descriptor of the segments of one scene, in the order of `extract_segments`."""
    shape = (scene.labels.shape[0], scene.labels.shape[1])
    described = []
    for component, segment in enumerate(extract_segments(scene.labels, classes, scene.instances)):
        context = context_box(segment.box, shape, config.context_enlargement)
        descriptor = describe(
            segment.full_mask(shape),
            scene.labels,
            segment.box,
            (config.grid_height, config.grid_width),
            len(classes),
            config.context_enlargement,
        )
        described.append((bank_row(scene, component, segment, context), pack(descriptor, len(classes))))
    return described


def write_bank(folder: Path, scenes_folder: Path, config: ExtractBankConfig) -> dict[str, Any]:
    """Write the bank of all training scenes and its manifest; return the manifest.

    The manifest proves completeness: each training photo is under `photos` with its number of
    segments, or under `skipped` with the reason. Search indexes are made at the end. Until then the packed descriptors
    of all segments are held, on average less than a kilobyte each at 64 x 128 cells.

    Raises:
        SimsError: No training photo gave a segment.
    """
    reader = open_scenes(scenes_folder)
    scene_ids = reader.ids("train")
    work = partial(_segments_of_scene, scenes_folder=scenes_folder, config=config)
    waiting: dict[int, list[dict[str, Any]]] = defaultdict(list)
    num_shards: dict[int, int] = defaultdict(int)
    described: dict[int, list[_Described]] = defaultdict(list)
    photos: dict[str, int] = {}
    with new_artifact(folder, "bank", BANK.made_by, [scenes_folder]) as temporary:

        def flush(category: int) -> None:
            name = partition_name(reader.classes.names[category])
            write_shard(temporary / name / f"part-{num_shards[category]:05d}.parquet", BANK, waiting.pop(category))
            num_shards[category] += 1

        for scene_id, segments in zip(scene_ids, parallel_map(work, scene_ids, "extract segments"), strict=True):
            photos[scene_id] = len(segments)
            for row, descriptor in segments:
                category = row["category_id"]
                waiting[category].append(row)
                described[category].append(_Described(scene_id, row["component"], descriptor))
                if len(waiting[category]) == _ROWS_PER_SHARD:
                    flush(category)
        for category in sorted(waiting):
            flush(category)
        if not described:
            raise SimsError(scenes_folder, "no training photo has a labelled segment", remedy="check the label maps")
        manifest = {
            "grid": [config.grid_height, config.grid_width],
            "context_enlargement": config.context_enlargement,
            "num_segments": {reader.classes.names[c]: len(described[c]) for c in sorted(described)},
            "photos": {scene_id: count for scene_id, count in photos.items() if count},
            "skipped": {scene_id: "no labelled segment" for scene_id, count in photos.items() if not count},
        }
        write_json(temporary / "manifest.json", manifest)
        photo_codes = {
            scene_id: code for code, scene_id in enumerate(sorted(scene_id for scene_id in photos if photos[scene_id]))
        }
        grid = (config.grid_height, config.grid_width)
        for category in sorted(described):
            index = _index_of(described.pop(category), photo_codes, grid, len(reader.classes))
            write_index(temporary / index_name(reader.classes.names[category]), index)
    return manifest


def _index_of(
    described: list[_Described], photo_codes: dict[str, int], grid: tuple[int, int], num_categories: int
) -> SearchIndex:
    ids = [segment_id_of(each.scene_id, each.component) for each in described]
    ranks = np.empty(len(ids), dtype=np.int64)
    ranks[sorted(range(len(ids)), key=ids.__getitem__)] = np.arange(len(ids))
    return build_index(
        [each.descriptor for each in described],
        np.array([photo_codes[each.scene_id] for each in described]),
        np.array([each.component for each in described]),
        ranks,
        grid,
        num_categories,
    )


def _segments_of_scene(
    scene_id: str, scenes_folder: Path, config: ExtractBankConfig
) -> list[tuple[dict[str, Any], PackedDescriptor]]:
    reader = open_scenes(scenes_folder)
    return bank_segments(reader.load(scene_id), reader.classes, config)
