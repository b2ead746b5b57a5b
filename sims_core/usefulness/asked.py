"""The layouts that a dataset is made of: those of a project's scenes, or files that somebody brings."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sims_core.base.parallel import progress_bar
from sims_core.base.picture_files import stem_of
from sims_core.datasets.pairs import read_numbers
from sims_core.formats.scenes import SceneReader
from sims_core.layouts.files import fit_layout
from sims_core.layouts.incoming import ProjectLayouts, list_layouts
from sims_core.scenes.scene import Split

# Of a folder that `sims dataset` wrote; `images`, `labels` and `instances` have files of equal names.
IMAGES, LABELS, INSTANCES = "images", "labels", "instances"
# Raises SimsError when a layout, (H, W) uint8, is of no use; the second argument names it.
Check = Callable[[NDArray[np.uint8], object], object]


@dataclass(frozen=True)
class AskedLayout:
    """A layout as it travels to a worker: a few kilobytes; `str` is its name.

    Attributes:
        name: Of the layout; a photo of this name in the bank is not shown for it.
        frame: (height, width) in pixels.
        labels: (H, W) uint8 category ids, 255 = void, compressed.
        instances: (H, W) uint16, 0 = none, compressed; or None where nobody drew any.
    """

    name: str
    frame: tuple[int, int]
    labels: bytes
    instances: bytes | None

    def __str__(self) -> str:
        return self.name

    @classmethod
    def of(cls, name: str, labels: NDArray[np.uint8], instances: NDArray[np.uint16] | None) -> AskedLayout:
        """Pack a layout."""
        packed = None if instances is None else _pack(instances.astype(np.uint16))
        return cls(name, (labels.shape[0], labels.shape[1]), _pack(labels), packed)

    def unpacked(self) -> tuple[NDArray[np.uint8], NDArray[np.uint16] | None]:
        """Return labels and instances."""
        labels = np.frombuffer(bytearray(zlib.decompress(self.labels)), dtype=np.uint8).reshape(self.frame)
        instances = None
        if self.instances is not None:
            instances = np.frombuffer(zlib.decompress(self.instances), dtype=np.uint16).reshape(self.frame)
        return labels, instances


def layouts_of_split(reader: SceneReader, split: Split, check: Check) -> list[AskedLayout]:
    """Return the layouts of a project's scenes, with their instances where they have some.

    Args:
        reader: The scenes.
        split: Which of them.
        check: Called with each layout and its name.
    """
    asked = []
    ids = reader.ids(split)
    with progress_bar() as progress:
        task = progress.add_task("check layouts", total=len(ids), note="")
        for scene in reader.scenes(split):
            check(scene.labels, scene.scene_id)
            asked.append(AskedLayout.of(scene.scene_id, scene.labels, scene.instances))
            progress.advance(task)
    return asked


def layouts_of_files(folder: Path, forms: ProjectLayouts, check: Check) -> tuple[list[AskedLayout], list[str]]:
    """Return the layouts of a folder, translated and brought to the project's size.

    Args:
        folder: Label maps; or a folder with labels/ and, perhaps, instances/ of the same names, such as
            `sims dataset render` writes.
        forms: How the files are read.
        check: Called with each layout and its file.

    Returns:
        The layouts, named after their files, and lines about how they were read.

    Raises:
        SimsError: No layouts, one that cannot be read, or instances of another size than their layout.
    """
    paths = list_layouts(label_folder(folder))
    survey = forms.survey(paths, check)
    found = [
        AskedLayout.of(stem_of(path), labels, _read_instances(folder, path, forms))
        for path, labels in zip(paths, survey.layouts(), strict=True)
    ]
    return found, survey.lines


def label_folder(folder: Path) -> Path:
    """Return where the label maps of a folder lie: in labels/, or in itself."""
    return folder / LABELS if (folder / LABELS).is_dir() else folder


def _read_instances(folder: Path, path: Path, forms: ProjectLayouts) -> NDArray[np.uint16] | None:
    file = folder / INSTANCES / path.name
    if not file.is_file():
        return None
    painted = forms.form.read(path)
    numbers = read_numbers(file, painted, path, "instances and labels of a name belong together")
    return fit_layout(numbers, forms.frame).astype(np.uint16)


def _pack(array: NDArray[Any]) -> bytes:
    return zlib.compress(np.ascontiguousarray(array).tobytes(), level=1)
