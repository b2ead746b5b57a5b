"""Masks inside files of annotation tools: small pictures and run lengths."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from sims_core.base.errors import SimsError
from sims_core.datasets.annotations.documents import EXPORT_AGAIN
from sims_core.datasets.annotations.regions import Mask

_OPAQUE = 128


def paste_mask(size: tuple[int, int], data: bytes, left: int, top: int, where: Path) -> Mask:
    """Return a mask of the whole photo from a picture of a part of it.

    Args:
        size: (height, width) of the photo in pixels.
        data: A picture file. Set are its opaque pixels where it has transparent ones, else those that are not black.
        left: Column of its first pixel.
        top: Row of its first pixel.
        where: Named in errors.

    Raises:
        SimsError: It is no picture, or does not lie within the photo.
    """
    try:
        image = Image.open(io.BytesIO(data))
        width, height = image.size
        if left < 0 or top < 0 or left + width > size[1] or top + height > size[0]:
            raise SimsError(
                where,
                f"a mask of {width}x{height} at column {left}, row {top} reaches beyond the photo",
                expected=f"within {size[1]}x{size[0]}",
            )
        has_alpha = "A" in image.getbands()
        part = np.asarray(image.getchannel("A")) >= _OPAQUE if has_alpha else np.asarray(image.convert("L")) > 0
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise SimsError(where, "holds a mask that is no readable picture", found=str(error)) from error
    mask = np.zeros(size, dtype=bool)
    mask[top : top + height, left : left + width] = part
    return mask


def unpack_runs(size: tuple[int, int], numbers: tuple[int, ...], where: Path) -> Mask:
    """Return the mask that Label Studio's brush packs: runs of the bytes of an RGBA picture, whose opacity counts.

    The bits are: 32 of how many bytes, 5 of the bits in a byte less 1, 4 times 4 of the bits in a length less 1; then
    runs: 1 whether one byte is repeated, 2 which of the lengths, the length less 1, and one byte or all of them.

    Args:
        size: (height, width) of the photo in pixels.
        numbers: The packed bytes.
        where: Named in errors.

    Raises:
        SimsError: The runs end too early, or are those of another size.
    """
    try:
        bits = "".join(f"{number:08b}" for number in bytes(numbers))
    except ValueError as error:
        raise SimsError(where, "holds brush strokes that are no bytes", found=str(error)) from error
    place = 0

    def take(count: int) -> int:
        nonlocal place
        piece = bits[place : place + count]
        if len(piece) < count:
            raise SimsError(where, "holds brush strokes that end too early", remedy=EXPORT_AGAIN)
        place += count
        return int(piece, 2)

    num_bytes, num_bits = take(32), take(5) + 1
    lengths = [take(4) + 1 for _ in range(4)]
    if num_bytes != 4 * size[0] * size[1] or num_bits != 8:
        raise SimsError(
            where,
            "holds brush strokes of another size than the photo's",
            expected=f"{4 * size[0] * size[1]:,} bytes",
            found=f"{num_bytes:,} of {num_bits} bits",
        )
    unpacked = bytearray()
    while len(unpacked) < num_bytes:
        is_repeated = take(1)
        length = take(lengths[take(2)]) + 1
        unpacked += bytes([take(8)]) * length if is_repeated else bytes(take(8) for _ in range(length))
    return np.frombuffer(unpacked[:num_bytes], dtype=np.uint8).reshape(*size, 4)[..., 3] >= _OPAQUE
