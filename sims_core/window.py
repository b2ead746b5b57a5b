"""The part of a frame that holds two segments: what the transformation and ordering networks see.

The released networks see the whole frame and average their last features over it, so that a segment of a
hundredth of the frame hardly moves the average. Seen through a window of its own, a segment is as large as any
other, and a network costs the same at every resolution of the photos.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sims_core.descriptors import context_box
from sims_core.segments import Box


def joint_window(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> Box:
    """Return the box around two (H, W) masks, grown by a quarter of its size and clipped to the frame.

    Two empty masks give the whole frame.
    """
    both = first | second
    rows, columns = np.flatnonzero(both.any(axis=1)), np.flatnonzero(both.any(axis=0))
    if not rows.size:
        return (0, 0, both.shape[0], both.shape[1])
    box = (int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)
    return context_box(box, (both.shape[0], both.shape[1]))


def to_window(theta: NDArray[np.floating], window: Box, frame: tuple[int, int]) -> NDArray[np.float64]:
    """Turn a map of a (height, width) frame (see `affine`) into the same map in a window's coordinates."""
    placement = _placement(window, frame)
    square = np.vstack([np.asarray(theta, dtype=np.float64), [0.0, 0.0, 1.0]])
    theta_in_window: NDArray[np.float64] = np.linalg.inv(placement) @ square @ placement
    return theta_in_window[:2]


def to_frame(theta: NDArray[np.floating], window: Box, frame: tuple[int, int]) -> NDArray[np.float64]:
    """Undo `to_window`."""
    placement = _placement(window, frame)
    square = np.vstack([np.asarray(theta, dtype=np.float64), [0.0, 0.0, 1.0]])
    theta_in_frame: NDArray[np.float64] = placement @ square @ np.linalg.inv(placement)
    return theta_in_frame[:2]


def _placement(window: Box, frame: tuple[int, int]) -> NDArray[np.float64]:
    """(3, 3): normalised coordinates of the window -> of the frame, -1 and 1 at the outer edges."""
    top, left, bottom, right = window
    height_px, width_px = frame
    return np.array(
        [
            [(right - left) / width_px, 0, (left + right) / width_px - 1],
            [0, (bottom - top) / height_px, (top + bottom) / height_px - 1],
            [0, 0, 1],
        ]
    )
