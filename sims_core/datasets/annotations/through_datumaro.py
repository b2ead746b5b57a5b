"""COCO, CVAT and the LabelMe of MIT, read by Datumaro, which is imported here alone and only where it is needed."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ImageColor

from sims_core.base.errors import SimsError
from sims_core.datasets.annotations.documents import EXPORT_AGAIN, files_below, holds, in_the_form_of, rgb_of, size_of
from sims_core.datasets.annotations.names import split_named
from sims_core.datasets.annotations.regions import AnnotatedPhoto, Annotations, Draw, Mask, Region, fill_polygons
from sims_core.datasets.raw_files import read_json_file

EXTRA = "annotations"
INSTANCES, PANOPTIC = "coco_instances", "coco_panoptic"
_WITH_IMAGES = f"{EXPORT_AGAIN}, with the images, in images/ beside this file"
_BENEATH = -1
_HEAD_BYTES = 512
# Shapes of CVAT that cover an area and that Datumaro passes over.
_UNREAD = ("ellipse", "cuboid")


@contextmanager
def _datumaro(path: Path, remedy: str = EXPORT_AGAIN) -> Iterator[None]:
    """Say in one line what Datumaro raises, or that it is not installed.

    Raises:
        SimsError: Datumaro is missing, or raised anything: it lets through whatever parsers raise on damaged files.
    """
    if find_spec("datumaro") is None:
        raise SimsError(path, "is read by Datumaro, which is not installed", remedy=f"pip install 'sims[{EXTRA}]'")
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    except SimsError:
        raise
    except Exception as error:
        # What Datumaro wraps its errors in says nothing.
        said: BaseException = error
        while not str(said) and said.__cause__ is not None:
            said = said.__cause__
        raise SimsError(path, "cannot be read", found=f"{type(said).__name__}: {said}", remedy=remedy) from error
    finally:
        logging.disable(before)


def read_coco(root: Path, paths: Sequence[Path], task: str) -> Annotations:
    """Read JSON files of COCO: the instances, or panoptic segmentation with its pictures.

    Of overlapping instances the smaller one lies on top, and crowds beneath all of them. Crowds, and stuff of a
    panoptic segmentation, are no single instances.

    Args:
        root: The dataset's folder.
        paths: The JSON files, one for each split.
        task: INSTANCES or PANOPTIC.

    Raises:
        SimsError: A file is damaged or of another form, Datumaro is not installed.
    """
    categories: dict[str, None] = {}
    colours: dict[str, tuple[int, int, int]] = {}
    photos: list[AnnotatedPhoto] = []
    num_boxes = 0
    for path in paths:
        content = read_json_file(path, EXPORT_AGAIN)
        with in_the_form_of("COCO", path):
            names = {int(one["id"]): str(one["name"]) for one in content["categories"]}
            stuff = {str(one["name"]) for one in content["categories"] if one.get("isthing") == 0}
            colours |= {names[one["id"]]: rgb_of(one["color"]) for one in content["categories"] if one.get("color")}
            images = {int(one["id"]): one for one in content["images"]}
        del content
        categories |= dict.fromkeys(name for _, name in sorted(names.items()))
        subset = _subset_of(root, path)
        for item in _coco_items(path, task, subset):
            image = images[item.attributes["id"]]
            size = size_of(image["height"], image["width"]) if image.get("height") and image.get("width") else None
            regions, boxes = _coco_regions(item.annotations, names, stuff, path)
            num_boxes += boxes
            name = str(image["file_name"]).replace("\\", "/")
            photos.append(AnnotatedPhoto(name, path, subset, size, tuple(regions), task == INSTANCES))
    return Annotations(tuple(categories), tuple(photos), num_boxes, colours)


def _subset_of(root: Path, path: Path) -> str:
    """Return what a JSON file of COCO is about: `train2017` of instances_train2017.json, else its folder."""
    about = re.sub("^(instances|panoptic)_", "", path.stem)
    return about if about != path.stem or split_named(about) else path.parent.relative_to(root).as_posix()


def _coco_items(path: Path, task: str, subset: str) -> list[Any]:
    with _datumaro(path):
        from datumaro.components.annotation import AnnotationType
        from datumaro.components.environment import Environment
        from datumaro.plugins.data_formats.coco.format import CocoImporterType

        # Of Datumaro's arrangements of files this one asks for none: `photo_files` finds the photos.
        extractor = Environment().extractors[task]
        dataset = extractor(str(path), coco_importer_type=CocoImporterType.roboflow, subset=subset)
        labels = dataset.categories()[AnnotationType.label]
        items = list(dataset)
        for item in items:
            for annotation in item.annotations:
                # To Datumaro the category 0 is none, but many tools count from it.
                annotation.attributes["category"] = None if annotation.label is None else labels[annotation.label].name
    return items


def _coco_regions(
    annotations: Iterable[Any], names: dict[int, str], stuff: set[str], path: Path
) -> tuple[list[Region], int]:
    """Return the regions, and how many annotations are boxes alone."""
    parts: dict[int, list[Any]] = {}
    for annotation in annotations:
        parts.setdefault(annotation.id, []).append(annotation)
    regions: list[Region] = []
    # Datumaro reads a file from its end.
    for number, own in reversed(parts.items()):
        draw = _draw(own, path)
        if draw is None:
            continue
        category = own[0].attributes["category"] or names.get(0)
        if category is None:
            raise SimsError(path, f"annotation {number} is of category 0, which the file does not list")
        is_crowd = bool(own[0].attributes["is_crowd"])
        instance = None if is_crowd or category in stuff else number
        regions.append(Region(category, draw, instance, _BENEATH if is_crowd else 0))
    return regions, len(parts) - len(regions)


def read_cvat(root: Path) -> Annotations:
    """Read the XML files of CVAT for images below a folder: polygons and masks.

    A higher `z_order` lies on top, and of the same one the later shape. Shapes of one group and category are one
    instance.

    Raises:
        SimsError: A file is damaged or of another form, has shapes that are not read; Datumaro is not installed.
    """
    categories: dict[str, None] = {}
    colours: dict[str, tuple[int, int, int]] = {}
    photos: list[AnnotatedPhoto] = []
    num_boxes = 0
    for path in filter(is_cvat, files_below(root, ".xml")):
        subsets: list[str | None] = []
        with _datumaro(path, _WITH_IMAGES), in_the_form_of("CVAT", path):
            from datumaro.components.environment import Environment
            from defusedxml import ElementTree

            tree = ElementTree.parse(path)
            for label in tree.iterfind("meta//labels/label"):
                name = label.findtext("name", "")
                categories[name] = None
                if label.findtext("color"):
                    colours[name] = ImageColor.getrgb(label.findtext("color"))[:3]
            if tree.find("meta/project") is not None:
                subsets += [one.text for one in tree.iterfind("meta/project//subset")]
            unread = sorted({tag for tag in _UNREAD if tree.find(f".//{tag}") is not None})
            extractor = Environment().extractors["cvat"]
            items = [item for subset in subsets or [None] for item in extractor(str(path), subset=subset)]
        if unread:
            raise SimsError(
                path, f"has shapes that are not read: {', '.join(unread)}", remedy="turn them into polygons or masks"
            )
        for item in items:
            name = Path(item.media.path).relative_to(path.parent).as_posix()
            num_boxes += sum(annotation.type.name == "bbox" for annotation in item.annotations)
            regions = _grouped_regions(item.annotations, list(categories), path)
            photos.append(AnnotatedPhoto(name, path, str(item.subset), item.media.size, regions))
    return Annotations(tuple(categories), tuple(photos), num_boxes, colours)


def is_cvat(path: Path) -> bool:
    """Say whether an XML file is of CVAT: its root is called `annotations`."""
    with path.open("rb") as file:
        return b"<annotations>" in file.read(_HEAD_BYTES)


def read_label_me(root: Path) -> Annotations:
    """Read the XML files of the LabelMe of MIT: Images/ and Annotations/, and Masks/ where there are some.

    Later objects lie on top. An object and its parts of the same category are one instance.

    Raises:
        SimsError: A file is damaged or of another form; Datumaro is not installed.
    """
    with _datumaro(root):
        from datumaro.components.annotation import AnnotationType
        from datumaro.components.environment import Environment
        from defusedxml import ElementTree

        for path in files_below(root, ".xml"):
            # Of a damaged file Datumaro does not say the name.
            with _datumaro(path):
                ElementTree.parse(path)
        root = next((path for path in root.rglob("Annotations") if path.is_dir()), root / "Annotations").parent
        dataset = Environment().extractors["label_me"](str(root))
        names = [label.name for label in dataset.categories()[AnnotationType.label]]
        items = list(dataset)
    photos: list[AnnotatedPhoto] = []
    num_boxes = 0
    for item in items:
        name = Path(item.media.path).relative_to(root / "Images").as_posix()
        num_boxes += sum(annotation.type.name == "bbox" for annotation in item.annotations)
        regions = _grouped_regions(item.annotations, names, root)
        photos.append(AnnotatedPhoto(name, root, str(item.subset), None, regions))
    return Annotations(tuple(names), tuple(photos), num_boxes, {})


def is_label_me(path: Path) -> bool:
    """Say whether an XML file is of the LabelMe of MIT: an `annotation` with polygons or masks, in Annotations/."""
    return (
        "Annotations" in path.parts
        and holds(path, b"<annotation>")
        and (holds(path, b"<polygon>") or holds(path, b"<segm>"))
    )


def _grouped_regions(annotations: Iterable[Any], names: Sequence[str], path: Path) -> tuple[Region, ...]:
    regions: list[Region] = []
    instances: dict[tuple[str, int], int] = {}
    for number, annotation in enumerate(annotations):
        draw = _draw([annotation], path)
        if draw is None:
            continue
        if annotation.label is None:
            raise SimsError(path, "has a region of a category that it does not list", remedy=EXPORT_AGAIN)
        category = names[annotation.label]
        instance = instances.setdefault((category, annotation.group), number) if annotation.group else number
        regions.append(Region(category, draw, instance, annotation.z_order))
    return tuple(regions)


def _draw(annotations: Sequence[Any], path: Path) -> Draw | None:
    """Return how to draw the polygons, or else the mask, of an annotation; None where it has neither."""
    polygons = tuple(tuple(one.points) for one in annotations if one.type.name == "polygon")
    if polygons:
        return partial(fill_polygons, outer=polygons)
    masks = [one for one in annotations if one.type.name == "mask"]
    return partial(_stored_mask, annotation=masks[0], path=path) if masks else None


def _stored_mask(size: tuple[int, int], annotation: Any, path: Path) -> Mask:
    """Return the mask of an annotation of Datumaro, which reads it only now; `size` is compared by who paints it."""
    with _datumaro(path):
        return np.asarray(annotation.image) > 0
