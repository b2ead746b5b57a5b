"""A folder of your own photos and label maps, described in params.yaml and a class table in YAML."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from filecmp import cmp
from functools import partial
from pathlib import Path

from sims_core.base.errors import Report, SimsError, stop
from sims_core.base.picture_files import PICTURE_TYPES, composed, stem_of
from sims_core.base.read_pictures import read_label_picture, read_photo
from sims_core.base.text_files import read_text
from sims_core.datasets.class_tables import read_class_table
from sims_core.datasets.decoding import LabelValues, ids_of, painted
from sims_core.datasets.pairing import repeated_stems, telling_folders
from sims_core.datasets.pairs import LabelledPhoto, check_size, match_pairs
from sims_core.datasets.palettes import find_clash
from sims_core.datasets.raw import ItemType, RawDataset, RawScene, choose_items
from sims_core.datasets.settings import AnnotationsSource, FolderSource, Patterns
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
    classes = read_class_table(class_table_path(source))
    items = choose_items(list_pairs(source, report), source, seed, report)
    values = label_values(source, len(classes)) if source.encoding == "ids" else None
    found = None if values is None else find_clash([item.labels for item in items])
    if found is not None and not found.is_grey:
        report(found.error)
    read = partial(_read, classes=classes, values=values, as_shown=found is not None and found.is_grey)
    return RawDataset(classes, items, read, source.licence)


def class_table_path(source: FolderSource | AnnotationsSource) -> Path:
    """Return where the class table lies: below the root, or else where the path leads from the project's folder.

    Raises:
        SimsError: In neither place.
    """
    places = (Path(source.root) / source.classes, Path(source.classes))
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise SimsError(
            places[0],
            "class table not found",
            expected=f"it, or {places[1]}",
            remedy="see docs/datasets.md for its form",
        )
    return found


def list_pairs(source: FolderSource, report: Report = stop) -> list[LabelledPhoto]:
    """List the pairs of both splits, train before val; a scene is called by its photo's stem.

    Where photos have one stem, the folders that tell them apart come before it: `first-0001`, `second-0001`.

    Raises:
        SimsError: A pattern that is none, a list of a split that is missing or names other photos; whatever `report`
            raises.
    """
    pairs = _match(source, "train", source.train_photos, source.train_labels, source.train_list, report)
    if source.val_every is not None:
        pairs = split_by_rule(named(pairs), source.val_every)
    else:
        photos, labels = source.val_photos or source.train_photos, source.val_labels or source.train_labels
        val = _match(source, "val", photos, labels, source.val_list, report)
        pairs += _not_learned(val, pairs, report)
    return named(pairs)


def files_of(root: Path, patterns: Patterns) -> set[Path]:
    """Return the files that one or several patterns find below a folder, but no hidden ones."""
    try:
        found = [
            path for pattern in ([patterns] if isinstance(patterns, str) else patterns) for path in root.glob(pattern)
        ]
    except (ValueError, NotImplementedError) as error:
        raise SimsError("prepare.source", "is no pattern of files below the root", found=patterns) from error
    return {
        path
        for path in found
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(root).parts)
    }


def untaken(source: FolderSource, pairs: Sequence[LabelledPhoto]) -> list[Path]:
    """Return the pictures that lie in the folders of pairs and that none of the patterns finds, sorted by name."""
    root = Path(source.root)
    patterns = (source.train_photos, source.train_labels, source.val_photos, source.val_labels)
    taken = {path for own in patterns if own is not None for path in files_of(root, own)}
    folders = {path.parent for pair in pairs for path in (pair.photo, pair.labels)}
    beside = {path for folder in folders for path in folder.glob("[!.]*") if path.suffix.lower() in PICTURE_TYPES}
    return sorted((path for path in beside - taken if path.is_file()), key=lambda path: path.name)


def _match(
    source: FolderSource, split: Split, photos: Patterns, labels: Patterns, listed: str | None, report: Report
) -> list[LabelledPhoto]:
    root = Path(source.root)
    label_files = files_of(root, labels)
    # Of a.png and a_mask.png the first is a photo, though *.png finds both.
    photo_files = files_of(root, photos) - label_files
    if listed is not None:
        names = read_split_list(root / listed, {stem_of(path) for path in photo_files})
        suffix = composed(source.label_suffix)
        label_files = {path for path in label_files if stem_of(path).removesuffix(suffix) in names}
        photo_files = {path for path in photo_files if stem_of(path) in names}
        missing = names - {stem_of(path) for path in photo_files}
        if missing:
            report(
                SimsError(root / listed, f"{len(missing)} photos of this list not found", found=f"no {min(missing)}")
            )
    return match_pairs(split, sorted(photo_files), sorted(label_files), root, source.label_suffix, report)


def read_split_list(path: Path, stems: Collection[str]) -> frozenset[str]:
    """Return the stems that a text file lists, without folders and picture type.

    Args:
        path: The file. A line is a name, or a name and more behind a space.
        stems: Of the photos, composed; they say whether a space belongs to a name.

    Raises:
        SimsError: The file is missing or is no text.
    """
    if not path.is_file():
        raise SimsError(path, "list of a split not found", expected="a text file of names, one a line")
    lines = read_text(path).splitlines()
    named = [(_stem_in(line.strip()), _stem_in(line.split()[0])) for line in lines if line.strip()]
    return frozenset(whole if whole in stems else first for whole, first in named)


def _stem_in(text: str) -> str:
    name = text.replace("\\", "/").rpartition("/")[2]
    return stem_of(Path(name)) if name.lower().endswith(PICTURE_TYPES) else composed(name)


def _not_learned(val: Sequence[LabelledPhoto], train: Sequence[LabelledPhoto], report: Report) -> list[LabelledPhoto]:
    """Return the validation pairs without photos that are a training photo's file again, which are reported."""
    learned: dict[str, list[Path]] = {}
    for pair in train:
        learned.setdefault(stem_of(pair.photo), []).append(pair.photo)
    kept = []
    for pair in val:
        namesakes = learned.get(stem_of(pair.photo), [])
        other = next((path for path in namesakes if cmp(pair.photo, path, shallow=False)), None)
        if other is None:
            kept.append(pair)
            continue
        report(
            SimsError(
                pair.photo,
                f"has the same name as {other}, and the same content",
                expected="other photos for validation than for training",
                remedy="remove one; figures on photos that were learnt mean nothing",
            )
        )
    return kept


def named(pairs: Sequence[ItemType]) -> list[ItemType]:
    """Return items called by their photos' stems, behind the folders that tell those of one stem apart."""
    photos = [pair.photo for pair in pairs]
    repeated, telling = repeated_stems(photos), telling_folders(photos)
    return [
        replace(pair, scene_id="-".join((*telling[pair.photo], stem_of(pair.photo))))
        if stem_of(pair.photo) in repeated
        else pair
        for pair in pairs
    ]


def split_by_rule(pairs: Sequence[ItemType], val_every: int) -> list[ItemType]:
    """Return the items, train before val, of which every `val_every`-th by name, the first among them, is for val."""
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
