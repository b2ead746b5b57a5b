"""Training photos with their label maps as examples: what trainings need that simulate nothing."""

from __future__ import annotations

from pathlib import Path

from sims_core.errors import SimsError
from sims_core.formats.scenes import SceneReader
from sims_core.scene import Scene
from sims_core.training.batches import Batch, Examples
from sims_core.training.course import Training
from sims_core.training.data import SceneSource, scene_examples, tensor


def encode_scene(scene: Scene) -> Batch:
    """Return photo and labels of a scene as tensors."""
    return {"photo": tensor(scene.photo), "labels": tensor(scene.labels)}


def photo_examples(training: Training, reader: SceneReader) -> Examples:
    """Return the training photos, encoded, each also mirrored, some held out; see `scene_examples`."""
    num_held_out = training.trainer.num_validation_scenes
    return scene_examples(SceneSource(reader.folder), reader.ids("train"), encode_scene, num_held_out, training.seed)


def photo_files(reader: SceneReader) -> list[Path]:
    """Return the files behind these examples."""
    return sorted(reader.folder.glob("train-*.parquet"))


def check_fits(key: str, found: int, most: int, frame: tuple[int, int]) -> None:
    """Raise SimsError when a network is too deep for pictures of (height, width)."""
    if found > most:
        raise SimsError(
            key, f"too many for pictures of {frame[0]} x {frame[1]}", expected=f"at most {most}", found=found
        )
