"""The forms in which a dataset is written beside its folders."""

from __future__ import annotations

from enum import StrEnum


class Form(StrEnum):
    """What others' tools read."""

    COCO = "coco"
    CITYSCAPES = "cityscapes"
    PARQUET = "parquet"
