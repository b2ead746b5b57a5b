"""Picture files that anybody made -> arrays: photos as a viewer shows them, label maps as they are stored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sims_core.base.colour_profiles import to_srgb
from sims_core.base.errors import SimsError
from sims_core.base.picture_files import LOSSLESS_TYPES, lossy_kind, open_label_picture, open_photo

_OPAQUE = 255
_LABEL_MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "I;16", "I;16B", "I;16L", "I;16N", "I", "F")
# Whose whole numbers of mode I reach from 0 to 65535.
_16_BIT_FORMATS = ("PNG", "PPM")


def read_photo(path: Path) -> NDArray[np.uint8]:
    """Read any picture as (H, W, 3) uint8 sRGB, upright, as a viewer shows it; one that is very large reduced.

    Of 16 bits the upper 8 are kept. A colour profile is applied, but to a picture of one channel of 16 bits.

    Raises:
        SimsError: As `open_photo`; or values without a brightest one (floating point, 32 bits), or transparent
            pixels, whose colour depends on what lies beneath.
    """
    image = open_photo(path)
    is_16_bit = image.mode.startswith("I;16") or (image.mode == "I" and image.format in _16_BIT_FORMATS)
    if image.mode in ("I", "F") and not is_16_bit:
        raise SimsError(
            path,
            "photo has no range of brightness",
            expected="8 or 16 bits per channel",
            found="32-bit whole numbers" if image.mode == "I" else "floating-point numbers",
            remedy="export it as an ordinary picture",
        )
    alpha = _alpha(image)
    if alpha is not None and alpha.min() < _OPAQUE:
        row, column = np.argwhere(alpha < _OPAQUE)[0]
        raise SimsError(
            path,
            f"photo has {int((alpha < _OPAQUE).sum())} transparent pixels, the first at row {row}, column {column}",
            expected="an opaque picture",
            remedy="lay it on a background, or leave the photo out",
        )
    if is_16_bit:
        return np.repeat(_upper_bits(np.asarray(image))[..., None], 3, axis=2)
    return np.asarray(to_srgb(image))


def read_picture(path: Path) -> NDArray[Any]:
    """Read a lossless picture as stored, see `read_label_picture`, without its palette and transparency."""
    return read_label_picture(path).stored


@dataclass(frozen=True)
class LabelPicture:
    """A label file upright, as it is stored.

    Attributes:
        stored: (H, W) uint8 or uint16: grey values or palette indices, of 1 bit 0 and 1; (H, W, 3) uint8 RGB.
        palette: (256, 3) uint8 RGB, the colour that the file gives to each index; None where it is not indexed.
        transparent: (H, W) bool; None where all pixels are opaque.
        is_bit: Whether the file has one bit for each pixel.
    """

    stored: NDArray[Any]
    palette: NDArray[np.uint8] | None = None
    transparent: NDArray[np.bool_] | None = None
    is_bit: bool = False

    def colours(self) -> NDArray[np.uint8]:
        """Return what a viewer shows, (H, W, 3) uint8 RGB; transparent pixels are black, which is void.

        Of 16-bit files the upper 8 bits.
        """
        if self.palette is not None:
            shown = self.palette[self.stored]
        elif self.stored.ndim == 2:
            grey = _upper_bits(self.stored) if self.stored.dtype == np.uint16 else self.stored
            grey = grey * np.uint8(255) if self.is_bit else grey
            shown = np.repeat(grey[..., None], 3, axis=2)
        else:
            shown = self.stored
        return shown if self.transparent is None else np.where(self.transparent[..., None], 0, shown).astype(np.uint8)

    def seen(self) -> NDArray[Any]:
        """Return what is stored of the pixels that are not transparent, (N,) or (N, 3); of an opaque picture (H, W)."""
        return self.stored if self.transparent is None else self.stored[~self.transparent]

    def as_shown(self) -> LabelPicture:
        """Return an indexed picture in the colours or greys that it shows, any other as it is."""
        if self.palette is None:
            return self
        return LabelPicture(self.palette[self.stored], None, self.transparent).in_one_channel()

    def in_one_channel(self) -> LabelPicture:
        """Return a picture of three equal channels as one of a single channel, any other as it is."""
        if self.stored.ndim == 2 or not (self.stored == self.stored[..., :1]).all():
            return self
        return LabelPicture(np.ascontiguousarray(self.stored[..., 0]), None, self.transparent)


def read_label_picture(path: Path) -> LabelPicture:
    """Read a file that holds values or colours, each of which means something.

    Raises:
        SimsError: As `open_label_picture`; or lossy compression, 16 bits in each of several channels, a mode without
            values or colours, a value that is no whole number from 0 to 65535, a pixel that is half transparent.
    """
    image = open_label_picture(path, _check_exact)
    alpha = _alpha(image)
    if alpha is not None:
        _check_alpha(alpha, path)
    transparent = None if alpha is None or alpha.all() else alpha == 0
    if image.mode in ("P", "PA"):
        flat = np.array(image.getpalette("RGB"), dtype=np.uint8)[: 3 * 256]
        palette = np.zeros((256, 3), dtype=np.uint8)
        palette[: len(flat) // 3] = flat.reshape(-1, 3)
        stored = np.asarray(image)
        return LabelPicture(stored if stored.ndim == 2 else stored[..., 0], palette, transparent)
    if image.mode in ("LA", "RGBA"):
        image = image.convert("RGB" if image.mode == "RGBA" else "L")
    array = np.asarray(image)
    stored = _whole_values(array, path) if array.ndim == 2 else array
    return LabelPicture(stored, None, transparent, image.mode == "1")


def _upper_bits(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Return 16-bit values as a viewer shows them, as Pillow itself does with colours of 16 bits."""
    return (values.astype(np.uint16) >> 8).astype(np.uint8)


def _alpha(image: Image.Image) -> NDArray[np.uint8] | None:
    """Return the opacity of a picture, (H, W) uint8, 255 = opaque; None where it has none."""
    if not image.has_transparency_data:
        return None
    if image.mode.startswith("I"):
        # Pillow does not look at the value that a grey PNG of 16 bits calls transparent.
        return np.where(np.asarray(image) == image.info["transparency"], 0, _OPAQUE).astype(np.uint8)
    return np.asarray(image.convert("RGBA").getchannel("A"))


def _check_exact(image: Image.Image, path: Path) -> None:
    """Raise SimsError when a file cannot hold values exactly, or Pillow cannot read them so."""
    kind = lossy_kind(image, path)
    if kind is not None:
        is_named = path.suffix.lower() in LOSSLESS_TYPES and kind in ("JPEG", "MPO")
        raise SimsError(
            path,
            f"label map is a {kind}{f' under the name of a {path.suffix[1:].upper()}' if is_named else ''}, which "
            "changes its values",
            expected="a lossless picture: PNG, TIFF, BMP or lossless WebP",
            remedy="export the label maps again; converting them does not bring the values back",
        )
    if image.mode not in _LABEL_MODES:
        raise SimsError(path, "label map has neither values nor RGB colours", found=f"a picture of mode {image.mode}")
    has_several = image.mode in ("RGB", "RGBA", "LA")
    if has_several and any(";16" in str(tile[3]) for tile in getattr(image, "tile", [])):
        raise SimsError(
            path, "label map has 16 bits in each of several channels", expected="8 bits, or one channel of 16"
        )


def _check_alpha(alpha: NDArray[np.uint8], path: Path) -> None:
    half = (alpha > 0) & (alpha < _OPAQUE)
    if half.any():
        row, column = np.argwhere(half)[0]
        raise SimsError(
            path,
            f"{int(half.sum())} pixels of the label map are half transparent, the first at row {row}, column {column}",
            expected="opaque pixels, or transparent ones (void)",
            found=f"alpha {alpha[row, column]} of {_OPAQUE}",
            remedy="erase with a hard brush; export without smoothing",
        )


def _whole_values(array: NDArray[Any], path: Path) -> NDArray[Any]:
    """Return an (H, W) array as uint8 or uint16; SimsError when a value is no whole number from 0 to 65535."""
    if array.dtype in (np.uint8, np.bool_):
        return array.astype(np.uint8)
    if array.dtype.kind != "u" or array.dtype.itemsize > 2:
        wrong = ~((array >= 0) & (array <= np.iinfo(np.uint16).max) & (array == np.floor(array)))
        if wrong.any():
            row, column = np.argwhere(wrong)[0]
            raise SimsError(
                path,
                f"{int(wrong.sum())} pixels of the label map are no label values, "
                f"the first at row {row}, column {column}",
                expected="whole numbers from 0 to 65535",
                found=array[row, column],
                remedy="export the label maps as whole numbers of 8 or 16 bits",
            )
    return array.astype(np.uint16)
