"""Reading a layout that somebody painted: category ids or palette colours, at any size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sims_core.classes import VOID, ClassTable
from sims_core.errors import SimsError
from sims_core.images import read_picture, resize_nearest


def read_labels(path: Path, classes: ClassTable) -> NDArray[np.uint8]:
    """Read a layout at the size that it has.

    Args:
        path: A grey or indexed PNG of category ids (255 = void), or an RGB PNG of palette colours (black = void).
        classes: What ids and colours mean.

    Returns:
        (H, W) uint8 ids, 255 = void.

    Raises:
        SimsError: No picture, or an unknown value or colour.
    """
    picture = read_picture(path)
    if picture.ndim == 3:
        return classes.decode_palette(picture, path)
    if picture.max() > VOID:
        raise SimsError(
            path, "holds values above 255", expected=f"category ids 0..{len(classes) - 1}", found=int(picture.max())
        )
    labels = picture.astype(np.uint8)
    classes.check_labels(labels, path)
    return labels


def read_layout(
    path: Path, classes: ClassTable, frame: tuple[int, int]
) -> tuple[NDArray[np.uint8], tuple[int, int] | None]:
    """Read a layout at the resolution that the project works in.

    Args:
        path: A grey or indexed PNG of category ids (255 = void), or an RGB PNG of palette colours (black = void).
        classes: The project's class table.
        frame: (height, width) in pixels of the project's pictures.

    Returns:
        (H, W) uint8 labels in the project's frame, and the file's own (height, width) if it differed.

    Raises:
        SimsError: No picture, an unknown value or colour, or void everywhere.
    """
    labels = read_labels(path, classes)
    if (labels == VOID).all():
        raise SimsError(path, "is void everywhere", expected="at least one pixel with a category")
    height_px, width_px = labels.shape
    if (height_px, width_px) == frame:
        return labels, None
    resized: NDArray[np.uint8] = resize_nearest(labels, *frame)
    return resized, (height_px, width_px)
