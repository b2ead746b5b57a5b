"""The arms of the comparison: what each trains the same segmenter on, as a text such as real+augment+made/."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from PIL import Image

from sims_core.base.errors import SimsError
from sims_core.base.files import sha256_of
from sims_core.base.parameters import Section
from sims_core.scenes.classes import VOID, ClassTable
from sims_core.usefulness.asked import IMAGES, LABELS


class Part(StrEnum):
    """What may be part of an arm, beside folders."""

    REAL = "real"
    AUGMENT = "augment"
    COPY_PASTE = "copy-paste"
    KNOWN = "known"
    FILTER = "filter"


@dataclass(frozen=True)
class Arm:
    """One arm.

    Attributes:
        name: Of the arm.
        text: Its parts as they were given.
        parts: Those that are no folders.
        folders: Of made pictures: images/ and labels/ of equal names.
    """

    name: str
    text: str
    parts: frozenset[Part]
    folders: tuple[Path, ...]


class ArmSection(Section):
    """What shapes an arm's training beside the segmenter's section: parts, and the digests of its data."""

    parts: tuple[str, ...]
    data: tuple[str, ...]


# Without any --arm; each name says what it is.
DEFAULT_ARMS = ("real=real", "augmented=real+augment", "copy_paste=real+augment+copy-paste")


def read_arms(texts: Sequence[str]) -> list[Arm]:
    """Read the texts NAME=PART+PART+...; the first arm is the one that others are compared with.

    Raises:
        SimsError: A text of another form, a name twice, or parts that do not go together.
    """
    arms = [_read_arm(text) for text in texts]
    names = [arm.name for arm in arms]
    for name in names:
        if names.count(name) > 1:
            raise SimsError(f"--arm {name}=...", "two arms have this name", remedy="rename one")
    if any(Part.FILTER in arm.parts for arm in arms) and arms[0].text != Part.REAL:
        what = "asks for the arm of real photos alone, whose network judges the pictures"
        raise SimsError("filter", what, remedy="give --arm real=real first")
    return arms


def _read_arm(text: str) -> Arm:
    where = f"--arm {text}"
    name, _, words = text.partition("=")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name) or not words:
        raise SimsError(where, "is no arm", expected="NAME=PART+PART+..., such as mixed=real+made/")
    known = {part.value: part for part in Part}
    parts = frozenset(known[word] for word in words.split("+") if word in known)
    folders = tuple(Path(word) for word in words.split("+") if word not in known)
    for folder in folders:
        if not ((folder / IMAGES).is_dir() and (folder / LABELS).is_dir()):
            parts_said = ", ".join(known)
            expected = f"a folder with {IMAGES}/ and {LABELS}/, or one of {parts_said}"
            raise SimsError(where, f"'{folder}' is no part", expected=expected)
    if not folders and Part.REAL not in parts:
        raise SimsError(where, "has no pictures", expected="real, a folder, or both")
    if Part.COPY_PASTE in parts and Part.REAL not in parts:
        raise SimsError(where, "copies objects of real photos", remedy="add real")
    if parts & {Part.KNOWN, Part.FILTER} and not folders:
        raise SimsError(where, "known and filter choose among the pixels of made pictures", remedy="add a folder")
    if Part.KNOWN in parts:
        for folder in folders:
            if not (folder / "origins").is_dir():
                raise SimsError(folder, "has no origins/", expected="a folder of `sims dataset make`, because of known")
    return Arm(name, words, parts, folders)


def picture_names(folder: Path) -> list[str]:
    """Return the names of a folder's pictures, without ending, sorted.

    Raises:
        SimsError: There is none, or pictures and label maps have different names.
    """
    names = [{path.stem for path in (folder / part).glob("*.png")} for part in (IMAGES, LABELS)]
    if lonely := sorted(names[0] ^ names[1]):
        what = f"{len(lonely)} pictures without label map or the other way round"
        raise SimsError(folder, what, found=f"{lonely[0]}.png")
    if not names[0]:
        raise SimsError(folder / IMAGES, "holds no picture", expected="PNG files")
    return sorted(names[0])


def check_no_test_layouts(folder: Path, test_ids: Collection[str]) -> None:
    """Raise SimsError when pictures of a folder are named after test photos: their label maps would be known."""
    for name in picture_names(folder):
        if name in test_ids or re.sub(r"_v\d+$", "", name) in test_ids:
            raise SimsError(
                folder,
                "shows layouts of photos that are tested on",
                expected="other layouts",
                found=f"{name}.png",
                remedy="make it of the training layouts: `sims dataset make --split train`",
            )


def check_pictures(folder: Path, classes: ClassTable, frame: tuple[int, int]) -> str:
    """Look at every picture of a folder before any training, and return a digest of them all.

    Args:
        folder: Of an arm.
        classes: What the values of label maps may mean.
        frame: (height, width) in pixels that all have.

    Raises:
        SimsError: As `picture_names`; or a picture of another size, or a label value that is no category.
    """
    digest = hashlib.sha256()
    for name in picture_names(folder):
        for part in (IMAGES, LABELS, "origins"):
            path = folder / part / f"{name}.png"
            if part == "origins" and not path.is_file():
                continue
            with Image.open(path) as picture:
                if picture.size != frame[::-1]:
                    found = f"{picture.width} x {picture.height}"
                    raise SimsError(path, "another size", expected=f"{frame[1]} x {frame[0]} px", found=found)
                if part == LABELS:
                    values = np.unique(np.asarray(picture))
                    if wrong := [int(value) for value in values if value >= len(classes) and value != VOID]:
                        expected = f"category ids 0 to {len(classes) - 1}, or {VOID}"
                        raise SimsError(path, "a label value of no category", expected=expected, found=wrong[0])
            digest.update(f"{part}/{name} {sha256_of(path)}\n".encode())
    return digest.hexdigest()
