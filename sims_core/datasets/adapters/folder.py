"""A folder of your own photos and label maps, described in params.yaml and a class table in YAML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from sims_core.base.errors import Report, SimsError, stop
from sims_core.base.read_pictures import read_label_picture, read_photo
from sims_core.datasets.class_tables import read_class_table
from sims_core.datasets.decoding import LabelValues, ids_of, painted
from sims_core.datasets.pairs import LabelledPhoto, check_size, match_pairs
from sims_core.datasets.palettes import find_clash
from sims_core.datasets.raw import RawDataset, RawScene, choose_items
from sims_core.datasets.settings import FolderSource
from sims_core.scenes.classes import VOID, ClassTable
from sims_core.scenes.label_values import decode_palette
from sims_core.scenes.scene import Split

_PAINTED = "set encoding: palette if the colours are those of the class table"
_UNKNOWN = "check the class table or map these values to void (void_values)"


def open_dataset(source: FolderSource, seed: int, report: Report = stop) -> RawDataset[LabelledPhoto]:
    """Read the class table and list the pairs.

    Args:
        source: Where they are.
        seed: Of the choice of a part.
        report: Takes files that do not match, an empty split, and palettes that differ.

    Raises:
        SimsError: The class table is missing or wrong.
    """
    root = Path(source.root)
    classes = read_class_table(root / source.classes)
    pairs = _match(source, "train", source.train_photos, source.train_labels, report)
    if source.val_every is not None:
        pairs = split_by_rule(pairs, source.val_every)
    elif source.val_photos is not None and source.val_labels is not None:
        pairs += _match(source, "val", source.val_photos, source.val_labels, report)
    items = choose_items(pairs, source, seed, report)
    values = label_values(source, len(classes)) if source.encoding == "ids" else None
    found = None if values is None else find_clash([item.labels for item in items])
    if found is not None and not found.is_grey:
        report(found.error)
    read = partial(_read, classes=classes, values=values, as_shown=found is not None and found.is_grey)
    return RawDataset(classes, items, read, source.licence)


def _match(source: FolderSource, split: Split, photos: str, labels: str, report: Report) -> list[LabelledPhoto]:
    root = Path(source.root)
    return match_pairs(split, sorted(root.glob(photos)), sorted(root.glob(labels)), root, source.label_suffix, report)


def split_by_rule(pairs: Sequence[LabelledPhoto], val_every: int) -> list[LabelledPhoto]:
    """Return the pairs, train before val, of which every `val_every`-th by name, the first among them, is for val."""
    by_name = sorted(pairs, key=lambda pair: pair.scene_id)
    val = [replace(pair, split="val") for pair in by_name[::val_every]]
    return [pair for number, pair in enumerate(by_name) if number % val_every] + val


def label_values(source: FolderSource, num_categories: int) -> LabelValues:
    """Return what the values of label files mean.

    Raises:
        SimsError: `label_values` has another length than the class table.
    """
    values = tuple(range(num_categories)) if source.label_values is None else source.label_values
    if len(values) != num_categories:
        raise SimsError(
            "prepare.source.label_values",
            "must have a value for each category of the class table",
            expected=num_categories,
            found=len(values),
        )
    if source.label_values is None:
        said_to_be = ids_of(num_categories).said_to_be
    else:
        said_to_be = f"{', '.join(map(str, values))} (prepare.source.label_values) or {VOID} (void)"
    void = dict.fromkeys((VOID, *source.void_values), VOID)
    return LabelValues(void | {value: category for category, value in enumerate(values)}, said_to_be)


def _read(pair: LabelledPhoto, classes: ClassTable, values: LabelValues | None, as_shown: bool) -> RawScene:
    """Read a pair whose label file holds values, or where these are None, palette colours.

    `as_shown`: the values of an indexed file are the greys that it shows, and not its indices.
    """
    photo = read_photo(pair.photo)
    picture = read_label_picture(pair.labels)
    if values is None:
        shown = painted(picture, classes.palette, pair.labels, "palette colours (encoding: palette)")
        labels = decode_palette(shown, classes, pair.labels)
    else:
        picture = picture.as_shown() if as_shown else picture
        is_colour = picture.in_one_channel().stored.ndim == 3
        labels = values.decode(picture, pair.labels, _PAINTED if is_colour else _UNKNOWN)
    check_size(labels, photo, pair.labels, pair.photo)
    return RawScene(photo, labels)
