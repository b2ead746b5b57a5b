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


class CamvidSource(Section):
    """CamVid in SegNet's form: folders train, trainannot, val, valannot under `root`."""

    dataset: Literal["camvid"]
    root: str


class FolderSource(Section):
    """Photos and label maps of your own, matched by file stem.

    Patterns are relative to `root`, in the form of `pathlib.Path.glob`; `classes` is a YAML
    class table; `encoding` says whether label files hold category ids or palette colours.
    """

    dataset: Literal["folder"]
    root: str
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
    source: Annotated[SyntheticStreetSource | CamvidSource | FolderSource, Field(discriminator="dataset")]
