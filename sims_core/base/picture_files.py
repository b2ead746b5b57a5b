"""Picture files that anybody made, opened upright; what cannot be read is refused in one line."""

from __future__ import annotations

import os
import struct
import unicodedata
from collections.abc import Callable
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from sims_core.base.errors import SimsError

# What is decoded at once: Pillow's own bound, at which it ends in a traceback that does not say the size of a picture.
MAX_PIXELS = 178_956_970
# What is read by reducing: photos as JPEG while they are decoded, label maps afterwards.
MAX_REDUCED_PIXELS = 1_000_000_000
Image.MAX_IMAGE_PIXELS = None

# How names of picture files end, in any case.
LOSSLESS_TYPES = (".png", ".tif", ".tiff", ".bmp", ".webp", ".gif")
PICTURE_TYPES = (".jpg", ".jpeg", ".jfif", *LOSSLESS_TYPES)

_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_LYING = range(5, 9)
# What Pillow raises on files that are damaged.
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    ArithmeticError,
    TypeError,
    LookupError,
    RuntimeError,
    struct.error,
)

Check = Callable[[Image.Image, Path], None]


def open_photo(path: Path) -> Image.Image:
    """Read a picture file, of any mode, turned upright as its EXIF orientation says.

    Of a JPEG with more than `MAX_PIXELS` each side is a half or a quarter, see `_reduction`. It is reduced while it is
    decoded, so that the whole never lies in memory; but of a progressive one libjpeg keeps up to 6 bytes per pixel.

    Args:
        path: The file; its content and not its name says what it is.

    Raises:
        SimsError: Missing, damaged, no picture, several pictures in one file; more than `MAX_REDUCED_PIXELS`, or
            `MAX_PIXELS` of another kind than JPEG.
    """
    image = _open_header(path)
    reduction = _reduction(image)
    if reduction > 1:
        if image.format not in ("JPEG", "MPO"):
            limit = f"at most {_megapixels(MAX_PIXELS)}, as JPEG {_megapixels(MAX_REDUCED_PIXELS)}"
            raise _too_large(path, image, limit, "make it smaller, or save it as JPEG")
        image.draft(None, (image.width // reduction, image.height // reduction))
    return _upright(_loaded(image, path))


def open_label_picture(path: Path, check: Check) -> Image.Image:
    """Read a lossless picture file, turned upright as its EXIF orientation says.

    One with more than `MAX_PIXELS` is decoded whole, which takes 1 to 4 bytes per pixel. It is then reduced as a photo
    of its size is, by taking the pixel nearest to the centre of each block: no value is mixed or made.

    Args:
        path: The file; its content and not its name says what it is.
        check: Looks at the picture before its pixels are decoded, and raises SimsError when it is of no use.

    Raises:
        SimsError: Missing, damaged, no picture, several pictures in one file, more than `MAX_REDUCED_PIXELS`.
    """
    image = _open_header(path)
    check(image, path)
    reduction = _reduction(image)
    loaded = _loaded(image, path)
    if reduction > 1:
        size = -(-loaded.width // reduction), -(-loaded.height // reduction)
        loaded = loaded.resize(size, Image.Resampling.NEAREST)
    return _upright(loaded)


def picture_size(path: Path) -> tuple[int, int]:
    """Return the (height, width) in pixels of an upright picture, as its file says, whether or not it is read reduced.

    Raises:
        SimsError: As `open_label_picture`, as far as that shows without decoding pixels.
    """
    image = _open_header(path)
    # Pillow has turned the size of a TIFF already, and decodes a PNG to look for EXIF behind its pixels.
    is_upright = image.format == "TIFF" or (image.format == "PNG" and not _has_exif(path))
    width_px, height_px = image.size
    return (width_px, height_px) if not is_upright and _orientation(image) in _LYING else (height_px, width_px)


def stem_of(path: Path) -> str:
    """Return the stem of a file's name in composed form."""
    return composed(path.stem)


def composed(text: str) -> str:
    """Return a text whose letters and marks are one character each, as most systems write names; a Mac's differ."""
    return unicodedata.normalize("NFC", text)


def palette_of(path: Path) -> bytes | None:
    """Return the palette of an indexed picture as its file holds it, None where there is none.

    A file that cannot be read has none: whoever reads its pixels says so.
    """
    try:
        image = _open_header(path)
    except SimsError:
        return None
    return bytes(image.palette.palette) if image.mode in ("P", "PA") and image.palette is not None else None


def lossy_kind(image: Image.Image, path: Path) -> str | None:
    """Return the name of the compression that changed a picture's values, None where there is none."""
    if image.format in ("JPEG", "MPO", "JPEG2000", "AVIF"):
        return image.format
    if image.format == "TIFF" and str(image.info.get("compression")) in ("jpeg", "tiff_jpeg", "webp"):
        return "TIFF with lossy compression"
    return "lossy WebP" if image.format == "WEBP" and not _is_lossless_webp(path) else None


def _is_lossless_webp(path: Path) -> bool:
    """Say whether the first frame of a WebP file is compressed without loss; Pillow does not tell."""
    data = path.read_bytes()
    place = 12
    while place + 8 <= len(data):
        kind, length = data[place : place + 4], int.from_bytes(data[place + 4 : place + 8], "little")
        if kind in (b"VP8 ", b"VP8L"):
            return kind == b"VP8L"
        place += 8 + length + length % 2
    return False


def _has_exif(path: Path) -> bool:
    """Say whether a PNG file has a chunk that may hold its orientation."""
    with path.open("rb") as file:
        file.seek(8)
        while len(head := file.read(8)) == 8:
            if head[4:] in (b"eXIf", b"zTXt", b"iTXt"):
                return True
            file.seek(int.from_bytes(head[:4], "big") + 4, os.SEEK_CUR)
    return False


def _open_header(path: Path) -> Image.Image:
    try:
        if not path.is_file():
            raise SimsError(path, "picture not found")
        image = Image.open(path)
    except UnidentifiedImageError as error:
        raise SimsError(
            path, "is not a picture", expected="PNG, JPEG, TIFF, WebP or BMP", remedy=_unread(path)
        ) from error
    except PermissionError as error:
        raise SimsError(path, "picture cannot be read", found=error.strerror) from error
    except _DAMAGE as error:
        raise _damaged(path, error) from error
    if image.width * image.height > MAX_REDUCED_PIXELS:
        limit = f"at most {_megapixels(MAX_REDUCED_PIXELS)}"
        raise _too_large(path, image, limit, "make it smaller, label maps by nearest neighbour")
    if image.format == "TIFF" and image.info.get("compression") == "raw" and _orientation(image) in _LYING:
        # Pillow 13.0 reads its rows in the length of the upright picture's.
        raise SimsError(path, "is an uncompressed TIFF that lies on its side", remedy="save it upright, or compressed")
    return image


def _reduction(image: Image.Image) -> int:
    """Return the least power of two by which both sides must be divided so that `MAX_PIXELS` are enough."""
    reduction = 1
    while (image.width // reduction) * (image.height // reduction) > MAX_PIXELS:
        reduction *= 2
    return reduction


def _loaded(image: Image.Image, path: Path) -> Image.Image:
    """Return a picture with its pixels decoded."""
    try:
        if _is_stack(image):
            raise SimsError(path, "holds several pictures", expected="one", remedy="save each as a file of its own")
        image.load()
    except _DAMAGE as error:
        raise _damaged(path, error) from error
    return image


def _upright(image: Image.Image) -> Image.Image:
    method = _TURNS.get(_orientation(image))
    return image if method is None else image.transpose(method)


def _megapixels(num_pixels: int) -> str:
    return f"{num_pixels // 1_000_000:,} megapixels"


def _too_large(path: Path, image: Image.Image, limit: str, remedy: str) -> SimsError:
    size = f"{image.width} x {image.height} px"
    return SimsError(path, "picture is too large", expected=limit, found=size, remedy=remedy)


def _damaged(path: Path, error: BaseException) -> SimsError:
    return SimsError(path, "picture is damaged", found=str(error), remedy="copy or download it again")


def _unread(path: Path) -> str | None:
    """Return what to do with a picture of a kind that is not read."""
    with path.open("rb") as file:
        is_heif = file.read(12)[4:] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypmsf1")
    return "it is a HEIC picture: export it as JPEG" if is_heif else None


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 = upright; what cannot be understood is upright, as to a viewer."""
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except _DAMAGE:
        return 1
    return value if isinstance(value, int) else 1


def _is_stack(image: Image.Image) -> bool:
    """Say whether a file holds several pictures of one size: an animation, a stack of masks or bands.

    The preview inside a photo of a camera (MPO) and the smaller copies in a TIFF of maps are not shown by viewers.
    """
    if image.format == "MPO" or getattr(image, "n_frames", 1) == 1:
        return False
    size = image.size
    image.seek(1)
    other = image.size
    image.seek(0)
    return size == other
