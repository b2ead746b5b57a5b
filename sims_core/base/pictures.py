"""Arrays of pictures: PNG bytes inside artifacts and PNG files, by OpenCV; resizing. Others' files: `read_pictures`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sims_core.base.files import atomic_file

# PNG level 1 is a third of the time of the default for a tenth more bytes.
_PNG_OPTIONS = [cv2.IMWRITE_PNG_COMPRESSION, 1]


def write_png(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write (H, W) or (H, W, 3) RGB uint8 as PNG, atomically."""
    with atomic_file(path) as temporary:
        temporary.write_bytes(encode_png(picture))


def encode_png(picture: NDArray[Any]) -> bytes:
    """Encode (H, W) bool/uint8/uint16 or (H, W, 3) uint8 RGB; a bool mask becomes 0 and 255."""
    array = picture.astype(np.uint8) * np.uint8(255) if picture.dtype == np.bool_ else picture
    array = np.ascontiguousarray(array)
    if array.ndim == 3:
        array = cv2.cvtColor(array, cv2.COLOR_RGB2BGR)  # as OpenCV stores it
    done, buffer = cv2.imencode(".png", array, _PNG_OPTIONS)
    if not done:
        raise ValueError(f"cannot encode an array of shape {picture.shape} and type {picture.dtype}")
    return buffer.tobytes()


def decode_png(data: bytes) -> NDArray[Any]:
    """Decode what `encode_png` made: (H, W) uint8/uint16 or (H, W, 3) uint8 RGB."""
    array = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    if array is None:
        raise ValueError("bytes are not a picture")
    return cv2.cvtColor(array, cv2.COLOR_BGR2RGB) if array.ndim == 3 else array


def decode_mask(data: bytes) -> NDArray[np.bool_]:
    """Decode a mask written by `encode_png` to (H, W) bool."""
    mask: NDArray[np.bool_] = decode_png(data) > 0
    return mask


def resize_photo(photo: NDArray[np.uint8], height_px: int, width_px: int) -> NDArray[np.uint8]:
    """Resize (H, W, 3) uint8: area averaging when shrinking, bilinear when enlarging."""
    if photo.shape[:2] == (height_px, width_px):
        return photo
    shrinks = height_px <= photo.shape[0] and width_px <= photo.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    resized: NDArray[np.uint8] = cv2.resize(photo, (width_px, height_px), interpolation=method).astype(np.uint8)
    return resized


def resize_nearest(array: NDArray[Any], height_px: int, width_px: int) -> NDArray[Any]:
    """Resize the last two axes of any array by taking the value at each new cell's centre."""
    rows = ((np.arange(height_px) + 0.5) * array.shape[-2] / height_px).astype(np.intp)
    columns = ((np.arange(width_px) + 0.5) * array.shape[-1] / width_px).astype(np.intp)
    resized: NDArray[Any] = array.take(rows, axis=-2).take(columns, axis=-1)
    return resized
