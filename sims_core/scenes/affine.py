"""Affine maps of the frame, and segments moved by them.

A map `theta` is (2, 3) float: normalised output coordinates (x, y, 1) -> normalised input coordinates,
with -1 and 1 at the outer edges of the border pixels. That is what torch's `affine_grid` and
`grid_sample` mean by it with `align_corners=False`, and it holds at every resolution.
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil, floor
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from sims_core.scenes.boxes import Box, Shape, common_box, whole_frame
from sims_core.scenes.placed import PlacedMask, PlacedSegment

Theta = NDArray[np.floating]
_Number = TypeVar("_Number", np.uint8, np.float32)
# A sum of interpolation weights that is 1 but for rounding.
_WHOLE = 1 - 1e-4
_NEIGHBOURS = np.ones((3, 3), dtype=np.uint8)
_MARGIN_PX = 2
# A map that shrinks areas more than this shows everything at once.
_FLAT = 1e-9
# Columns that OpenCV 5 computes at once.
_LANES = 16


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
    to_index, from_index = _index_of_normalised(shape)
    return (to_index @ _square(theta) @ from_index)[:2]


def from_pixels(matrix: Theta, shape: Shape) -> NDArray[np.float64]:
    """Undo `to_pixels`."""
    to_index, from_index = _index_of_normalised(shape)
    return (from_index @ _square(matrix) @ to_index)[:2]


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


def warp_mask(placed: PlacedMask, theta: Theta, shape: Shape) -> PlacedMask:
    """Warp a mask of a frame of (height, width) by the nearest pixel; what comes from outside the frame is False."""
    matrix = to_pixels(theta, shape)
    window = _reach(placed.box, matrix, shape)
    return PlacedMask(window, _nearest(placed, _positions(matrix, shape, window)))


def warp_segment(segment: PlacedSegment, theta: Theta, shape: Shape) -> PlacedSegment:
    """Warp a segment of a frame of (height, width); costs what the boxes before and after have of pixels.

    Colours are interpolated among the segment's own pixels only: neither black nor the neighbour's
    colours bleed into its border. Where the 4 x 4 pixels around a point are all the segment's, that is
    bicubic, which keeps it sharper; along its border it is bilinear.

    Args:
        segment: Pixels outside the mask are not used.
        theta: (2, 3).
        shape: Of the frame.

    Returns:
        The segment in the part of the frame that it can reach, black outside its mask.
    """
    matrix = to_pixels(theta, shape)
    window = _reach(segment.box, matrix, shape)
    bilinear, bicubic = (_positions(matrix, shape, window, fused=fused) for fused in (True, False))
    weights = segment.mask.astype(np.float32)
    colours = segment.rgb.astype(np.float32) * weights[..., None]
    share = _sampled(weights, segment.box, bilinear, cv2.INTER_LINEAR)
    moved = _nearest(segment, bilinear) & (share > 0)
    own = _sampled(colours, segment.box, bilinear, cv2.INTER_LINEAR)
    own /= np.where(moved, share, 1)[..., None]
    # The 2 x 2 pixels of a bilinear sample lie in the mask without its border: then the 4 x 4 lie in the mask.
    inner = cv2.erode(segment.mask.view(np.uint8), _NEIGHBOURS, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    inside = _sampled(inner.astype(np.float32), segment.box, bilinear, cv2.INTER_LINEAR) > _WHOLE
    np.copyto(own, _sampled(colours, segment.box, bicubic, cv2.INTER_CUBIC), where=inside[..., None])
    warped = np.clip(np.rint(own), 0, 255).astype(np.uint8) * moved[..., None]
    return PlacedSegment(window, moved, warped)


_Positions = tuple[NDArray[np.float32], NDArray[np.float32]]


def _reach(box: Box, matrix: NDArray[np.float64], shape: Shape) -> Box:
    """Return the part of a frame in which a map of pixels may show those of a box, with one or two to spare."""
    (a, b, x_shift), (c, d, y_shift) = matrix.tolist()
    area = a * d - b * c
    if abs(area) < _FLAT:
        return whole_frame(shape)
    top, left, bottom, right = box
    corners = [(x - x_shift, y - y_shift) for x in (left - 1, right) for y in (top - 1, bottom)]
    columns = [(d * x - b * y) / area for x, y in corners]
    rows = [(a * y - c * x) / area for x, y in corners]
    reach = (floor(min(rows)) - 1, floor(min(columns)) - 1, ceil(max(rows)) + 2, ceil(max(columns)) + 2)
    return common_box(reach, whole_frame(shape))


def _positions(matrix: NDArray[np.float64], shape: Shape, window: Box, *, fused: bool = True) -> _Positions:
    """Return where the pixels of a window of the output lie in the input, (h, w) float32 each for x and y.

    They are those of `cv2.warpAffine` on the whole frame, to the last bit and on every processor. That one rounds
    the sum of products once less where it interpolates bilinearly (`fused`), and in another order in the columns
    that do not fill a vector.
    """
    rows = np.arange(window[0], window[2], dtype=np.float32)
    columns = np.arange(window[1], window[3], dtype=np.float32)
    num_in_vectors = max(0, shape[1] - shape[1] % _LANES - window[1]) if fused else len(columns)

    def along(factors: NDArray[np.float32]) -> NDArray[np.float32]:
        across, down, shift = factors
        if not fused:
            positions: NDArray[np.float32] = np.add.outer(down * rows + shift, across * columns)
            return positions
        # In float64 the products are exact, so that only the sum is rounded.
        exact = across.astype(np.float64) * columns
        positions = np.add.outer((down * rows + shift).astype(np.float64), exact).astype(np.float32)
        rest = np.add.outer((down * rows).astype(np.float64), exact[num_in_vectors:]).astype(np.float32)
        positions[:, num_in_vectors:] = rest + shift
        return positions

    x_factors, y_factors = matrix.astype(np.float32)
    return along(x_factors), along(y_factors)


def _nearest(placed: PlacedMask, positions: _Positions) -> NDArray[np.bool_]:
    # Rounded in the frame: halves go to the even pixel, which in the box may be an odd one.
    x, y = (np.rint(each) for each in positions)
    found: NDArray[np.bool_] = _sampled(placed.mask.view(np.uint8), placed.box, (x, y), cv2.INTER_NEAREST) > 0
    return found


def _sampled(array: NDArray[_Number], box: Box, positions: _Positions, method: int) -> NDArray[_Number]:
    """Sample an array that lies in a box and is 0 around it; positions are those of the frame."""
    if not array.size or not positions[0].size:
        return np.zeros((*positions[0].shape, *array.shape[2:]), dtype=array.dtype)
    # Two pixels of what is around, unless the frame ends: positions of interest stay positive, and so lose no bit.
    above, before = (min(_MARGIN_PX, side) for side in box[:2])
    padded = cv2.copyMakeBorder(array, above, _MARGIN_PX, before, _MARGIN_PX, cv2.BORDER_CONSTANT, value=0)
    x, y = positions[0] - np.float32(box[1] - before), positions[1] - np.float32(box[0] - above)
    sampled = cv2.remap(padded, x, y, method, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    return sampled.astype(array.dtype, copy=False)


def _square(matrix: Theta) -> NDArray[np.float64]:
    square = np.eye(3)
    square[:2] = matrix
    return square


@lru_cache
def _index_of_normalised(shape: Shape) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(3, 3): normalised coordinates -> pixel indices, and its inverse; a pixel's index is that of its centre."""
    height_px, width_px = shape
    to_index = np.array(
        [[width_px / 2, 0, (width_px - 1) / 2], [0, height_px / 2, (height_px - 1) / 2], [0, 0, 1]], dtype=np.float64
    )
    return to_index, np.linalg.inv(to_index).astype(np.float64, copy=False)
