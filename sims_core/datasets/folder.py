"""A folder of your own photos and label maps, described in params.yaml and a class table in YAML."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from sims_core.classes import ClassTable
from sims_core.datasets.pairs import LabelledPhoto, PairDataset, match_pairs
from sims_core.datasets.settings import FolderSource
from sims_core.errors import SimsError


def read_dataset(source: FolderSource) -> PairDataset:
    """Read the class table of a folder dataset; SimsError when it is missing or wrong."""
    return PairDataset(read_class_table(Path(source.root) / source.classes), source.encoding, (), source.licence)


def read_class_table(path: Path) -> ClassTable:
    """Read `categories: [{name, colour: [r, g, b], role}, ...]`; the id of a category is its position."""
    if not path.is_file():
        raise SimsError(path, "class table not found", remedy="see docs/datasets.md for its form")
    try:
        return ClassTable.model_validate(YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")))
    except YAMLError as error:
        raise SimsError(path, "is not valid YAML", found=str(error)) from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "class table"
        raise SimsError(path, f"'{key}' {first['msg']}", found=repr(first["input"])[:80]) from error


def list_pairs(source: FolderSource) -> list[LabelledPhoto]:
    """List the photo-label pairs of both splits; SimsError when one is empty or files do not match."""
    root = Path(source.root)
    train = match_pairs("train", sorted(root.glob(source.train_photos)), sorted(root.glob(source.train_labels)), root)
    val = match_pairs("val", sorted(root.glob(source.val_photos)), sorted(root.glob(source.val_labels)), root)
    return train + val
