"""Projects of Supervisely: meta.json, and folders with the photos in img/ and a JSON file for each in ann/."""

from __future__ import annotations

import zlib
from base64 import b64decode
from functools import partial
from pathlib import Path
from typing import Any

from PIL import ImageColor

from sims_core.base.errors import SimsError
from sims_core.datasets.annotations.documents import corners_of, files_below, in_the_form_of, size_of
from sims_core.datasets.annotations.mask_files import paste_mask
from sims_core.datasets.annotations.regions import AnnotatedPhoto, Annotations, Draw, Region, fill_polygons
from sims_core.datasets.raw_files import read_json_file

TOOL = "Supervisely"
META = "meta.json"
_REMEDY = "download the project again, as JSON annotations and images"
# A compressed mask that grows beyond this is none.
_MAX_BYTES = 256 * 2**20


def read_supervisely(root: Path) -> Annotations:
    """Read a project of Supervisely: polygons with their holes and bitmaps, later objects on top, each an instance.

    Raises:
        SimsError: A file is missing, damaged or of another form.
    """
    meta = _meta_file(root)
    root = meta.parent
    content = read_json_file(meta, _REMEDY)
    with in_the_form_of(TOOL, meta):
        classes = {str(one["title"]): one for one in content["classes"]}
        colours = {name: ImageColor.getrgb(one["color"])[:3] for name, one in classes.items() if "color" in one}
    photos: list[AnnotatedPhoto] = []
    num_boxes = 0
    for path in sorted(root.glob("*/ann/*.json")):
        content = read_json_file(path, _REMEDY)
        with in_the_form_of(TOOL, path):
            num_boxes += sum(_kind(one) == "rectangle" for one in content["objects"])
            regions = tuple(
                Region(str(one["classTitle"]), draw, number)
                for number, one in enumerate(content["objects"])
                if (draw := _draw(one, path)) is not None
            )
            size = size_of(content["size"]["height"], content["size"]["width"])
            subset = path.parent.parent.relative_to(root).as_posix()
            photos.append(AnnotatedPhoto(f"{subset}/img/{path.stem}", path, subset, size, regions))
    return Annotations(tuple(classes), tuple(photos), num_boxes, colours)


def is_meta(path: Path) -> bool:
    """Say whether a JSON file describes a project of Supervisely."""
    return path.name == META and any(path.parent.glob("*/ann/*.json"))


def _meta_file(root: Path) -> Path:
    found = [path for path in files_below(root, ".json") if is_meta(path)]
    if len(found) != 1:
        raise SimsError(
            root,
            f"holds {len(found)} projects of Supervisely",
            expected="one",
            remedy="name the folder of one of them, which holds its meta.json",
        )
    return found[0]


def _kind(one: dict[str, Any]) -> str:
    # Earlier exports do not say it.
    return str(one.get("geometryType") or ("bitmap" if one.get("bitmap") else "polygon"))


def _draw(one: dict[str, Any], path: Path) -> Draw | None:
    kind = _kind(one)
    if kind == "polygon":
        outer = (corners_of(one["points"]["exterior"]),)
        return partial(fill_polygons, outer=outer, inner=tuple(map(corners_of, one["points"]["interior"])))
    if kind == "bitmap":
        left, top = map(int, one["bitmap"]["origin"])
        return partial(paste_mask, data=_inflate(one["bitmap"]["data"], path), left=left, top=top, where=path)
    return None


def _inflate(data: str, path: Path) -> bytes:
    try:
        return zlib.decompressobj().decompress(b64decode(data), _MAX_BYTES)
    except zlib.error as error:
        raise SimsError(path, "holds a bitmap that cannot be decompressed", found=str(error), remedy=_REMEDY) from error
