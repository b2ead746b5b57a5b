"""What names of folders and files say: which split a picture belongs to, and what it is."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePath

from sims_core.base.picture_files import composed, stem_of


class Kind(StrEnum):
    """What a picture is."""

    PHOTO = "photos"
    LABELS = "label maps"
    INSTANCES = "instance maps"
    PREVIEW = "previews"


_SPLITS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
    "testing": "test",
}
# Of several that a name holds the first decides: "mask_overlay" is a preview, "gt_image" holds label maps.
_WORDS: dict[Kind, frozenset[str]] = {
    Kind.INSTANCES: frozenset(("inst", "insts", "instance", "instances", "instanceids", "segmentationobject")),
    Kind.PREVIEW: frozenset(
        (
            "overlay",
            "overlays",
            "preview",
            "previews",
            "viz",
            "vis",
            "visualization",
            "visualizations",
            "visualisation",
            "blend",
            "blended",
            "thumbs",
            "thumbnails",
        )
    ),
    Kind.LABELS: frozenset(
        (
            "label",
            "labels",
            "labelmaps",
            "mask",
            "masks",
            "annotation",
            "annotations",
            "annot",
            "gt",
            "groundtruth",
            "seg",
            "segmentation",
            "segmentations",
            "segmentationclass",
            "semantic",
        )
    ),
    Kind.PHOTO: frozenset(
        ("img", "imgs", "image", "images", "jpegimages", "photo", "photos", "picture", "pictures", "rgb")
    ),
}
# Beside these a split is said as if it stood alone.
_KNOWN = frozenset(("data", "set", "split")).union(*_WORDS.values())
_GROUND_TRUTH = "ground_truth"
_ENDS: dict[Kind, tuple[str, ...]] = {
    Kind.INSTANCES: ("_inst", "_instance", "_instances", "_instanceIds", "_object"),
    Kind.PREVIEW: ("_overlay", "_preview", "_vis", "_viz", "_blend", "_thumb"),
    Kind.LABELS: (
        "_mask",
        "_masks",
        "_label",
        "_labels",
        "_seg",
        "_gt",
        "_L",
        "-mask",
        "-label",
        "_segmentation",
        "_color",
        "_colour",
    ),
}


@dataclass(frozen=True)
class Named:
    """A picture and what its name says.

    Attributes:
        path: The file.
        kind: What it is; None where the name does not say.
        end: What its stem has beyond that of another picture: "_mask" beside one without.
        shelf: The folder that says what it is, without the split; else the folders that it lies in. Files of a kind
            that lie on one shelf are alike.
    """

    path: Path
    kind: Kind | None
    end: str
    shelf: str


def split_of(folders: PurePath) -> str | None:
    """Return "train", "val" or "test" as the first folder that names a split says; None where none does."""
    return next((split for part in folders.parts if (split := _split_in(part)) is not None), None)


def named(path: Path, folders: PurePath, stems: Collection[str]) -> Named:
    """Say what the name of a picture tells.

    Args:
        path: The file.
        folders: That it lies in, below the part of the path that all pictures share.
        stems: Of all pictures, composed.
    """
    stem = stem_of(path)
    ends = [
        (kind, stem[-len(end) :])
        for kind, known in _ENDS.items()
        for end in known
        if stem.lower().endswith(end.lower())
    ]
    # "0001_L" beside no "0001" is the left picture of two, and no label map.
    end_kind, end = max(
        ((kind, end) for kind, end in ends if stem.removesuffix(end) in stems),
        key=lambda found: len(found[1]),
        default=(None, ""),
    )
    told = next(((kind, part) for part in reversed(folders.parts) if (kind := _kind_in(part)) is not None), None)
    if told is None:
        places = [part for part in folders.parts if _split_in(part) is None]
        return Named(path, end_kind, end, "/".join(places))
    kind, part = told
    # What the file's own end says counts for more than its folder, but for label maps in a folder of other ones.
    kind = end_kind if end_kind in (Kind.INSTANCES, Kind.PREVIEW) or (end_kind and kind is Kind.PHOTO) else kind
    return Named(path, kind, end, "_".join(word for word in _words(part) if word not in _SPLITS))


def _words(part: str) -> list[str]:
    """Return the words of a folder's name, without numbers at their ends; `trainannot` are two."""
    words = [word.rstrip("0123456789") or word for word in re.split(r"[\W_]+", composed(part).lower()) if word]
    return [piece for word in words for piece in _pieces(word)]


def _pieces(word: str) -> tuple[str, ...]:
    found = ((split, word.removeprefix(split)) for split in _SPLITS if word.startswith(split))
    return next((pieces for pieces in found if pieces[1] in _KNOWN), (word,))


def _kind_in(part: str) -> Kind | None:
    words = set(_words(part))
    if part.lower() == _GROUND_TRUTH:
        return Kind.LABELS
    return next((kind for kind, known in _WORDS.items() if words & known), None)


def _split_in(part: str) -> str | None:
    """Return the split that a folder's name says: `train`, `train2017`, `training_set`, `train_labels`."""
    words = _words(part)
    splits = {_SPLITS[word] for word in words if word in _SPLITS}
    is_said = len(splits) == 1 and all(word in _SPLITS or word in _KNOWN for word in words)
    return splits.pop() if is_said else None
