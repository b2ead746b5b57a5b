"""Photos with the files of an annotation tool: COCO, CVAT, LabelMe, Supervisely, Label Studio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sims_core.base.errors import Report, SimsError, stop
from sims_core.base.read_pictures import read_photo
from sims_core.datasets.adapters.folder import class_table_path, named, split_by_rule
from sims_core.datasets.annotations.formats import read_annotations
from sims_core.datasets.annotations.names import BACKGROUND, category_ids, split_named, table_name
from sims_core.datasets.annotations.photo_files import PhotoFiles
from sims_core.datasets.annotations.regions import AnnotatedPhoto, Annotations, paint
from sims_core.datasets.class_tables import read_class_table
from sims_core.datasets.raw import Item, RawDataset, RawScene, choose_items
from sims_core.datasets.settings import AnnotationsSource
from sims_core.scenes.classes import VOID, ClassTable


@dataclass(frozen=True)
class AnnotatedItem(Item):
    """A photo file and its annotations."""

    annotated: AnnotatedPhoto


def open_dataset(source: AnnotationsSource, seed: int, report: Report = stop) -> RawDataset[AnnotatedItem]:
    """Read the class table and all annotations.

    Args:
        source: Where they are.
        seed: Of the choice of a part.
        report: Takes photos that are missing, an empty split, a category that the class table does not have.

    Raises:
        SimsError: The class table or an annotation file is missing or wrong.
    """
    classes = read_class_table(class_table_path(source))
    annotations = read_annotations(Path(source.root), source.format)
    ids = category_ids(annotations.categories, classes)
    items = choose_items(list_photos(Path(source.root), annotations, source.val_every, report), source, seed, report)
    items = _of_known_categories(items, ids, source, report)
    return RawDataset(
        classes, items, partial(_read, ids=ids, unannotated=_unannotated(source, classes)), source.licence
    )


def list_photos(
    root: Path, annotations: Annotations, val_every: int | None, report: Report = stop
) -> list[AnnotatedItem]:
    """Return the annotated photos of both splits, train before val; those for testing are left out.

    Args:
        root: The dataset's folder.
        annotations: Of the photos.
        val_every: Which photos by name are for validation; None takes the tool's splits, "train" where it has none.
        report: Takes photos that are not found.
    """
    files = PhotoFiles(root)
    items: list[AnnotatedItem] = []
    for annotated in annotations.photos:
        said = split_named(annotated.subset)
        if said == "test":
            continue
        try:
            photo = files.find(annotated)
        except SimsError as error:
            report(error)
            continue
        items.append(AnnotatedItem(photo.stem, "val" if said == "val" else "train", photo, annotated))
    items = sorted(named(items), key=lambda item: (item.split != "train", item.scene_id))
    return items if val_every is None else split_by_rule(items, val_every)


def _of_known_categories(
    items: Sequence[AnnotatedItem], ids: Mapping[str, int], source: AnnotationsSource, report: Report
) -> list[AnnotatedItem]:
    """Return the photos whose regions are all of categories in the class table; other categories are reported."""
    unknown: dict[str, list[AnnotatedItem]] = {}
    for item in items:
        for category in {region.category for region in item.annotated.regions} - ids.keys():
            unknown.setdefault(category, []).append(item)
    for category, own in sorted(unknown.items()):
        report(
            SimsError(
                own[0].annotated.where,
                f"category '{category}' of {len(own)} photos is not in the class table {source.classes}",
                expected=f"a category '{table_name(category)}' there",
                remedy="add it",
            )
        )
    lacking = {item.scene_id for own in unknown.values() for item in own}
    return [item for item in items if item.scene_id not in lacking]


def _unannotated(source: AnnotationsSource, classes: ClassTable) -> int:
    if source.unannotated == "void":
        return VOID
    if BACKGROUND not in classes.names:
        raise SimsError(
            "prepare.source.unannotated",
            f"the class table {source.classes} has no category '{BACKGROUND}'",
            remedy="add it, or set unannotated: void",
        )
    return classes.names.index(BACKGROUND)


def _read(item: AnnotatedItem, ids: Mapping[str, int], unannotated: int) -> RawScene:
    photo = read_photo(item.photo)
    labels, instances = paint(item.annotated, (photo.shape[0], photo.shape[1]), ids, unannotated)
    return RawScene(photo, labels, instances)
