"""CamVid (Brostow et al. 2009) in SegNet's form: 480x360 photos, 11 categories and void as id PNGs."""

from __future__ import annotations

from pathlib import Path

from sims_core.classes import Category, ClassTable, Role
from sims_core.datasets.pairs import LabelledPhoto, PairDataset, match_pairs
from sims_core.formats.scenes import SPLITS

CLASSES = ClassTable(
    categories=tuple(
        Category(name=name, colour=colour, role=role)
        for name, colour, role in (
            ("sky", (128, 128, 128), Role.STUFF),
            ("building", (128, 0, 0), Role.STUFF),
            ("pole", (192, 192, 128), Role.THIN),
            ("road", (128, 64, 128), Role.PLANAR),
            ("pavement", (60, 40, 222), Role.PLANAR),
            ("tree", (128, 128, 0), Role.FOLIAGE),
            ("sign symbol", (192, 128, 128), Role.THIN),
            ("fence", (64, 64, 128), Role.STUFF),
            ("car", (64, 0, 128), Role.OBJECT),
            ("pedestrian", (64, 64, 0), Role.OBJECT),
            ("bicyclist", (0, 128, 192), Role.OBJECT),
        )
    )
)
DATASET = PairDataset(CLASSES, "ids", (11,), "CamVid (University of Cambridge), research use")


def list_pairs(root: Path) -> list[LabelledPhoto]:
    """List the photo-label pairs of both splits; SimsError when a folder is missing or files do not match."""
    return [
        pair
        for split in SPLITS
        for pair in match_pairs(
            split, sorted((root / split).glob("*.png")), sorted((root / f"{split}annot").glob("*.png")), root
        )
    ]
