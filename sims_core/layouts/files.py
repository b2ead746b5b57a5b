"""Layouts as files that somebody painted: category ids or palette colours, at any size."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sims_core.base.files import atomic_file
from sims_core.base.pictures import resize_nearest
from sims_core.base.read_pictures import LabelPicture, read_label_picture
from sims_core.datasets.decoding import ids_of, is_painted
from sims_core.scenes.classes import ClassTable
from sims_core.scenes.frames import centre_window
from sims_core.scenes.label_values import decode_palette


def read_labels(path: Path, classes: ClassTable) -> NDArray[np.uint8]:
    """Read a layout at the size that it has.

    Args:
        path: A lossless picture of category ids (grey or indexed, 255 = void) or of the table's colours (black = void).
            Transparent pixels are void.
        classes: What ids and colours mean.

    Returns:
        (H, W) uint8 ids, 255 = void.

    Raises:
        SimsError: No lossless picture, or an unknown value or colour.
    """
    return decode_layout(read_label_picture(path), path, classes)


def decode_layout(picture: LabelPicture, where: object, classes: ClassTable) -> NDArray[np.uint8]:
    """Turn a picture as `read_label_picture` returns it into a layout; see `read_labels`."""
    if is_painted(picture, classes.palette):
        return decode_palette(picture.colours(), classes, where)
    return ids_of(len(classes)).decode(picture, where, "check the class table or map these values to void")


def fit_layout(labels: NDArray[np.uint8], frame: tuple[int, int]) -> NDArray[np.uint8]:
    """Bring a layout to a project's resolution as `prepare` does with a dataset's: centred crop, nearest pixel.

    Args:
        labels: (H, W) uint8.
        frame: (height, width) in pixels of the project's pictures.
    """
    window = centre_window(labels.shape[0], labels.shape[1], frame[0] / frame[1])
    resized: NDArray[np.uint8] = resize_nearest(labels[window], *frame)
    return resized


def fit_notice(size: tuple[int, int], frame: tuple[int, int]) -> str | None:
    """Return what `fit_layout` does with a layout of a (height, width) in pixels; None when it leaves it alone."""
    if size == frame:
        return None
    rows, columns = centre_window(*size, frame[0] / frame[1])
    kept = (rows.stop - rows.start, columns.stop - columns.start)
    crop = "" if kept == size else f"cropped about the centre to {kept[1]} x {kept[0]} px, "
    return f"{size[1]} x {size[0]} px, {crop}resized by nearest neighbour to the project's {frame[1]} x {frame[0]} px"


def write_layout(path: Path, labels: NDArray[np.uint8], classes: ClassTable) -> None:
    """Write an (H, W) uint8 layout atomically, see `encode_layout`."""
    with atomic_file(path) as temporary:
        temporary.write_bytes(encode_layout(labels, classes))


def encode_layout(labels: NDArray[np.uint8], classes: ClassTable) -> bytes:
    """Return an (H, W) uint8 layout as an indexed PNG: its values are ids, and it shows in its colours."""
    image = Image.fromarray(labels)
    image.putpalette(classes.palette.ravel().tolist())
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
