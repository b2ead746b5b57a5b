"""Training photos with their label maps as examples: what trainings need that simulate nothing."""

from __future__ import annotations

from typing import Any

from sims_core.base.errors import SimsError
from sims_core.formats.scenes import SceneReader
from sims_core.scenes.halvings import most_halvings
from sims_core.scenes.scene import Scene
from sims_core.training.examples.batches import Batch, Examples
from sims_core.training.examples.tables import SceneSource, scene_examples, tensor
from sims_core.training.loop.phase import Training
from sims_core.training.settings.cascade import CascadeConfig


def encode_scene(scene: Scene) -> Batch:
    """Return photo and labels of a scene as tensors."""
    return {"photo": tensor(scene.photo), "labels": tensor(scene.labels)}


def photo_examples(training: Training, reader: SceneReader) -> Examples:
    """Return the training photos, encoded, each also mirrored, some held out; see `scene_examples`."""
    num_held_out = training.trainer.num_validation_scenes
    return scene_examples(SceneSource(reader.folder), reader.ids("train"), encode_scene, num_held_out, training.seed)


def check_fits(key: str, found: int, most: int, frame: tuple[int, int]) -> None:
    """Raise SimsError when a network is too deep for pictures of (height, width)."""
    if found > most:
        raise SimsError(
            key, f"too many for pictures of {frame[0]} x {frame[1]}", expected=f"at most {most}", found=found
        )


def cascade_arguments(name: str, config: CascadeConfig, reader: SceneReader) -> dict[str, Any]:
    """Return the constructor's arguments of a cascaded refinement network.

    Args:
        name: Of the training, for the error.
        config: Its section.
        reader: The scenes that it is to be trained on.

    Raises:
        SimsError: It has too many modules for the scenes.
    """
    frame = reader.frame()
    check_fits(f"{name}.num_modules", config.num_modules, most_halvings(frame) + 1, frame)
    return {
        "num_categories": len(reader.classes),
        "base_channels": config.base_channels,
        "num_modules": config.num_modules,
    }
