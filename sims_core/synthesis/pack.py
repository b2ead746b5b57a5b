"""A finished project -> one zip without its datasets: parameters, class table, bank, models, credits of the bank.

The same project gives the same bytes: plain stored files in the order of their names, all of one date.
"""

from __future__ import annotations

import json
import shutil
import stat
from collections import Counter
from pathlib import Path
from typing import TypedDict
from zipfile import ZipFile, ZipInfo

from sims_core.base.errors import SimsError
from sims_core.base.files import atomic_file
from sims_core.formats.bank import BankReader
from sims_core.synthesis.packed import BANK, CLASSES, CREDITS, LAYOUT_MODEL, MODELS, PARAMS, SCENES_CARD, open_project
from sims_core.synthesis.synthesizer import Synthesizer


class BankPhoto(TypedDict):
    """A photo of the bank, its licence, and how many segments were cut out of it."""

    photo: str
    licence: str
    num_segments: int


class BankCredits(TypedDict):
    """The content of CREDITS.json: the number of photos by licence, and all photos by id."""

    licences: dict[str, int]
    photos: list[BankPhoto]


def pack_project(project: Path, out: Path) -> BankCredits:
    """Write a finished project into one file that `Synthesizer` opens.

    Args:
        project: Its folder.
        out: The zip to write; a file of this name is replaced.

    Returns:
        Whose photos it holds.

    Raises:
        SimsError: A part is missing or damaged, or `out` is a folder; nothing is written then.
    """
    if out.is_dir():
        raise SimsError(out, "is a folder", expected="the name of a file to write")
    folder = open_project(project)
    credit = bank_credits(Synthesizer(folder).bank)
    parts = _files(folder)
    with atomic_file(out) as temporary, ZipFile(temporary, "w") as archive:
        for name in sorted([CREDITS, *parts]):
            if name == CREDITS:
                archive.writestr(_entry(name), json.dumps(credit, indent=2) + "\n")
            else:
                _add(archive, _entry(name), parts[name])
    return credit


def bank_credits(bank: BankReader) -> BankCredits:
    """Return the photos of a bank with their licences."""
    licence_of: dict[str, str] = {}
    num_segments: Counter[str] = Counter()
    for category in bank.categories:
        table = bank.table(category)
        photos = table.column("scene_id")
        num_segments.update(photos)
        licence_of.update(zip(photos, table.column("licence"), strict=True))
    ids = sorted(licence_of)
    return BankCredits(
        licences=dict(sorted(Counter(licence_of.values()).items())),
        photos=[BankPhoto(photo=name, licence=licence_of[name], num_segments=num_segments[name]) for name in ids],
    )


def _files(folder: Path) -> dict[str, Path]:
    """Return the files that are packed by their names in the zip."""
    files = {name: folder / name for name in (PARAMS, CLASSES, SCENES_CARD)}
    for part in (BANK, *MODELS, LAYOUT_MODEL):
        if part in MODELS and not (folder / part).is_dir():  # parameters may do without a model, its receiver may not
            raise SimsError(folder / part, "not found", remedy=f"run stage 'train_{Path(part).name}' first")
        for path in (folder / part).rglob("*"):
            name = path.relative_to(folder).as_posix()
            if path.is_file() and "/." not in name:
                files[name] = path
    return files


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name)  # stored, of 1980-01-01
    entry.create_system = 3  # Unix, wherever it is packed
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    return entry


def _add(archive: ZipFile, entry: ZipInfo, path: Path) -> None:
    entry.file_size = path.stat().st_size  # known beforehand, because files above 2 GB have another form in the zip
    with path.open("rb") as source, archive.open(entry, "w") as target:
        shutil.copyfileobj(source, target)
