"""Whole frames for tests of what works in boxes: cut out, put back, and warped by OpenCV's own whole-frame warp."""

import cv2
import numpy as np

from sims_core.scenes import affine
from sims_core.scenes.boxes import box_slices, seen_through, whole_frame
from sims_core.scenes.placed import PlacedMask, PlacedSegment


def cut(mask):
    """Return (H, W) bool with the box around its pixels, or with the whole frame where there are none."""
    return PlacedMask.of_frame(mask) if mask.any() else PlacedMask(whole_frame(mask.shape), mask)


def cut_segment(rgb, mask):
    """Return (H, W, 3) pixels and (H, W) mask with the box around the mask."""
    placed = cut(mask)
    return PlacedSegment(placed.box, placed.mask, rgb[box_slices(placed.box)])


def in_frame(placed, shape):
    """Return (H, W) bool."""
    return placed.within(whole_frame(shape))


def rgb_in_frame(segment, shape):
    """Return (H, W, 3), black around the segment's box."""
    return seen_through(whole_frame(shape), segment.rgb, segment.box)


def warp_mask(mask, theta):
    """`affine.warp_mask` of (H, W) bool."""
    return in_frame(affine.warp_mask(cut(mask), theta, mask.shape), mask.shape)


def warp_segment(rgb, mask, theta):
    """`affine.warp_segment` of (H, W, 3) and (H, W) bool."""
    warped = affine.warp_segment(cut_segment(rgb, mask), theta, mask.shape)
    return rgb_in_frame(warped, mask.shape), in_frame(warped, mask.shape)


def warp_picture(picture, theta, method=cv2.INTER_LINEAR):
    """Warp (H, W) or (H, W, C), the whole frame at once; what lies outside the frame is 0."""
    height_px, width_px = picture.shape[:2]
    flags = method | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(
        picture,
        affine.to_pixels(theta, (height_px, width_px)),
        (width_px, height_px),
        flags=flags,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=0,
    )


def warp_segment_by_definition(rgb, mask, theta):
    """What `affine.warp_segment` says of itself, over the whole frame."""
    weights = mask.astype(np.float32)
    colours = rgb.astype(np.float32) * weights[..., None]
    share = warp_picture(weights, theta)
    moved = (warp_picture(mask.astype(np.uint8), theta, cv2.INTER_NEAREST) > 0) & (share > 0)
    own = warp_picture(colours, theta)
    own[moved] /= share[moved, None]
    inner = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    inside = warp_picture(inner.astype(np.float32), theta) > 1 - 1e-4
    own[inside] = warp_picture(colours, theta, cv2.INTER_CUBIC)[inside]
    return np.where(moved[..., None], np.clip(np.round(own), 0, 255), 0).astype(np.uint8), moved
