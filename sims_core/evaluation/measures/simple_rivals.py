"""The two simplest rivals, which need no training: an inpainted canvas, and the nearest training photo.

The first is what filling the gaps takes without a network; the second is what looking up a whole photo
gives instead of segments.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from sims_core.base.pictures import resize_nearest
from sims_core.scenes.classes import VOID

_RADIUS_PX = 3
_GREY = 128
INPAINTING_RULE = (
    "the canvas with every pixel that is not known filled by cv2.inpaint (INPAINT_TELEA, radius "
    f"{_RADIUS_PX} px); a canvas without a known pixel becomes grey ({_GREY})"
)
# All label maps of 3,000 photos at twice this width are 25 MB, and a layout is compared with them in some 20 ms.
_MAX_ROWS = 64
NEAREST_PHOTO_RULE = (
    "the training photo with the largest share of pixels labelled as the layout asks, over the pixels where the "
    "layout is not void (void in the photo's labels agrees with nothing; equal shares: the first by scene id); "
    f"label maps reduced to at most {_MAX_ROWS} rows by nearest sampling; the segmenter was trained on these photos"
)


def inpainted(canvas: NDArray[np.uint8], known: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Fill what is not known with the colours around it; known pixels stay as they are.

    Args:
        canvas: (H, W, 3) uint8 RGB; what it holds where nothing is known plays no part.
        known: (H, W) bool, True where the pixel carries photo content.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    if not known.any():
        # OpenCV would return the canvas itself, whose black and white are marks and no colours.
        return np.full_like(canvas, _GREY)
    # OpenCV lets what gaps hold leak in along the border of the picture, by up to 7 of 255; a frame of gap ends that.
    framed = cv2.copyMakeBorder(canvas, 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    unknown = np.pad((~known).astype(np.uint8), 1, constant_values=1)
    filled = cv2.inpaint(framed, unknown, _RADIUS_PX, cv2.INPAINT_TELEA)
    return np.ascontiguousarray(filled[1:-1, 1:-1], dtype=np.uint8)


class NearestPhotos:
    """Finds the training photo for a layout; exact, holds the reduced label maps and no photo."""

    def __init__(self, label_maps: Iterable[tuple[str, NDArray[np.uint8]]]) -> None:
        """Read the label maps one by one.

        Args:
            label_maps: (scene id, (H, W) uint8 labels) of every training photo, at least one, all of one size.
        """
        reduced = {scene_id: _reduced(labels) for scene_id, labels in label_maps}
        self._ids = sorted(reduced)
        self._maps = np.stack([reduced[scene_id] for scene_id in self._ids])

    def find(self, layout: NDArray[np.uint8]) -> str:
        """Return the scene id of the photo for an (H, W) uint8 layout; the first id for a layout that is all void."""
        asked = _reduced(layout)
        agrees = self._maps == asked
        agrees &= asked != VOID
        # The number of pixels asked for is the same for every photo: the largest count is the largest share.
        best = np.argmax(np.count_nonzero(agrees, axis=1))
        return self._ids[best]


def _reduced(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Sample a label map on the grid of at most `_MAX_ROWS` rows with the frame's aspect; return it flat."""
    height_px, width_px = labels.shape
    num_rows = min(height_px, _MAX_ROWS)
    num_columns = max(1, round(width_px * num_rows / height_px))
    flat: NDArray[np.uint8] = resize_nearest(labels, num_rows, num_columns).ravel()
    return flat
