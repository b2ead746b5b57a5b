"""Where a study's pictures come from: folders matched by name, or a finished project."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sims_core.base.artifacts import check_together
from sims_core.base.errors import SimsError
from sims_core.base.seeding import random_stream
from sims_core.evaluation.folders.picture_folders import open_picture_folders
from sims_core.evaluation.instruments.resizing import ResizeFilter
from sims_core.evaluation.rows import REAL
from sims_core.formats.scenes import SceneReader
from sims_core.formats.synthesized import ImageReader
from sims_core.scenes.classes import ClassTable

_RESULT = "synthesized"
# Few tiles, so that what is shown stays a mess of the same content at any size.
_TILES = (4, 8)

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class PictureSet:
    """All pictures of all methods for the same layouts.

    Attributes:
        names: Of the layouts, sorted.
        methods: Under test, in the order given.
        real: The row of real photographs, None where there are none.
        read: Returns for each name its layout in colours and the pictures by row, (H, W, 3) uint8 RGB of one size.
    """

    names: list[str]
    methods: tuple[str, ...]
    real: str | None
    read: Callable[[], Iterator[tuple[str, Picture, Mapping[str, Picture]]]]


def from_folders(
    images: Mapping[str, Path], layouts: Path, real: Path | None, classes: ClassTable, resize: ResizeFilter | None
) -> PictureSet:
    """Match folders of PNG files by name, as `sims evaluate` does.

    Args:
        images: Folders of pictures under test, by method.
        layouts: Folder of the layouts that were asked for.
        real: Folder of the photographs that the layouts were drawn from.
        classes: What the layouts' values mean.
        resize: Filter that brings real photographs of another size to that of the pictures.

    Raises:
        SimsError: As `open_picture_folders`; or fewer than two methods.
    """
    if len(images) < 2:
        raise SimsError(next(iter(images)), "is alone", expected="two folders of pictures to compare, or more")
    # The check of folders wants real photographs; where there are none, the first method's pictures stand in.
    folders = open_picture_folders(images, layouts, real or next(iter(images.values())), classes, resize)

    def read() -> Iterator[tuple[str, Picture, Mapping[str, Picture]]]:
        rows = folders.rows if real is not None else folders.rows[1:]
        for sample in folders.samples(seed=0):
            yield sample.name, classes.colourise(sample.layout), {row: sample.pictures[row] for row in rows}

    return PictureSet(folders.names, tuple(images), None if real is None else REAL, read)


def from_project(project: Path) -> PictureSet:
    """Take the validation layouts of a finished project: its result, its rivals, and the real photographs.

    Raises:
        SimsError: A stage has not run, or artifacts are of several runs.
    """
    data = project / "data"
    scenes = SceneReader(data / "scenes")
    folders = {_RESULT: data / _RESULT}
    folders |= {path.name: path for path in sorted((data / "baselines").glob("*")) if path.is_dir()}
    if len(folders) < 2:
        raise SimsError(data / "baselines", "no rival to compare with", remedy="run `dvc repro`, or name folders")
    readers = {name: ImageReader(folder) for name, folder in folders.items()}
    check_together(data / "scenes", *folders.values())
    names = sorted(scenes.ids("val"))

    def read() -> Iterator[tuple[str, Picture, Mapping[str, Picture]]]:
        for name in names:
            scene = scenes.load(name)
            pictures = {row: reader.load(name, 0) for row, reader in readers.items()}
            yield name, scenes.classes.colourise(scene.labels), {**pictures, REAL: scene.photo}

    return PictureSet(names, tuple(folders), REAL, read)


def shuffle_tiles(picture: Picture, seed: int, name: str) -> Picture:
    """Return an (H, W, 3) picture cut into 4 x 8 tiles that changed places: nobody takes it for a photograph."""
    rows, columns = (max(1, min(side, tiles)) for side, tiles in zip(picture.shape[:2], _TILES, strict=True))
    height, width = picture.shape[0] // rows, picture.shape[1] // columns
    boxes = [
        (slice(row * height, (row + 1) * height), slice(column * width, (column + 1) * width))
        for row in range(rows)
        for column in range(columns)
    ]
    shuffled = picture.copy()
    order = random_stream(seed, "study", "tiles", name).permutation(len(boxes))
    for box, source in zip(boxes, order, strict=True):
        shuffled[box] = picture[boxes[source]]
    return shuffled
