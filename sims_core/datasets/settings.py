"""The `prepare` section: which dataset, where it lies, at which resolution."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sims_core.base.parameters import Count, Section, Text

# Of files below a folder.
Patterns = Text | tuple[Text, ...]


class SyntheticStreetSource(Section):
    """Rendered street scenes; nothing to download."""

    dataset: Literal["synthetic_street"]
    num_train: Count
    num_val: Count


class NameSplit(Section):
    """Splits by the photos' names, in place of the dataset's own: for footage whose frames resemble one another.

    `train` and `val` are patterns of scene ids (as of `fnmatch`: `0016E5_*`). A photo of either split may come into
    the other one; what matches neither takes no part. Of the photos that `val` matches, sorted by id, each
    `val_every`-th is for validation, the first among them, and the others take no part.
    """

    train: tuple[Text, ...] = Field(min_length=1)
    val: tuple[Text, ...] = Field(min_length=1)
    val_every: int = Field(default=1, ge=1, le=10**6)


class FilesSource(Section):
    """Files of a dataset under `root`.

    `split_by_name` divides them anew. Of more than `max_train` or `max_val` photos so many are drawn by the seed.
    """

    root: Text
    split_by_name: NameSplit | None = None
    max_train: Count | None = None
    max_val: Count | None = None


class CityscapesSource(FilesSource):
    """Cityscapes as downloaded: leftImg8bit beside gtFine or gtCoarse.

    `train_extra` adds the 19,998 coarsely labelled photos (annotation: coarse); `coarse_labels` reads gtCoarse beside
    gtFine, for `layout.source: annotated`; `depth: disparity` reads the packages disparity and camera.
    """

    dataset: Literal["cityscapes"]
    annotation: Literal["fine", "coarse"]
    train_extra: bool = False
    coarse_labels: bool = False
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
    """CamVid: SegNet's form (11 categories), or the label maps in 32 colours (31), as published or as on Kaggle."""

    dataset: Literal["camvid"]
    form: Literal["segnet", "original", "kaggle"] = "segnet"


class FolderSource(FilesSource):
    """Photos and label maps of your own, matched by file stem.

    Patterns are relative to `root`, in the form of `pathlib.Path.glob`, one or several; `classes` is a YAML
    class table, below `root` or else below the project's folder; `encoding` says whether label files hold
    category ids or palette colours.

    Where there is no split, `val_every: k` takes the place of the patterns for validation: of the photos of
    `train_photos`, sorted by name, the first, the (k + 1)-th, the (2k + 1)-th and so on are for validation. Or
    `train_list` and `val_list` name two text files below `root`, which list the stems of each split, one a line.

    With encoding `ids` a value is the id of its category, 255 is void. `label_values` gives the value of each
    category instead, in the class table's order; the values of `void_values` are void as well. `label_suffix` is
    what the stem of a label file has beyond that of its photo, such as `_mask`.
    """

    dataset: Literal["folder"]
    train_photos: Patterns
    train_labels: Patterns
    val_photos: Patterns | None = None
    val_labels: Patterns | None = None
    train_list: Text | None = None
    val_list: Text | None = None
    val_every: int | None = Field(default=None, ge=2, le=10**6)
    label_suffix: Text = ""
    classes: Text
    encoding: Literal["ids", "palette"]
    label_values: tuple[Annotated[int, Field(ge=0, le=65535)], ...] | None = None
    void_values: tuple[Annotated[int, Field(ge=0, le=65535)], ...] = ()
    licence: Text

    @model_validator(mode="after")
    def _one_split_and_one_meaning(self) -> Self:
        rules = ((self.val_photos, self.val_labels), (self.train_list, self.val_list), (self.val_every,))
        if sum(rule.count(None) < len(rule) for rule in rules) != 1 or any(
            rule.count(None) == 1 < len(rule) for rule in rules
        ):
            raise ValueError(
                "needs either 'val_photos' and 'val_labels', or 'val_every', or 'train_list' and 'val_list'"
            )
        if self.encoding == "palette" and (self.label_values is not None or self.void_values):
            raise ValueError("'label_values' and 'void_values' go with encoding: ids")
        values = self.label_values or ()
        if len({*values, *self.void_values}) < len(values) + len(self.void_values):
            raise ValueError("'label_values' and 'void_values' must name each value once")
        return self


class AnnotationsSource(FilesSource):
    """Photos with the files of an annotation tool.

    `classes` is a YAML class table, as for a folder; its categories have the names of the tool's, in lower case.
    `unannotated` says what pixels are that lie in no region: the category `background`, or void. The splits are the
    tool's; with `val_every: k` every k-th photo by name is for validation, the first among them.
    """

    dataset: Literal["annotations"]
    format: Literal[
        "coco_instances", "coco_panoptic", "cvat", "label_me", "labelme_json", "supervisely", "label_studio"
    ]
    val_every: int | None = Field(default=None, ge=2, le=10**6)
    classes: Text
    unannotated: Literal["background", "void"]
    licence: Text


AnyFilesSource = (
    CityscapesSource
    | NyuSource
    | Ade20kSource
    | CocoStuffSource
    | Gta5Source
    | CamvidSource
    | FolderSource
    | AnnotationsSource
)


class PrepareConfig(Section):
    """What `prepare` reads and the resolution of everything after it."""

    height_px: int = Field(ge=32, le=4096)
    width_px: int = Field(ge=32, le=4096)
    source: Annotated[SyntheticStreetSource | AnyFilesSource, Field(discriminator="dataset")]
