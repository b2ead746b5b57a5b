"""The examples of an arm: as many as its training takes, each drawn and changed by a stream of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Dataset

from sims_core.base.pictures import decode_png
from sims_core.base.seeding import random_stream
from sims_core.formats.scenes import open_scenes
from sims_core.layouts.files import read_labels
from sims_core.scenes.classes import VOID
from sims_core.scenes.segmented_layout import SegmentedLayout
from sims_core.training.examples.batches import Batch
from sims_core.training.examples.tables import tensor
from sims_core.usefulness.arms import Part
from sims_core.usefulness.asked import IMAGES, LABELS
from sims_core.usefulness.augmentation import Placement, jitter_colours, paste_objects
from sims_core.usefulness.picture import number_objects

Labelled = tuple[NDArray[np.uint8], NDArray[np.uint8]]

EXAMPLES_RULE = (
    "every arm takes equally many steps of the same batch size; of an arm with real photos and made pictures every "
    "other example is real; within each, all are shown equally often; each example is mirrored with probability 1/2"
)


@dataclass(frozen=True)
class MadePicture:
    """Files of a made picture; `labels` may be a filtered copy.

    Attributes:
        image: The picture.
        labels: Its label map, category ids.
        origins: Where invented pixels are 0, if these are to be void.
    """

    image: Path
    labels: Path
    origins: Path | None


@dataclass(frozen=True, kw_only=True)
class ArmExamples(Dataset[Batch]):
    """The examples of one training; the same item is always the same.

    Attributes:
        scenes: Folder of the real photos.
        scene_ids: Those that are used; empty for an arm without.
        made: The made pictures.
        parts: Of the arm.
        num_examples: As many as the training takes.
        seed: Of the training.
    """

    scenes: Path
    scene_ids: Sequence[str]
    made: Sequence[MadePicture]
    parts: frozenset[Part]
    num_examples: int
    seed: int

    def __len__(self) -> int:
        return self.num_examples

    def __getitem__(self, index: int) -> Batch:
        stream = random_stream(self.seed, "usefulness", index)
        photo, labels = self._changed(self._drawn(index), stream)
        if Part.COPY_PASTE in self.parts:
            photo, labels = self._pasted(photo, labels, stream)
        if Part.AUGMENT in self.parts:
            photo = jitter_colours(photo, stream)
        return {"photo": tensor(photo), "labels": tensor(labels)}

    def _drawn(self, index: int) -> Labelled:
        if self.scene_ids and self.made:
            index, is_made = divmod(index, 2)
        else:
            is_made = int(not self.scene_ids)
        if not is_made:
            scene = open_scenes(self.scenes).load(self.scene_ids[index % len(self.scene_ids)])
            return scene.photo, scene.labels
        return read_made(self.made[index % len(self.made)], self.scenes)

    def _changed(self, example: Labelled, stream: np.random.Generator) -> Labelled:
        photo, labels = example
        if stream.random() < 0.5:
            photo, labels = photo[:, ::-1], labels[:, ::-1]
        if Part.AUGMENT in self.parts:
            placement = Placement(stream, (labels.shape[0], labels.shape[1]))
            photo, labels = placement.photo(np.ascontiguousarray(photo)), placement.labels(labels)
        return photo, labels

    def _pasted(self, photo: NDArray[np.uint8], labels: NDArray[np.uint8], stream: np.random.Generator) -> Labelled:
        reader = open_scenes(self.scenes)
        other = reader.load(self.scene_ids[int(stream.integers(len(self.scene_ids)))])
        objects = number_objects(SegmentedLayout.of_scene(other, reader.classes), reader.classes)
        above, shown = other.photo, other.labels
        if stream.random() < 0.5:
            above, shown, objects = above[:, ::-1], shown[:, ::-1], objects[:, ::-1]
        if Part.AUGMENT in self.parts:
            placement = Placement(stream, (labels.shape[0], labels.shape[1]))
            above, shown = placement.photo(np.ascontiguousarray(above)), placement.labels(shown)
            objects = placement.numbers(objects, 0)
        return paste_objects((photo, labels), (above, shown), objects, stream)


def read_made(picture: MadePicture, scenes: Path) -> Labelled:
    """Return photo and labels of a made picture; `scenes` has the class table."""
    photo: NDArray[np.uint8] = decode_png(picture.image.read_bytes())
    labels = read_labels(picture.labels, open_scenes(scenes).classes)
    if picture.origins is not None:
        labels = np.where(decode_png(picture.origins.read_bytes()) == 0, np.uint8(VOID), labels)
    return photo, labels


def made_pictures(folder: Path, names: Sequence[str], *, known: bool) -> list[MadePicture]:
    """Return the pictures of a folder of `sims dataset`; with `known`, what the network invented is void."""
    return [
        MadePicture(
            folder / IMAGES / f"{name}.png",
            folder / LABELS / f"{name}.png",
            folder / "origins" / f"{name}.png" if known else None,
        )
        for name in names
    ]
