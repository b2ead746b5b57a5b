"""Training the depth network on scenes of known depth, rendered or the dataset's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor, nn

from sims_core.base.artifacts import new_artifact
from sims_core.base.errors import SimsError
from sims_core.base.files import atomic_folder
from sims_core.base.parallel import parallel_map
from sims_core.base.processes import is_first_process
from sims_core.datasets.synthetic_street.render import render_scene
from sims_core.depth.metrics import PROTOCOL, depth_errors, mean_errors
from sims_core.formats.scenes import SceneReader
from sims_core.networks.saved import training_stage
from sims_core.networks.trained.depth import NUM_INPUT_PLANES, DepthPredictor, depth_input, log_depth
from sims_core.networks.unet import UNet
from sims_core.scenes.category_names import canonical_labels
from sims_core.scenes.classes import ClassTable
from sims_core.scenes.scene import Scene
from sims_core.scenes.street_categories import CANONICAL
from sims_core.training.examples.batches import Batch
from sims_core.training.examples.tables import SceneSource, scene_examples, tensor
from sims_core.training.loop.phase import Phase, Training
from sims_core.training.loop.run import Origin, train_and_save
from sims_core.training.settings.depth import DepthConfig

# One in this many source scenes is held out for the metric.
_HELD_OUT_EVERY = 10


@dataclass(frozen=True)
class DepthSource:
    """Scenes of known depth: their ids, how to load one, and their class table."""

    scene_ids: list[str]
    load: Callable[[str], Scene]
    classes: ClassTable


def depth_loss(network: nn.Module, batch: Batch) -> dict[str, Tensor]:
    """Return the mean absolute difference of log depth of a batch of `encode_depth_scene`, sky and unknown left out."""
    found: Tensor = network(depth_input(batch["photo"], batch["labels"]))[:, 0]
    truth_m = batch["depth_m"]
    counted = (truth_m > 0) & truth_m.isfinite()
    difference = (found - log_depth(truth_m)).abs() * counted
    return {"log_depth": difference.sum() / counted.sum().clamp(min=1)}


def encode_depth_scene(scene: Scene, classes: ClassTable) -> Batch:
    """Return photo, canonical labels and depth of a scene as tensors."""
    if scene.depth_m is None:
        raise ValueError(f"scene {scene.scene_id} has no depth")
    return {
        "photo": tensor(scene.photo),
        "labels": tensor(canonical_labels(scene.labels, classes)),
        "depth_m": tensor(scene.depth_m),
    }


def open_source(config: DepthConfig, scenes: Path, seed: int) -> DepthSource:
    """Return the scenes that `config.source` names.

    Raises:
        SimsError: The dataset has no training scenes with depth.
    """
    reader = SceneReader(scenes)
    if config.source == "scenes":
        ids = [scene.scene_id for scene in reader.scenes("train") if scene.depth_m is not None]
        if not ids:
            raise SimsError(scenes, "no training scene has depth", remedy="set depth.source to synthetic_street")
        return DepthSource(ids, SceneSource(scenes), reader.classes)
    height_px, width_px = reader.frame()
    ids = [f"depth-source-{index:05d}" for index in range(config.num_source_scenes)]
    render = partial(_render, seed=seed, height_px=height_px, width_px=width_px)
    rendered = {scene.scene_id: scene for scene in parallel_map(render, ids, "render source scenes")}
    return DepthSource(ids, rendered.__getitem__, CANONICAL)


def _render(scene_id: str, seed: int, height_px: int, width_px: int) -> Scene:
    return render_scene(seed, scene_id, "train", height_px, width_px)


def train_depth(training: Training, config: DepthConfig, scenes: Path) -> dict[str, Any]:
    """Train, write model and curves, and return the metrics, with errors on scenes held out; see `fit` for errors.

    With `config.source` "none" the folders of both are made empty.
    """
    if config.source == "none":
        if is_first_process():
            with (
                new_artifact(training.out, "models/depth", training_stage("depth"), [scenes]),
                atomic_folder(training.curves),
            ):
                pass
        return {"num_steps": 0, "protocol": {"source": "none: no depth network was trained"}}
    source = open_source(config, scenes, training.seed)
    held_out = source.scene_ids[::_HELD_OUT_EVERY]
    learned = [scene_id for scene_id in source.scene_ids if scene_id not in set(held_out)]
    if not learned:
        raise SimsError(scenes, "too few scenes with depth to hold one out", expected="at least two")
    height_px, width_px = source.load(learned[0]).labels.shape
    phase = Phase(
        config=config,
        arguments={
            "in_channels": NUM_INPUT_PLANES,
            "out_channels": 1,
            "base_channels": config.base_channels,
            "num_levels": config.num_levels,
        },
        loss_function=depth_loss,
        examples=scene_examples(
            source.load,
            learned,
            partial(encode_depth_scene, classes=source.classes),
            training.trainer.num_validation_scenes,
            training.seed,
        ),
        frame=(height_px, width_px),
    )
    origin = Origin(classes=CANONICAL, made_from=[scenes], settings={training.name: config}, notes={}, task=__name__)
    metrics = train_and_save(training, UNet, [phase], origin)
    protocol = {
        "num_scenes": len(held_out),
        "source": config.source,
        "scenes": f"every {_HELD_OUT_EVERY}th source scene, not trained on",
        "mean": PROTOCOL,
        "resolution": f"{width_px} x {height_px}",
    }
    errors = _measure(DepthPredictor(training.out), source, held_out)
    return errors | metrics | {"protocol": metrics["protocol"] | protocol}


def _measure(predictor: DepthPredictor, source: DepthSource, scene_ids: list[str]) -> dict[str, Any]:
    found = []
    for scene_id in scene_ids:
        scene = source.load(scene_id)
        truth_m = np.zeros(scene.labels.shape, np.float32) if scene.depth_m is None else scene.depth_m
        errors = depth_errors(predictor.predict(scene.photo, canonical_labels(scene.labels, source.classes)), truth_m)
        if errors is not None:
            found.append(errors)
    return dict(mean_errors(found)) if found else {}
