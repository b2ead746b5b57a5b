"""Where the photos and label maps of a folder are, as patterns of `prepare.source`."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sims_core.base.errors import SimsError
from sims_core.base.picture_files import PICTURE_TYPES, stem_of
from sims_core.datasets.adapters.folder import files_of
from sims_core.datasets.init.names import named, split_of
from sims_core.datasets.init.patterns import patterns_of
from sims_core.datasets.init.shelves import REMEDY, choose
from sims_core.datasets.pairing import Pairing
from sims_core.datasets.settings import Patterns

# The kernel distance needs a subset of 2 that is not the whole.
MIN_VAL = 3
MIN_PHOTOS = 5
_MAX_NAMED = 3


@dataclass(frozen=True)
class Part:
    """The files of a split: patterns relative to the folder, and which photo and label map belong together.

    Attributes:
        photos: Patterns of the photos.
        labels: Patterns of the label maps.
        label_suffix: What stems of label maps have beyond those of photos.
        pairing: The pairs, by path of the photo, and what has no partner.
        rest: Pictures that are neither photos nor label maps.
    """

    photos: Patterns
    labels: Patterns
    label_suffix: str
    pairing: Pairing
    rest: list[Path]

    @property
    def pairs(self) -> list[tuple[Path, Path]]:
        """(photo, label map), sorted."""
        return self.pairing.pairs


@dataclass(frozen=True)
class Arrangement:
    """The photos for training and for validation.

    Attributes:
        train: For training, or all of them.
        val: For validation; None where there is no split.
        passed_over: Pictures that are in neither.
    """

    train: Part
    val: Part | None
    passed_over: list[Path]

    @property
    def pairs(self) -> list[tuple[Path, Path]]:
        """All pairs of a photo and its label map."""
        return self.train.pairs + (self.val.pairs if self.val else [])

    def source(self) -> dict[str, Any]:
        """Return the patterns as keys of `prepare.source`."""
        keys: dict[str, Any] = {"train_photos": self.train.photos, "train_labels": self.train.labels}
        if self.val is not None:
            keys |= {"val_photos": self.val.photos, "val_labels": self.val.labels}
        keys = {key: list(value) if isinstance(value, tuple) else value for key, value in keys.items()}
        if self.train.label_suffix:
            keys["label_suffix"] = self.train.label_suffix
        return keys


def find_arrangement(root: Path) -> Arrangement:
    """Find out which files of a folder are photos and which are label maps, and for which split.

    Names say it where they do; else what the files hold.

    Raises:
        SimsError: There are none, they lie in a way that is not understood, or several may be the label maps.
    """
    files, others = _pictures(root)
    shared = Path(os.path.commonpath([path.parent for path in files]))
    by_split: dict[str | None, list[Path]] = {}
    for path in files:
        by_split.setdefault(split_of(path.parent.relative_to(shared)), []).append(path)
    own = by_split.get("train") or by_split.get(None) or next(iter(by_split.values()))
    train = _find_part(root, shared, own, others)
    # Photos for validation may lie in a folder beside those that are for training without a folder of their own.
    has_val = "val" in by_split and own is not by_split["val"]
    val = _find_part(root, shared, by_split["val"], others) if has_val else None
    if val is not None and val.label_suffix != train.label_suffix:
        raise SimsError(
            root,
            "label maps are named differently in train and val",
            expected=f"stems ending in '{train.label_suffix}'",
            found=f"'{val.label_suffix}'",
            remedy=REMEDY,
        )
    used = own + (by_split["val"] if has_val else [])
    rest = train.rest + (val.rest if val else []) + [path for path in files if path not in set(used)]
    return Arrangement(train, val, sorted(rest))


def _pictures(root: Path) -> tuple[list[Path], str]:
    """Return the pictures below a folder, sorted, but no hidden ones, and in words what other files there are."""
    visible = sorted(_visible_files(root, frozenset()))
    pictures = [path for path in visible if path.suffix.lower() in PICTURE_TYPES]
    counts = Counter(path.suffix.lower() for path in visible if path.suffix.lower() not in PICTURE_TYPES)
    others = ", ".join(f"{number} files {suffix}" for suffix, number in counts.most_common(_MAX_NAMED) if suffix)
    if not pictures:
        raise SimsError(
            root,
            "holds no pictures",
            expected=f"photos and label maps, {', '.join(PICTURE_TYPES)}",
            found=others or None,
            remedy=REMEDY,
        )
    return pictures, others


def _visible_files(folder: Path, above: frozenset[Path]) -> Iterator[Path]:
    """Yield the files below a folder, links to folders followed but not in circles, hidden ones left out."""
    real = folder.resolve()
    if real in above:
        return
    for path in folder.iterdir():
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from _visible_files(path, above | {real})
        elif path.is_file():
            yield path


def _find_part(root: Path, shared: Path, files: Sequence[Path], others: str) -> Part:
    stems = {stem_of(path) for path in files}
    chosen = choose(root, [named(path, path.parent.relative_to(shared), stems) for path in files], others)
    labels = patterns_of(root, chosen.labels, chosen.end, partial(files_of, root))
    taken = files_of(root, labels)
    photos = patterns_of(root, chosen.photos, "", lambda patterns: files_of(root, patterns) - taken)
    rest = sorted(set(files) - set(chosen.photos) - set(chosen.labels))
    return Part(photos, labels, chosen.end, chosen.pairing, rest)


def val_every_of(num_photos: int) -> int:
    """Return k such that every k-th photo is for validation: a fifth of them, at least 3 and about 100 at most.

    Raises:
        ValueError: There are fewer than 5 photos.
    """
    for every in range(max(5, num_photos // 100), 1, -1):
        if -(-num_photos // every) >= MIN_VAL:
            return every
    raise ValueError(f"{num_photos} photos are too few to divide")
