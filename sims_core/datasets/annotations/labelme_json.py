"""The JSON files of labelme (github.com/wkentaro/labelme): one beside each photo."""

from __future__ import annotations

from base64 import b64decode
from functools import partial
from pathlib import Path, PureWindowsPath
from typing import Any

from sims_core.datasets.annotations.documents import corners_of, in_the_form_of, json_documents, size_of
from sims_core.datasets.annotations.mask_files import paste_mask
from sims_core.datasets.annotations.regions import AnnotatedPhoto, Annotations, Draw, Region, fill_polygons

TOOL = "labelme"
_BOX = "rectangle"


def is_labelme(content: Any) -> bool:
    """Say whether the content of a JSON file has labelme's form."""
    return isinstance(content, dict) and {"shapes", "imagePath"} <= content.keys()


def read_labelme(root: Path) -> Annotations:
    """Read all files of labelme below a folder, categories in the order of their names.

    Polygons and masks are read, later ones on top; those of one `group_id` and category are one instance. Circles,
    lines and points outline no area.

    Raises:
        SimsError: A file is damaged or of another form.
    """
    photos: list[AnnotatedPhoto] = []
    num_boxes = 0
    for path, content in json_documents(root, is_labelme):
        with in_the_form_of(TOOL, path):
            num_boxes += sum(shape["shape_type"] == _BOX for shape in content["shapes"])
            subset = path.parent.relative_to(root).as_posix()
            # Windows writes backslashes.
            name = PureWindowsPath(content["imagePath"]).name
            size = size_of(content["imageHeight"], content["imageWidth"]) if content.get("imageHeight") else None
            photos.append(AnnotatedPhoto(name, path, subset, size, _regions(content["shapes"], path)))
    categories = sorted({region.category for photo in photos for region in photo.regions})
    return Annotations(tuple(categories), tuple(photos), num_boxes, {})


def _regions(shapes: list[dict[str, Any]], path: Path) -> tuple[Region, ...]:
    regions: list[Region] = []
    instances: dict[tuple[str, Any], int] = {}
    for number, shape in enumerate(shapes):
        draw = _draw(shape, path)
        if draw is not None:
            category, group = str(shape["label"]), shape.get("group_id")
            instance = number if group is None else instances.setdefault((category, group), number)
            regions.append(Region(category, draw, instance))
    return tuple(regions)


def _draw(shape: dict[str, Any], path: Path) -> Draw | None:
    kind = shape.get("shape_type") or "polygon"
    if kind == "polygon":
        return partial(fill_polygons, outer=(corners_of(shape["points"]),))
    if kind == "mask":
        left, top = (round(float(value)) for value in shape["points"][0])
        return partial(paste_mask, data=b64decode(shape["mask"]), left=left, top=top, where=path)
    return None
