"""Training scenes -> memory bank (paper section 3)."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import Field

from sims_core.bank.descriptors import describe
from sims_core.base.artifacts import new_artifact
from sims_core.base.errors import SimsError
from sims_core.base.files import write_json
from sims_core.base.parallel import parallel_map
from sims_core.base.parameters import Section
from sims_core.formats.bank import BANK, BankSegment, bank_row, partition_name
from sims_core.formats.scenes import open_scenes
from sims_core.formats.tables import write_shard
from sims_core.scenes.boxes import box_slices, context_box
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


def bank_segments(scene: Scene, classes: ClassTable, config: ExtractBankConfig) -> list[dict[str, Any]]:
    """Return the bank rows of one scene, in the order of `extract_segments`."""
    shape = (scene.labels.shape[0], scene.labels.shape[1])
    rows = []
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
        stored = BankSegment(
            segment_id=f"{scene.scene_id}:{component:04d}",
            scene_id=scene.scene_id,
            component=component,
            category=segment.category,
            frame=shape,
            box=segment.box,
            crop=scene.photo[box_slices(segment.box)],
            mask=segment.mask,
            merged_mask=segment.merged_mask,
            context_box=context,
            context_labels=scene.labels[box_slices(context)],
            licence=scene.licence,
        )
        rows.append(bank_row(stored, *descriptor.to_bytes()))
    return rows


def write_bank(folder: Path, scenes_folder: Path, config: ExtractBankConfig) -> dict[str, Any]:
    """Write the bank of all training scenes and its manifest; return the manifest.

    The manifest proves completeness: each training photo is under `photos` with its number of
    segments, or under `skipped` with the reason.

    Raises:
        SimsError: No training photo gave a segment.
    """
    reader = open_scenes(scenes_folder)
    scene_ids = reader.ids("train")
    work = partial(_rows_of_scene, scenes_folder=scenes_folder, config=config)
    waiting: dict[int, list[dict[str, Any]]] = defaultdict(list)
    num_shards: dict[int, int] = defaultdict(int)
    num_segments: dict[int, int] = defaultdict(int)
    photos: dict[str, int] = {}
    with new_artifact(folder, "bank", BANK.made_by, [scenes_folder]) as temporary:

        def flush(category: int) -> None:
            name = partition_name(reader.classes.names[category])
            write_shard(temporary / name / f"part-{num_shards[category]:05d}.parquet", BANK, waiting.pop(category))
            num_shards[category] += 1

        for scene_id, rows in zip(scene_ids, parallel_map(work, scene_ids, "extract segments"), strict=True):
            photos[scene_id] = len(rows)
            for row in rows:
                category = row["category_id"]
                waiting[category].append(row)
                num_segments[category] += 1
                if len(waiting[category]) == _ROWS_PER_SHARD:
                    flush(category)
        for category in sorted(waiting):
            flush(category)
        if not num_segments:
            raise SimsError(scenes_folder, "no training photo has a labelled segment", remedy="check the label maps")
        manifest = {
            "grid": [config.grid_height, config.grid_width],
            "context_enlargement": config.context_enlargement,
            "num_segments": {reader.classes.names[c]: num_segments[c] for c in sorted(num_segments)},
            "photos": {scene_id: count for scene_id, count in photos.items() if count},
            "skipped": {scene_id: "no labelled segment" for scene_id, count in photos.items() if not count},
        }
        write_json(temporary / "manifest.json", manifest)
    return manifest


def _rows_of_scene(scene_id: str, scenes_folder: Path, config: ExtractBankConfig) -> list[dict[str, Any]]:
    reader = open_scenes(scenes_folder)
    return bank_segments(reader.load(scene_id), reader.classes, config)
