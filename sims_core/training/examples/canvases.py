"""Simulated canvases as training examples: those that are stored, or fresh ones without end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Dataset

from sims_core.base.pictures import decode_mask, decode_png, resize_nearest, resize_photo
from sims_core.formats.scenes import open_scenes
from sims_core.formats.simulated import SIMULATED_CANVASES
from sims_core.networks.canvas_input import resize_canvas
from sims_core.scenes.scene import Scene
from sims_core.simulation.simulator import CanvasSimulator
from sims_core.training.examples.batches import Batch
from sims_core.training.examples.tables import LazyTable, tensor

Frame = tuple[int, int]


class StoredCanvases(Dataset[Batch]):
    """Rows of the simulated canvases with photo and true layout of their scenes, resized to (height, width)."""

    def __init__(self, canvases: Path, scenes: Path, rows: Sequence[int], frame: Frame) -> None:
        self._table = LazyTable(canvases, SIMULATED_CANVASES)
        self._scenes = scenes
        self._rows = list(rows)
        self._frame = frame

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> Batch:
        row = self._table.row(self._rows[index])
        return canvas_example(
            decode_png(row["canvas"]["bytes"]),
            decode_mask(row["known"]["bytes"]),
            decode_png(row["layout"]["bytes"]),
            open_scenes(self._scenes).load(row["scene_id"]),
            self._frame,
        )


class FreshCanvases(Dataset[Batch]):
    """Canvases that are simulated when asked for; the first variants are those that are stored."""

    def __init__(
        self,
        simulator: CanvasSimulator,
        stencils: Mapping[str, Mapping[int, Sequence[str]]],
        scene_ids: Sequence[str],
        num_variants: int,
        frame: Frame,
    ) -> None:
        self._simulator = simulator
        self._stencils = stencils
        self._scene_ids = list(scene_ids)
        self._num_variants = num_variants
        self._frame = frame

    def __len__(self) -> int:
        return self._num_variants * len(self._scene_ids)

    def __getitem__(self, index: int) -> Batch:
        variant, position = divmod(index, len(self._scene_ids))
        scene_id = self._scene_ids[position]
        parts = self._simulator.parts(scene_id)
        made = self._simulator.simulate(parts, variant, self._stencils.get(scene_id, {}))
        return canvas_example(made.canvas, made.known, made.layout, parts.scene, self._frame)


def canvas_example(
    canvas: NDArray[np.uint8], known: NDArray[np.bool_], layout: NDArray[np.uint8], scene: Scene, frame: Frame
) -> Batch:
    """Return a canvas, its layout with noise, and the photo and the true labels of its scene as tensors of a size."""
    canvas, known = resize_canvas(canvas, known, *frame)
    return {
        "canvas": tensor(canvas),
        "known": tensor(known),
        "layout": tensor(resize_nearest(layout, *frame)),
        "photo": tensor(resize_photo(scene.photo, *frame)),
        "labels": tensor(resize_nearest(scene.labels, *frame)),
    }
