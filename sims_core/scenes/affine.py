"""Affine maps of the frame, and segments moved by them.

A map `theta` is (2, 3) float: normalised output coordinates (x, y, 1) -> normalised input coordinates,
with -1 and 1 at the outer edges of the border pixels. That is what torch's `affine_grid` and
`grid_sample` mean by it with `align_corners=False`, and it holds at every resolution.
"""

from __future__ import annotations

from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from sims_core.scenes.boxes import Box

Theta = NDArray[np.floating]
Shape = tuple[int, int]
_Number = TypeVar("_Number", np.uint8, np.float32)
# A sum of interpolation weights that is 1 but for rounding.
_WHOLE = 1 - 1e-4


def identity() -> NDArray[np.float64]:
    """Return the map that moves nothing."""
    return np.eye(2, 3)


def invert(theta: Theta) -> NDArray[np.float64]:
    """Return the map that undoes `theta`."""
    return np.linalg.inv(_square(theta))[:2].astype(np.float64, copy=False)


def compose(outer: Theta, inner: Theta) -> NDArray[np.float64]:
    """Return the map x -> inner(outer(x)): warping by it is warping by `inner`, then the result by `outer`."""
    return (_square(inner) @ _square(outer))[:2]


def to_pixels(theta: Theta, shape: Shape) -> NDArray[np.float64]:
    """Return `theta` as (2, 3) from pixel indices (x, y, 1) to pixel indices, for frames of (height, width)."""
    to_index = _index_of_normalised(shape)
    return (to_index @ _square(theta) @ np.linalg.inv(to_index))[:2]


def from_pixels(matrix: Theta, shape: Shape) -> NDArray[np.float64]:
    """Undo `to_pixels`."""
    to_index = _index_of_normalised(shape)
    return (np.linalg.inv(to_index) @ _square(matrix) @ to_index)[:2]


def similarity_about(
    centre_px: tuple[float, float], angle_rad: float, scales: tuple[float, float], shift_px: tuple[float, float]
) -> NDArray[np.float64]:
    """Scale by (x, y) factors, rotate and shift about a centre (x, y); returns (2, 3) on pixel indices."""
    cosine, sine = np.cos(angle_rad), np.sin(angle_rad)
    linear = np.array([[cosine, -sine], [sine, cosine]]) @ np.diag(scales)
    centre = np.array(centre_px)
    return np.column_stack([linear, centre + np.array(shift_px) - linear @ centre])


def random_theta(
    box: Box,
    shape: Shape,
    *,
    max_rotation_deg: float,
    max_scale_change: float,
    max_translation_fraction: float,
    stream: np.random.Generator,
) -> NDArray[np.float64]:
    """Draw a map that takes each pixel of a segment to where a random displacement puts it.

    The segment turns and grows about the centre of its box, so that its size does not decide how far
    it moves. Warping the displaced segment by the map puts it back.

    Args:
        box: The segment's (top, left, bottom, right) in pixels.
        shape: (height, width) of the frame.
        max_rotation_deg: Either way, uniform.
        max_scale_change: 0.2 scales by 1/1.2 to 1.2, log-uniform; the two axes differ by up to a quarter of that.
        max_translation_fraction: Of the box's height and width, either way, uniform.
        stream: Where the numbers come from.
    """
    size_px = np.array([box[3] - box[1], box[2] - box[0]])
    centre_px = ((box[1] + box[3] - 1) / 2, (box[0] + box[2] - 1) / 2)
    angle_rad = np.deg2rad(stream.uniform(-max_rotation_deg, max_rotation_deg))
    growth, stretch = np.log1p(max_scale_change) * stream.uniform(-1, 1, size=2) * (1, 0.125)
    shift_px = stream.uniform(-1, 1, size=2) * max_translation_fraction * size_px
    scales = (float(np.exp(growth + stretch)), float(np.exp(growth - stretch)))
    displacement = similarity_about(centre_px, float(angle_rad), scales, (float(shift_px[0]), float(shift_px[1])))
    return from_pixels(displacement, shape)


def warp_picture(picture: NDArray[np.float32], theta: Theta) -> NDArray[np.float32]:
    """Warp (H, W) or (H, W, C) float32 bilinearly; what lies outside the frame is 0."""
    return _warp(picture, theta, cv2.INTER_LINEAR)


def warp_mask(mask: NDArray[np.bool_], theta: Theta) -> NDArray[np.bool_]:
    """Warp (H, W) bool by the nearest pixel; what lies outside the frame is False."""
    warped: NDArray[np.bool_] = _warp(mask.astype(np.uint8), theta, cv2.INTER_NEAREST) > 0
    return warped


def warp_segment(
    rgb: NDArray[np.uint8], mask: NDArray[np.bool_], theta: Theta
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Warp a full-frame segment.

    Colours are interpolated among the segment's own pixels only: neither black nor the neighbour's
    colours bleed into its border. Where the 4 x 4 pixels around a point are all the segment's, that is
    bicubic, which keeps it sharper; along its border it is bilinear.

    Args:
        rgb: (H, W, 3) uint8 RGB; pixels outside the mask are not used.
        mask: (H, W) bool.
        theta: (2, 3).

    Returns:
        (H, W, 3) uint8 RGB, black outside its mask, and (H, W) bool.
    """
    weights = mask.astype(np.float32)
    colours = rgb.astype(np.float32) * weights[..., None]
    share = warp_picture(weights, theta)
    moved = warp_mask(mask, theta) & (share > 0)
    own = warp_picture(colours, theta)
    own[moved] /= share[moved, None]
    # The 2 x 2 pixels of a bilinear sample lie in the mask without its border: then the 4 x 4 lie in the mask.
    inner = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    inside = warp_picture(inner.astype(np.float32), theta) > _WHOLE
    own[inside] = _warp(colours, theta, cv2.INTER_CUBIC)[inside]
    warped = np.zeros_like(rgb)
    warped[moved] = np.clip(np.round(own[moved]), 0, 255)
    return warped, moved


def _warp(array: NDArray[_Number], theta: Theta, method: int) -> NDArray[_Number]:
    height_px, width_px = array.shape[:2]
    warped = cv2.warpAffine(
        array,
        to_pixels(theta, (height_px, width_px)),
        (width_px, height_px),
        flags=method | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=0,
    )
    return warped.astype(array.dtype, copy=False)


def _square(matrix: Theta) -> NDArray[np.float64]:
    return np.vstack([np.asarray(matrix, dtype=np.float64), [0.0, 0.0, 1.0]])


def _index_of_normalised(shape: Shape) -> NDArray[np.float64]:
    """(3, 3): normalised coordinates -> pixel indices; a pixel's index is that of its centre."""
    height_px, width_px = shape
    return np.array(
        [[width_px / 2, 0, (width_px - 1) / 2], [0, height_px / 2, (height_px - 1) / 2], [0, 0, 1]], dtype=np.float64
    )
