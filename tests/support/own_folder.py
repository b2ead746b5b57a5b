"""Photos and label maps of somebody's own, in a checkout's folder `mine`: written as people have them, and set up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sims_core.base.parameters import load_parameters
from sims_core.datasets.check.run import DataCheck, check_data
from sims_core.datasets.init.run import init_project
from sims_core.datasets.settings import PrepareConfig
from tests.support.small_dataset import label_map, photo, save


def instance_map(number: int) -> NDArray[np.uint8]:
    """The thing has a number of its own in each photo."""
    labels = label_map(number)
    return np.where(labels == 2, 40 + number, labels).astype(np.uint8)


def overlay(number: int) -> NDArray[np.uint8]:
    colours = np.array([[10, 20, 30], [90, 90, 90], [200, 0, 0]] + [[0, 0, 0]] * 253)
    return (photo(number) // 2 + colours[label_map(number)] // 2).astype(np.uint8)


def colours(number: int) -> NDArray[np.uint8]:
    return np.dstack([label_map(number) // part for part in (1, 2, 3)])


_MAKE: dict[str, Callable[[int], NDArray[Any]]] = {
    "photo": photo,
    "labels": label_map,
    "again": label_map,
    "instances": instance_map,
    "overlay": overlay,
    "colours": colours,
}


def write(root: Path, numbers: Iterable[int], **places: str) -> None:
    """Write pictures of each number; `places` are paths with {} for it, by what they show."""
    for number in numbers:
        for what, place in places.items():
            save(root / place.format(number), _MAKE[what](number))


def rewrite(folder: Path, change: Callable[[NDArray[np.uint8], int], NDArray[Any] | Image.Image]) -> None:
    """Replace each picture of a folder by what `change` makes of it and of its place among them."""
    for number, path in enumerate(sorted(folder.iterdir())):
        changed = change(np.asarray(Image.open(path)), number)
        (changed if isinstance(changed, Image.Image) else Image.fromarray(changed)).save(path)


def config_of(project: Path) -> PrepareConfig:
    return load_parameters(project / "params.yaml").section("prepare", PrepareConfig)


def initialised(project: Path) -> tuple[list[str], Any, DataCheck]:
    """Set a folder up and check it, which finds no fault; return what was said, the source and the check."""
    said = init_project(project / "mine", project, project / "params.yaml", None)
    check = check_data(config_of(project), 0)
    assert [finding.message for finding in check.findings if finding.is_fault] == []
    return said, config_of(project).source, check
