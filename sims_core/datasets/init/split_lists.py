"""A published split that is a pair of text files: train.txt and val.txt, the stems of each."""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path

from sims_core.base.errors import SimsError
from sims_core.datasets.adapters.folder import read_split_list

_TRAIN, _VAL = "train.txt", "val.txt"
# PASCAL VOC has lists for several tasks.
_SEGMENTATION = "Segmentation"


def find_split_lists(root: Path, stems: Set[str]) -> tuple[Path, Path] | None:
    """Return the lists of a folder that divide photos with label maps, None where there are none.

    Args:
        root: The folder.
        stems: Of the photos that have a label map, composed.

    Raises:
        SimsError: Several pairs of lists divide them in different ways.
    """
    found: dict[Path, tuple[frozenset[str], frozenset[str]]] = {}
    for train in sorted(root.rglob(_TRAIN)):
        if not (train.parent / _VAL).is_file():
            continue
        names = read_split_list(train, stems), read_split_list(train.parent / _VAL, stems)
        if all(own and own <= stems for own in names):
            found[train.parent] = names
    found = {folder: own for folder, own in found.items() if folder.name == _SEGMENTATION} or found
    if len(set(found.values())) > 1:
        raise SimsError(
            root,
            "two published splits",
            expected=f"one {_TRAIN} with its {_VAL}",
            found=", ".join(folder.relative_to(root).as_posix() for folder in found),
            remedy="move the lists that do not count out of this folder",
        )
    folder = next(iter(found), None)
    return None if folder is None else (folder / _TRAIN, folder / _VAL)
