"""The `prepare` section: which dataset, where it lies, at which resolution."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sims_core.parameters import Section


class SyntheticStreetSource(Section):
    """Rendered street scenes; nothing to download."""

    dataset: Literal["synthetic_street"]
    num_train: int = Field(ge=1)
    num_val: int = Field(ge=1)


class FilesSource(Section):
    """Files of a dataset under `root`; of more than `max_train` or `max_val` photos so many are drawn by the seed."""

    root: str
    max_train: int | None = Field(default=None, ge=1)
    max_val: int | None = Field(default=None, ge=1)


class CityscapesSource(FilesSource):
    """Cityscapes as downloaded: leftImg8bit beside gtFine or gtCoarse.

    `train_extra` adds the 19,998 coarsely labelled photos (annotation: coarse); `depth: disparity` reads the packages
    disparity and camera.
    """

    dataset: Literal["cityscapes"]
    annotation: Literal["fine", "coarse"]
    train_extra: bool = False
    depth: Literal["none", "disparity"]


class NyuSource(FilesSource):
    """NYU Depth V2, the labelled set: nyu_depth_v2_labeled.mat, splits.mat and classMapping40.mat."""

    dataset: Literal["nyu"]
    num_categories: Literal[40, 13]


class Ade20kSource(FilesSource):
    """ADE20K in the form of the scene parsing benchmark (ADEChallengeData2016), all of it or its outdoor photos."""

    dataset: Literal["ade20k"]
    subset: Literal["all", "outdoor"]


class CocoStuffSource(FilesSource):
    """COCO-Stuff 164k; `instances` reads COCO's own instance annotations too."""

    dataset: Literal["coco_stuff"]
    instances: bool


class Gta5Source(FilesSource):
    """Playing for Data (GTA5): images, labels and split.mat."""

    dataset: Literal["gta5"]


class CamvidSource(FilesSource):
    """CamVid: SegNet's form (11 categories), or the original one (31)."""

    dataset: Literal["camvid"]
    form: Literal["segnet", "original"] = "segnet"


class FolderSource(FilesSource):
    """Photos and label maps of your own, matched by file stem.

    Patterns are relative to `root`, in the form of `pathlib.Path.glob`; `classes` is a YAML
    class table; `encoding` says whether label files hold category ids or palette colours.
    """

    dataset: Literal["folder"]
    train_photos: str
    train_labels: str
    val_photos: str
    val_labels: str
    classes: str
    encoding: Literal["ids", "palette"]
    licence: str


class PrepareConfig(Section):
    """What `prepare` reads and the resolution of everything after it."""

    height_px: int = Field(ge=32, le=4096)
    width_px: int = Field(ge=32, le=4096)
    source: Annotated[
        SyntheticStreetSource
        | CityscapesSource
        | NyuSource
        | Ade20kSource
        | CocoStuffSource
        | Gta5Source
        | CamvidSource
        | FolderSource,
        Field(discriminator="dataset"),
    ]
