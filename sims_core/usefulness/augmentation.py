"""Ordinary augmentation of labelled photos, and Copy-Paste in its simple form for label maps."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from sims_core.scenes.classes import VOID

_SCALES = (0.5, 2.0)
_COLOURS = (0.75, 1.25)
_SHARE_PASTED = 0.5
_BLACK = (0, 0, 0)

AUGMENTATION_RULE = (
    f"scaled by {_SCALES[0]} to {_SCALES[1]} (log-uniform), cropped or padded with void to the same size at random; "
    f"brightness, contrast and saturation times {_COLOURS[0]} to {_COLOURS[1]}"
)
COPY_PASTE_RULE = (
    f"each object of another training photo is pasted with probability {_SHARE_PASTED}, with its label, without "
    "blending (Ghiasi et al., CVPR 2021); both photos are mirrored and, with augment, scaled each by itself"
)


class Placement:
    """A random scale and place of a frame; photos, label maps and instances of a scene go through the same one."""

    def __init__(self, stream: np.random.Generator, frame: tuple[int, int]) -> None:
        """Draw one for pictures of (height, width) in pixels."""
        scale = float(np.exp(stream.uniform(*np.log(_SCALES))))
        left, top = (float(stream.uniform(0, 1)) * (size - scale * size) for size in frame[::-1])
        # Pixel centres: x -> scale (x + 0.5) - 0.5 + left.
        shift = 0.5 * scale - 0.5
        self._matrix = np.array([[scale, 0, left + shift], [0, scale, top + shift]])
        self._size = frame[::-1]

    def photo(self, photo: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Move (H, W, 3) uint8; what lies outside is black."""
        moved = cv2.warpAffine(photo, self._matrix, self._size, flags=cv2.INTER_LINEAR, borderValue=_BLACK)
        return np.asarray(moved, dtype=np.uint8)

    def numbers(self, numbers: NDArray[np.uint8] | NDArray[np.uint16], outside: int) -> NDArray[np.uint16]:
        """Move (H, W) ids by the nearest pixel; what lies outside has the value `outside`."""
        wide = numbers.astype(np.uint16)
        moved = cv2.warpAffine(wide, self._matrix, self._size, flags=cv2.INTER_NEAREST, borderValue=(outside,))
        return np.asarray(moved, dtype=np.uint16)

    def labels(self, labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Move (H, W) uint8 category ids; void lies outside."""
        return self.numbers(labels, VOID).astype(np.uint8)


def jitter_colours(photo: NDArray[np.uint8], stream: np.random.Generator) -> NDArray[np.uint8]:
    """Change brightness, contrast and saturation of (H, W, 3) uint8 RGB by random factors, in this order."""
    brightness, contrast, saturation = stream.uniform(*_COLOURS, size=3)
    values = photo.astype(np.float32) * np.float32(brightness)
    values = values.mean() + np.float32(contrast) * (values - values.mean())
    grey = values @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    values = grey[..., None] + np.float32(saturation) * (values - grey[..., None])
    changed: NDArray[np.uint8] = np.clip(values + 0.5, 0, 255).astype(np.uint8)
    return changed


def paste_objects(
    below: tuple[NDArray[np.uint8], NDArray[np.uint8]],
    above: tuple[NDArray[np.uint8], NDArray[np.uint8]],
    objects: NDArray[np.uint16],
    stream: np.random.Generator,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Paste a random half of the objects of one labelled photo onto another.

    Args:
        below: Photo, (H, W, 3) uint8, and labels, (H, W) uint8, that receive them.
        above: Those that they are taken from.
        objects: (H, W) uint16: the objects of `above`, 0 = none.
        stream: Decides which.

    Returns:
        The new photo and labels.
    """
    numbers = np.unique(objects[objects > 0])
    chosen = numbers[stream.random(len(numbers)) < _SHARE_PASTED]
    mask = np.isin(objects, chosen)
    return np.where(mask[..., None], above[0], below[0]), np.where(mask, above[1], below[1])
