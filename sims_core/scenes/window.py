"""The part of a frame that holds two segments: what the transformation and ordering networks see.

The released networks see the whole frame and average their last features over it, so that a segment of a
hundredth of the frame hardly moves the average. Seen through a window of its own, a segment is as large as any
other, and a network costs the same at every resolution of the photos.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sims_core.scenes.affine import compose, invert
from sims_core.scenes.boxes import Box, Shape, context_box, enclosing_box


def joint_window(first: Box, second: Box, shape: Shape) -> Box:
    """Return the box around two boxes, grown by a quarter of its size and clipped to a frame of (height, width)."""
    return context_box(enclosing_box(first, second), shape)


def to_window(theta: NDArray[np.floating], window: Box, frame: Shape) -> NDArray[np.float64]:
    """Turn a map of a (height, width) frame (see `affine`) into the same map in a window's coordinates."""
    placement = _placement(window, frame)
    return compose(placement, compose(theta, invert(placement)))


def to_frame(theta: NDArray[np.floating], window: Box, frame: Shape) -> NDArray[np.float64]:
    """Undo `to_window`."""
    placement = _placement(window, frame)
    return compose(invert(placement), compose(theta, placement))


def _placement(window: Box, frame: Shape) -> NDArray[np.float64]:
    """(2, 3): normalised coordinates of the window -> of the frame, -1 and 1 at the outer edges."""
    top, left, bottom, right = window
    height_px, width_px = frame
    return np.array(
        [
            [(right - left) / width_px, 0, (left + right) / width_px - 1],
            [0, (bottom - top) / height_px, (top + bottom) / height_px - 1],
        ]
    )
