"""Labelled pictures -> a dataset's folder, picture by picture: folders, COCO, Cityscapes, Parquet, credits, card."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from sims_core.base.csv_files import write_csv
from sims_core.base.files import write_json
from sims_core.formats.tables import ShardWriter
from sims_core.scenes.classes import ClassTable
from sims_core.usefulness.asked import IMAGES, INSTANCES, LABELS
from sims_core.usefulness.cityscapes import CityscapesIds, frame_name
from sims_core.usefulness.coco import PanopticFile
from sims_core.usefulness.encoding import INSTANCE_IDS, LABEL_IDS, PANOPTIC, EncodedPicture
from sims_core.usefulness.forms import Form
from sims_core.usefulness.parquet import table_format, table_row

# The folders that every dataset has, by what lies in them.
FOLDERS = (IMAGES, LABELS, INSTANCES, "origins", "implied", "provenance")
# Column of the Parquet table -> folder.
_COLUMNS = {name: name for name in FOLDERS} | {"image": IMAGES}
_INDEX = ("picture", "layout", "variant", "cityscapes_name", "share_invented", "share_disagreeing")


class PhotoUse(TypedDict):
    """A source photo, how many pictures show it, and its share of all pixels."""

    photo: str
    licence: str
    num_pictures: int
    share_of_pixels: float


class DatasetCredits(TypedDict):
    """The content of credits.json: shares are of the pixels of all pictures."""

    num_layouts: int
    num_pictures: int
    share_invented: float
    share_disagreeing: float
    licences: dict[str, float]
    photos: list[PhotoUse]
    banned: list[str]


@dataclass(frozen=True, kw_only=True)
class DatasetPlan:
    """What a dataset is.

    Attributes:
        classes: The class table of its label maps.
        frame: (height, width) in pixels.
        forms: Which are written beside the folders.
        cityscapes: The ids of that form, where it is wanted.
    """

    classes: ClassTable
    frame: tuple[int, int]
    forms: frozenset[Form]
    cityscapes: CityscapesIds | None


class DatasetWriter:
    """Writes a dataset into a new folder; holds a line per picture and the rows of one shard. Close it in the end."""

    def __init__(self, folder: Path, plan: DatasetPlan) -> None:
        self._folder, self._plan = folder, plan
        self._index: list[list[object]] = []
        self._layouts: dict[str, int] = {}
        self._uses: dict[str, PhotoUse] = {}
        self._licences: Counter[str] = Counter()
        self._sums: Counter[str] = Counter()
        self._banned: set[str] = set()
        for name in (*FOLDERS, "credits"):
            (folder / name).mkdir()
        write_json(folder / "classes.json", plan.classes.model_dump(mode="json"))
        self._panoptic: PanopticFile | None = None
        self._table: ShardWriter | None = None
        if Form.COCO in plan.forms:
            (folder / "coco/panoptic").mkdir(parents=True)
            self._panoptic = PanopticFile(folder / "coco/panoptic.json", plan.classes, plan.frame)
        if Form.PARQUET in plan.forms:
            self._table = ShardWriter(folder / "data", "train", table_format(plan.classes))
        if plan.cityscapes is not None:
            for part in ("leftImg8bit", "gtFine"):
                (folder / "cityscapes" / part / "train/made").mkdir(parents=True)
            about = {"official_ids": plan.cityscapes.is_official, "labels": plan.cityscapes.table(plan.classes)}
            write_json(folder / "cityscapes/labels.json", about)

    def add(self, picture: EncodedPicture) -> None:
        """Take the next picture; those of a layout come one after the other."""
        name = picture.name
        for folder in FOLDERS:
            (self._folder / folder / f"{name}.png").write_bytes(picture.files[folder])
        credits = {**picture.credits, "sources": picture.facts["sources"]}
        (self._folder / "credits" / f"{name}.json").write_text(json.dumps(credits, indent=2) + "\n", encoding="utf-8")
        if self._panoptic is not None:
            (self._folder / "coco/panoptic" / f"{name}.png").write_bytes(picture.files[PANOPTIC])
            self._panoptic.add(name, picture.segments)
        if self._table is not None:
            files = {column: picture.files[folder] for column, folder in _COLUMNS.items()}
            self._table.add(table_row(name, files, picture.facts))
        frame = frame_name(self._layouts.setdefault(picture.layout, len(self._layouts)), picture.variant)
        if self._plan.cityscapes is not None:
            self._write_cityscapes(frame, picture)
        facts = picture.facts
        shares = [facts["share_invented"], facts["share_disagreeing"]]
        self._index.append([name, picture.layout, picture.variant, frame, *shares])
        self._count(picture)

    def close(self) -> DatasetCredits:
        """Write what is known in the end, and return whose photos the pictures show."""
        credits = self._credits()
        if self._table is not None:
            self._table.close()
        if self._panoptic is not None:
            self._panoptic.close(list(credits["licences"]))
        write_csv(self._folder / "pictures.csv", _INDEX, self._index)
        write_json(self._folder / "credits.json", credits)
        return credits

    def _credits(self) -> DatasetCredits:
        num = len(self._index)

        def mean(total: float) -> float:
            return total / num if num else 0.0

        uses = [PhotoUse(**{**use, "share_of_pixels": mean(use["share_of_pixels"])}) for use in self._uses.values()]
        return DatasetCredits(
            num_layouts=len(self._layouts),
            num_pictures=num,
            share_invented=mean(self._sums["share_invented"]),
            share_disagreeing=mean(self._sums["share_disagreeing"]),
            licences={name: mean(share) for name, share in sorted(self._licences.items())},
            photos=sorted(uses, key=lambda use: (-use["share_of_pixels"], use["photo"])),
            banned=sorted(self._banned),
        )

    def _count(self, picture: EncodedPicture) -> None:
        for key in ("share_invented", "share_disagreeing"):
            self._sums[key] += picture.facts[key]
        for credit in picture.credits["photos"]:
            photo, share = credit["photo"], credit["share_of_pixels"]
            new = PhotoUse(photo=photo, licence=credit["licence"], num_pictures=0, share_of_pixels=0.0)
            use = self._uses.setdefault(photo, new)
            use["num_pictures"] += 1
            use["share_of_pixels"] += share
            self._licences[credit["licence"]] += share  # type: ignore[assignment]
        self._banned.update(picture.credits["banned"])

    def _write_cityscapes(self, frame: str, picture: EncodedPicture) -> None:
        root = self._folder / "cityscapes"
        _link(self._folder / IMAGES / f"{picture.name}.png", root / f"leftImg8bit/train/made/{frame}_leftImg8bit.png")
        for kind in (LABEL_IDS, INSTANCE_IDS):
            path = root / f"gtFine/train/made/{frame}_gtFine_{kind}.png"
            path.write_bytes(picture.files[kind])


def _link(source: Path, target: Path) -> None:
    """Give a file a second name; where the file system knows no such thing, copy it."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
