"""Exports of Label Studio as JSON or JSON-MIN: polygons and brush strokes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from sims_core.base.errors import SimsError
from sims_core.datasets.annotations.documents import corners_of, in_the_form_of, json_documents, size_of
from sims_core.datasets.annotations.mask_files import unpack_runs
from sims_core.datasets.annotations.regions import AnnotatedPhoto, Annotations, Draw, Region, fill_polygons

TOOL = "Label Studio"
_POLYGON, _BRUSH, _BOX = "polygonlabels", "brushlabels", "rectanglelabels"
# What Label Studio puts before the name of a file that is uploaded.
_UPLOADED = re.compile(r"^[0-9a-f]{8}-")
_PERCENT = 100


def is_label_studio(content: Any) -> bool:
    """Say whether the content of a JSON file is a list of Label Studio's tasks with an image."""
    if not (isinstance(content, list) and content and isinstance(content[0], dict)):
        return False
    first = content[0]
    is_full = isinstance(first.get("data"), dict) and "annotations" in first
    return is_full or {"id", "annotation_id", "image"} <= first.keys()


def read_label_studio(root: Path) -> Annotations:
    """Read all exports of Label Studio below a folder, categories in the order of their names.

    Polygons and brush strokes are read, later ones on top, each an instance. A task without annotation is left out.

    Raises:
        SimsError: A file is damaged or of another form, or a task has several annotations.
    """
    photos: list[AnnotatedPhoto] = []
    num_boxes = 0
    for path, content in json_documents(root, is_label_studio):
        with in_the_form_of(TOOL, path):
            for task in content:
                found = _results(task, path)
                if found is None:
                    continue
                name, results = found
                num_boxes += sum(_BOX in one for one in results)
                if any(one.get("image_rotation") for one in results):
                    raise SimsError(path, f"{name} was turned in Label Studio", remedy="turn the photo's file instead")
                drawn = [(one, draw) for one in results if (draw := _draw(one, path)) is not None]
                regions = (Region(_category(one), draw, number) for number, (one, draw) in enumerate(drawn))
                sizes = {size_of(one["original_height"], one["original_width"]) for one, _ in drawn}
                size = sizes.pop() if len(sizes) == 1 else None
                photos.append(AnnotatedPhoto(name, path, "", size, tuple(regions)))
    categories = sorted({region.category for photo in photos for region in photo.regions})
    return Annotations(tuple(categories), tuple(photos), num_boxes, {})


def uploaded_name(name: str) -> str:
    """Return the name that a file had before it was uploaded to Label Studio."""
    return _UPLOADED.sub("", name)


def _results(task: dict[str, Any], path: Path) -> tuple[str, list[dict[str, Any]]] | None:
    """Return the photo of a task and what was drawn in it, with the values of each result beside its size."""
    if "data" not in task:
        return _file_name(str(task["image"])), list(_minimal_results(task))
    done = [one for one in task["annotations"] if not one.get("was_cancelled")]
    if len(done) > 1:
        raise SimsError(
            path,
            f"task {task.get('id')} has {len(done)} annotations",
            expected="one",
            remedy="delete the others in Label Studio, and export again",
        )
    if not done:
        return None
    pictures = [value for value in task["data"].values() if isinstance(value, str)]
    image = str(task["data"].get("image", pictures[0]))
    return _file_name(image), [one | one["value"] for one in done[0]["result"] if isinstance(one.get("value"), dict)]


def _minimal_results(task: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for value in task.values():
        if isinstance(value, list):
            yield from (one for one in value if isinstance(one, dict) and "original_width" in one)


def _file_name(address: str) -> str:
    """Return the name of the file that a task's address leads to: /data/upload/1/f3ab12cd-a.jpg, ...?d=photos/a.jpg."""
    path, _, query = unquote(address).partition("?")
    return re.split(r"[/\\]", query.removeprefix("d=") if query.startswith("d=") else path)[-1]


def _category(one: dict[str, Any]) -> str:
    return str((one.get(_POLYGON) or one[_BRUSH])[0])


def _draw(one: dict[str, Any], path: Path) -> Draw | None:
    if one.get(_POLYGON):
        scale_x, scale_y = float(one["original_width"]) / _PERCENT, float(one["original_height"]) / _PERCENT
        corners = corners_of([(float(x) * scale_x, float(y) * scale_y) for x, y in one["points"]])
        return partial(fill_polygons, outer=(corners,))
    if one.get(_BRUSH) and one.get("format", "rle") == "rle":
        return partial(unpack_runs, numbers=tuple(one["rle"]), where=path)
    return None
