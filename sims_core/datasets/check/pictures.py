"""Pictures of what is wrong: photo, label map, the pixels in question marked, depth."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sims_core.base.errors import SimsError
from sims_core.base.read_pictures import LabelPicture, read_label_picture, read_photo
from sims_core.datasets.check.facts import crossing_instances
from sims_core.datasets.pairs import LabelledPhoto
from sims_core.datasets.raw import Item, RawDataset, RawScene
from sims_core.drawing.contact_sheet import fit, source_colours
from sims_core.scenes.label_values import UnknownLabelsError

_HEIGHT_PX, _MAX_WIDTH_PX = 180, 360
_MARK = (214, 40, 40)
# A single pixel of a large label map must be seen.
_MARK_SIDE_FRACTION = 0.015
_JPEG_OPTIONS = [cv2.IMWRITE_JPEG_QUALITY, 90]


@dataclass(frozen=True)
class Panel:
    """A picture for the page: its caption, and itself as a `data:` address."""

    caption: str
    address: str


def panels(item: Item, dataset: RawDataset[Any]) -> list[Panel]:
    """Return the pictures of a scene as far as its files can be read."""
    try:
        scene = dataset.read(item)
    except UnknownLabelsError as error:
        return _unread(item) + _marked(item, ~error.known)
    except SimsError:
        return _unread(item)
    found = [_panel("photo", scene.photo), _panel("label map", dataset.classes.colourise(scene.labels))]
    crossing = crossed(scene)
    if crossing.any():
        found.append(_panel("in more than one category", mark(scene.photo, crossing)))
    if scene.depth_m is not None:
        found.append(_panel("depth, near is dark", depth_picture(scene.depth_m)))
    return found


def crossed(scene: RawScene) -> NDArray[np.bool_]:
    """Return (H, W) bool: the instances that lie in more than one category."""
    if scene.instances is None:
        return np.zeros(scene.labels.shape, dtype=bool)
    return np.isin(scene.instances, list(crossing_instances(scene.instances, scene.labels)))


def mark(photo: NDArray[np.uint8], where: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return the photo faded to grey with pixels in red, each grown so that one of them is seen.

    Args:
        photo: (H, W, 3) uint8 RGB.
        where: (H, W) bool.
    """
    side_px = max(1, round(_MARK_SIDE_FRACTION * max(where.shape)))
    grown = cv2.dilate(where.astype(np.uint8), np.ones((side_px, side_px), np.uint8)) > 0
    grey = 128 + cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY) // 2
    marked = np.repeat(grey[..., None], 3, axis=2).astype(np.uint8)
    marked[grown] = _MARK
    return marked


def depth_picture(depth_m: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return (H, W) float32 depth as (H, W, 3) uint8: near dark, far bright, unknown in red."""
    known = np.isfinite(depth_m) & (depth_m > 0)
    if not known.any():
        return np.full((*depth_m.shape, 3), _MARK, dtype=np.uint8)
    far_m = np.percentile(depth_m[known], 98)
    grey = np.clip(np.where(np.isposinf(depth_m), far_m, depth_m) / far_m, 0, 1) * 255
    picture = np.repeat(np.nan_to_num(grey)[..., None], 3, axis=2).astype(np.uint8)
    picture[~(known | np.isposinf(depth_m))] = _MARK
    return picture


def stored_labels(picture: LabelPicture) -> NDArray[np.uint8]:
    """Return a label file as (H, W, 3) uint8: colours as they are, each value in a colour of its own."""
    picture = picture.in_one_channel()
    if picture.stored.ndim == 3:
        return picture.colours()
    values, place = np.unique(picture.stored, return_inverse=True)
    palette = np.array(source_colours(len(values)), dtype=np.uint8)
    return palette[place.reshape(picture.stored.shape)]


def _unread(item: Item) -> list[Panel]:
    """Return photo and label file of a scene that its adapter refuses, each if it can be read by itself."""
    if not isinstance(item, LabelledPhoto):
        return []
    return [
        *_if_readable("photo", lambda: read_photo(item.photo)),
        *_if_readable("label file as it is", lambda: stored_labels(read_label_picture(item.labels))),
    ]


def _marked(item: Item, where: NDArray[np.bool_]) -> list[Panel]:
    """Return the photo with pixels marked; a photo of another size than its label map is stretched to it."""
    size = (where.shape[1], where.shape[0])
    return _if_readable("unknown here", lambda: mark(cv2.resize(read_photo(item.photo), size).astype(np.uint8), where))


def _if_readable(caption: str, read: Callable[[], NDArray[np.uint8]]) -> list[Panel]:
    try:
        return [_panel(caption, read())]
    except SimsError:
        # The file that cannot be read is a finding of its own.
        return []


def _panel(caption: str, picture: NDArray[np.uint8]) -> Panel:
    height_px, width_px = picture.shape[:2]
    shown = fit(picture, _HEIGHT_PX, min(_MAX_WIDTH_PX, round(_HEIGHT_PX * width_px / height_px)))
    _, buffer = cv2.imencode(".jpg", np.ascontiguousarray(shown[..., ::-1]), _JPEG_OPTIONS)
    return Panel(caption, f"data:image/jpeg;base64,{b64encode(buffer.tobytes()).decode()}")
