"""ADE20K (Zhou et al. 2017) as the scene parsing benchmark (ADEChallengeData2016); outdoor photos by rule."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from sims_core.base.errors import Report, SimsError, stop
from sims_core.base.text_files import read_text
from sims_core.datasets.class_tables import packaged_list, packaged_table
from sims_core.datasets.decoding import counted_from_one
from sims_core.datasets.pairs import LabelledPhoto, match_folders, read_values
from sims_core.datasets.raw import RawDataset, choose_items
from sims_core.datasets.settings import Ade20kSource
from sims_core.scenes.scene import Split

LICENCE = "ADE20K, its own terms (research and education, non-commercial)"
_FOLDERS: dict[Split, str] = {"train": "training", "val": "validation"}
_REMEDY = "the label maps must be those of ADEChallengeData2016, not of the full ADE20K"
_OUTDOOR_ENDINGS = ("_outdoor", "_exterior")


def open_dataset(source: Ade20kSource, seed: int, report: Report = stop) -> RawDataset[LabelledPhoto]:
    """List the photos of both splits, all or the outdoor ones.

    Raises:
        SimsError: A folder is missing, files do not match, or a photo has no scene category.
    """
    root = Path(source.root)
    pairs = [
        pair
        for split, folder in _FOLDERS.items()
        for pair in match_folders(split, root / "images" / folder, root / "annotations" / folder, ".jpg", report)
    ]
    if source.subset == "outdoor":
        pairs = outdoor_only(pairs, root / "sceneCategories.txt")
    classes = packaged_table("ade20k")
    read = partial(read_values, values=counted_from_one(len(classes)), remedy=_REMEDY)
    return RawDataset(classes, choose_items(pairs, source, seed, report), read, LICENCE)


def outdoor_only(pairs: list[LabelledPhoto], categories_file: Path) -> list[LabelledPhoto]:
    """Return the pairs whose scene category is outdoors by the rule of docs/datasets.md.

    Args:
        pairs: Photos of the benchmark.
        categories_file: The benchmark's sceneCategories.txt: `ADE_train_00000001 airport_terminal` and so on.

    Raises:
        SimsError: The file is missing, or a photo is not in it.
    """
    if not categories_file.is_file():
        raise SimsError(categories_file, "not found", remedy="it is part of ADEChallengeData2016.zip")
    lines = read_text(categories_file).splitlines()
    scene_of = {parts[0]: parts[1] for line in lines if len(parts := line.split()) >= 2}
    listed = frozenset(packaged_list("ade20k_outdoor_scenes", "scenes"))
    unnamed = [pair.scene_id for pair in pairs if pair.scene_id not in scene_of]
    if unnamed:
        raise SimsError(
            categories_file, f"no scene category for {unnamed[0]} (and {len(unnamed) - 1} more)", remedy=_REMEDY
        )
    return [pair for pair in pairs if is_outdoor(scene_of[pair.scene_id], listed)]


def is_outdoor(scene: str, listed: frozenset[str]) -> bool:
    """Say whether a scene category such as `bank_outdoor` or `alley` is outdoors: by its ending, or as listed."""
    name = scene.replace("/", "_")
    return name.endswith(_OUTDOOR_ENDINGS) or name in listed
