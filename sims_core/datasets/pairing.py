"""Which label file belongs to which photo: by the stem of their names, and where stems repeat, by their folders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sims_core.base.picture_files import composed, stem_of

# Folders that tell files of one stem apart, and the stem.
Name = tuple[str, ...]


@dataclass(frozen=True)
class Pairing:
    """Photos and label files that belong together, and what is left over.

    Attributes:
        pairs: (photo, label file), sorted by the photo's path.
        lonely_photos: Names of photos without label file, sorted.
        lonely_labels: Names of label files without photo, sorted.
        doubles: (first, second): files of one kind and one name, of which the second is in no pair.
    """

    pairs: list[tuple[Path, Path]]
    lonely_photos: list[str]
    lonely_labels: list[str]
    doubles: list[tuple[Path, Path]]


def pair_up(photos: Sequence[Path], labels: Sequence[Path], label_suffix: str = "") -> Pairing:
    """Match photos and label files.

    Args:
        photos: The photo files.
        labels: The label files.
        label_suffix: What the stem of a label file has beyond that of its photo.
    """
    suffix = composed(label_suffix)
    repeated = repeated_stems(photos) | repeated_stems(labels, suffix)
    doubles: list[tuple[Path, Path]] = []
    photo_of = _by_name(photos, "", repeated, doubles)
    label_of = _by_name(labels, suffix, repeated, doubles)
    return Pairing(
        [(photo, label_of[name]) for name, photo in photo_of.items() if name in label_of],
        sorted("/".join(name) for name in photo_of.keys() - label_of.keys()),
        sorted("/".join(name) for name in label_of.keys() - photo_of.keys()),
        doubles,
    )


def repeated_stems(paths: Sequence[Path], suffix: str = "") -> frozenset[str]:
    """Return the stems, without a suffix, that more than one of the files have."""
    counts = Counter(stem_of(path).removesuffix(suffix) for path in paths)
    return frozenset(stem for stem, count in counts.items() if count > 1)


def telling_folders(paths: Sequence[Path]) -> dict[Path, Name]:
    """Return the folders of each file in composed form, without those that all files lie in."""
    folders = {path.parent for path in paths}
    shared = frozenset.intersection(*(frozenset(folder.parts) for folder in folders)) if folders else frozenset()
    telling = {folder: tuple(composed(part) for part in folder.parts if part not in shared) for folder in folders}
    return {path: telling[path.parent] for path in paths}


def _by_name(
    paths: Sequence[Path], suffix: str, repeated: frozenset[str], doubles: list[tuple[Path, Path]]
) -> dict[Name, Path]:
    """Return the files by name, sorted by path; a second file of a name goes to `doubles`."""
    telling = telling_folders(paths)
    found: dict[Name, Path] = {}
    for path in sorted(paths):
        stem = stem_of(path).removesuffix(suffix)
        first = found.setdefault((*telling[path], stem) if stem in repeated else (stem,), path)
        if first != path:
            doubles.append((first, path))
    return found
