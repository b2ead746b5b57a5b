"""Pictures of anybody's: whatever their mode, orientation and palette, they are read as a viewer shows them."""

from contextlib import suppress

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageOps

from sims_core.base.errors import SimsError
from sims_core.base.picture_files import picture_size
from sims_core.base.pictures import write_png
from sims_core.base.read_pictures import read_label_picture, read_photo, read_picture

# What a file of each kind can hold, as far as Pillow writes it.
EXACT = {
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "TIFF": ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "I;16", "I;16B"),
    "WEBP": ("RGB", "RGBA"),
    "BMP": ("1", "L", "P", "RGB"),
    "GIF": ("1", "L", "P", "RGB"),
}
PHOTOS = EXACT | {"TIFF": (*EXACT["TIFF"], "CMYK", "YCbCr", "LAB")}
LABELS = EXACT | {"TIFF": (*EXACT["TIFF"], "I", "F")}
LOSSY = {"JPEG": ("L", "RGB", "CMYK"), "WEBP": ("RGB",)}
TRANSPARENT = {"PNG": ("LA", "RGBA"), "TIFF": ("LA", "PA", "RGBA"), "WEBP": ("RGBA",)}


def picture_of(mode, values, palette, alpha=255):
    """A Pillow image of a mode; `values` is (H, W, 4) uint8, `palette` (1 to 256, 3)."""
    if mode in ("I;16", "I;16B", "I", "F"):
        dtype = {"I;16": np.uint16, "I;16B": ">u2", "I": np.int32, "F": np.float32}[mode]
        return Image.fromarray((values[..., 0].astype(np.uint16) * 256 + values[..., 1]).astype(dtype))
    if mode == "1":
        return Image.fromarray(values[..., 0]).convert("1", dither=Image.Dither.NONE)
    bands = [Image.fromarray(values[..., channel]) for channel in range(4)]
    if mode.startswith("P"):
        bands[0] = Image.fromarray((values[..., 0] % np.uint16(len(palette))).astype(np.uint8))
    if mode.endswith("A"):
        bands[len(mode) - 1] = Image.fromarray(np.broadcast_to(np.uint8(alpha), values.shape[:2]).copy())
    names = Image.getmodebands(mode)
    image = bands[0].copy() if names == 1 else Image.merge(mode, bands[:names])
    if mode.startswith("P"):
        image.putpalette(palette.ravel().tolist())
    return image


def saved(folder, image, kind, orientation=1, **options):
    path = folder / f"picture.{kind.lower()}"
    exif = Image.Exif()
    exif[0x0112] = orientation
    options |= {} if kind in ("BMP", "GIF") else {"exif": exif}
    options |= (
        {"TIFF": {"compression": "tiff_lzw"}, "WEBP": {"lossless": True}}.get(kind, {})
        if "quality" not in options
        else {}
    )
    image.save(path, kind, **options)
    return path


def upright(path):
    """Pillow's own reading."""
    with Image.open(path) as image:
        return ImageOps.exif_transpose(image)


def forms(modes):
    return st.sampled_from([(kind, mode) for kind in modes for mode in modes[kind]])


pictures = arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(4)))
palettes = arrays(np.uint8, st.tuples(st.integers(1, 256), st.just(3)))
orientations = st.integers(1, 8)


@settings(max_examples=300)
@given(forms(PHOTOS), pictures, palettes, orientations)
def test_a_photo_is_pillows_own_upright_picture(tmp_path, form, values, palette, orientation):
    kind, mode = form
    path = saved(tmp_path, picture_of(mode, values, palette), kind, orientation)
    expected = upright(path)
    if mode.startswith("I;16"):
        shown = np.repeat((np.asarray(expected) // 256).astype(np.uint8)[..., None], 3, axis=2)
    else:
        shown = np.asarray(expected.convert("RGB"))
    found = read_photo(path)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, shown)
    assert picture_size(path) == found.shape[:2]


@given(forms(LOSSY), pictures, palettes, orientations)
def test_a_lossy_photo_is_read_and_a_lossy_label_map_is_not(tmp_path, form, values, palette, orientation):
    kind, mode = form
    path = saved(tmp_path, picture_of(mode, values, palette), kind, orientation, quality=75)
    np.testing.assert_array_equal(read_photo(path), np.asarray(upright(path).convert("RGB")))
    assert picture_size(path) == read_photo(path).shape[:2]
    with pytest.raises(SimsError, match=r"label map is a (JPEG|lossy WebP), which changes its values"):
        read_label_picture(path)


def without_alpha(array):
    """What Pillow gives as an array, without its last channel where that is the opacity."""
    if array.ndim == 3 and array.shape[2] in (2, 4):
        array = array[..., :-1]
        return array[..., 0] if array.shape[2] == 1 else array
    return array


@settings(max_examples=300)
@given(forms(LABELS), pictures, palettes, orientations)
def test_a_label_map_keeps_its_values_and_shows_its_colours(tmp_path, form, values, palette, orientation):
    kind, mode = form
    path = saved(tmp_path, picture_of(mode, values, palette), kind, orientation)
    found = read_label_picture(path)
    assert found.transparent is None
    assert found.stored.dtype == (np.uint16 if mode[0] in "IF" else np.uint8)
    expected = upright(path)
    np.testing.assert_array_equal(found.stored, without_alpha(np.asarray(expected)))
    if mode[0] not in "IF":
        np.testing.assert_array_equal(found.colours(), np.asarray(expected.convert("RGB")))


@given(forms(TRANSPARENT), pictures, palettes, orientations, st.integers(0, 2**32 - 1))
def test_transparent_pixels_of_any_label_map_are_void(tmp_path, form, values, palette, orientation, seed):
    kind, mode = form
    alpha = np.random.default_rng(seed).integers(0, 2, values.shape[:2]).astype(np.uint8) * np.uint8(255)
    path = saved(tmp_path, picture_of(mode, values, palette, alpha), kind, orientation)
    expected = upright(path)
    # WebP leaves out an alpha channel in which nothing is transparent.
    seen = np.full(expected.size[::-1], True) if alpha.all() else np.asarray(expected.getchannel("A")) > 0
    found = read_label_picture(path)
    if alpha.all():
        assert found.transparent is None
    else:
        np.testing.assert_array_equal(found.transparent, ~seen)
        with pytest.raises(SimsError, match="transparent pixels, the first at row"):
            read_photo(path)
    np.testing.assert_array_equal(found.stored[seen], without_alpha(np.asarray(expected))[seen])
    assert (found.colours()[~seen] == 0).all()


@given(pictures, st.integers(0, 2**32 - 1), st.sampled_from(["PNG", "TIFF", "WEBP", "BMP", "JPEG", "GIF"]))
def test_damaged_files_are_refused_in_one_line_or_read(tmp_path, values, seed, kind):
    path = tmp_path / "damaged"
    Image.fromarray(values[..., :3]).save(path, kind)
    data = bytearray(path.read_bytes())
    rng = np.random.default_rng(seed)
    for place in rng.integers(0, len(data), 3):
        data[place] = rng.integers(0, 256)
    path.write_bytes(bytes(data[: rng.integers(0, len(data) + 1)]))
    for read in (read_photo, read_label_picture, picture_size):
        with suppress(SimsError):  # any other exception is a defect
            read(path)


def test_a_colour_photo_of_16_bits_keeps_the_upper_8(tmp_path):
    wide = np.arange(2 * 3 * 3, dtype=np.uint16).reshape(2, 3, 3) * 3000
    for kind in ("png", "tif"):
        cv2.imwrite(str(tmp_path / f"wide.{kind}"), wide)
        np.testing.assert_array_equal(read_photo(tmp_path / f"wide.{kind}"), wide[..., ::-1] // 256)
        with pytest.raises(SimsError, match="label map has 16 bits in each of several channels"):
            read_label_picture(tmp_path / f"wide.{kind}")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_tiff_that_pillow_garbles_is_refused(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(np.arange(6, dtype=np.uint8).reshape(2, 3)).save(tmp_path / "a.tif", exif=exif)
    if orientation < 5:
        assert sorted(read_photo(tmp_path / "a.tif")[..., 0].ravel()) == [0, 1, 2, 3, 4, 5]
    else:
        with pytest.raises(SimsError, match=r"a\.tif: is an uncompressed TIFF that lies on its side; save it upright"):
            read_photo(tmp_path / "a.tif")


@pytest.mark.parametrize(("dtype", "found"), [(np.float32, "floating-point"), (np.int32, "32-bit whole numbers")])
def test_photos_without_a_range_are_refused(tmp_path, dtype, found):
    Image.fromarray(np.ones((2, 2), dtype)).save(tmp_path / "a.tif")
    with pytest.raises(SimsError, match=f"a.tif: photo has no range of brightness, .*{found}"):
        read_photo(tmp_path / "a.tif")


def test_a_photo_with_transparent_pixels_is_refused_with_their_place(tmp_path):
    picture = np.full((3, 4, 4), 255, np.uint8)
    picture[1, 2, 3] = 250
    write_rgba(tmp_path / "a.png", picture)
    with pytest.raises(SimsError, match="photo has 1 transparent pixels, the first at row 1, column 2"):
        read_photo(tmp_path / "a.png")
    # A value of a grey PNG of 16 bits may be called transparent too.
    Image.fromarray(np.array([[300, 7]], np.uint16)).save(tmp_path / "b.png", transparency=300)
    with pytest.raises(SimsError, match="photo has 1 transparent pixels, the first at row 0, column 0"):
        read_photo(tmp_path / "b.png")
    assert read_label_picture(tmp_path / "b.png").transparent.tolist() == [[True, False]]


def write_rgba(path, picture):
    Image.fromarray(picture, mode="RGBA").save(path)


def test_transparent_pixels_of_label_maps_are_black_and_marked(tmp_path):
    picture = np.array([[[9, 8, 7, 255], [9, 8, 7, 0]]], np.uint8)
    write_rgba(tmp_path / "a.png", picture)
    found = read_label_picture(tmp_path / "a.png")
    assert found.transparent.tolist() == [[False, True]]
    assert found.colours().tolist() == [[[9, 8, 7], [0, 0, 0]]]
    picture[0, 1, 3] = 77
    write_rgba(tmp_path / "a.png", picture)
    with pytest.raises(SimsError, match="1 pixels of the label map are half transparent, the first at row 0, column 1"):
        read_label_picture(tmp_path / "a.png")


def test_values_and_three_equal_channels_by_hand(tmp_path):
    values = np.array([[3, 300], [0, 3]], np.uint16)
    Image.fromarray(values).save(tmp_path / "a.png")
    assert read_picture(tmp_path / "a.png").tolist() == values.tolist()
    equal = np.repeat(np.array([[3, 4]], np.uint8)[..., None], 3, axis=2)
    write_png(tmp_path / "b.png", equal)
    assert read_label_picture(tmp_path / "b.png").in_one_channel().stored.tolist() == [[3, 4]]
    equal[0, 0, 2] = 5
    write_png(tmp_path / "b.png", equal)
    assert read_label_picture(tmp_path / "b.png").in_one_channel().stored.ndim == 3


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array([[1, 2.5]], np.float32), r"1 pixels .* no label values, the first at row 0, column 1.*found 2\.5"),
        (np.array([[1, np.nan]], np.float32), "first at row 0, column 1.*found nan"),
        (np.array([[1], [-1]], np.int32), "first at row 1, column 0, expected whole numbers from 0 to 65535, found -1"),
        (np.array([[70000, 1]], np.int32), "first at row 0, column 0.*found 70000"),
    ],
)
def test_values_that_are_no_label_values_are_refused_with_their_place(tmp_path, array, message):
    Image.fromarray(array).save(tmp_path / "a.tif")
    with pytest.raises(SimsError, match=message):
        read_label_picture(tmp_path / "a.tif")


def test_whole_numbers_are_values_however_they_are_stored(tmp_path):
    for array in (np.array([[0, 300]], np.float32), np.array([[0, 300]], np.int32)):
        Image.fromarray(array).save(tmp_path / "a.tif")
        assert read_picture(tmp_path / "a.tif").tolist() == [[0, 300]]


def test_a_jpeg_under_the_name_of_a_png_is_no_label_map(tmp_path):
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / "a.png", "JPEG")
    with pytest.raises(SimsError, match=r"a\.png: label map is a JPEG under the name of a PNG, which changes its"):
        read_label_picture(tmp_path / "a.png")
    assert read_photo(tmp_path / "a.png").shape == (8, 8, 3)


def test_an_inks_picture_is_a_photo_and_no_label_map(tmp_path):
    Image.new("CMYK", (4, 4)).save(tmp_path / "a.tif")
    with pytest.raises(SimsError, match="neither values nor RGB colours, found a picture of mode CMYK"):
        read_label_picture(tmp_path / "a.tif")


def test_several_pictures_in_one_file_are_refused(tmp_path):
    stack = [Image.fromarray(np.full((4, 5), value, np.uint8)) for value in (0, 1)]
    for kind in ("tiff", "gif"):
        stack[0].save(tmp_path / f"a.{kind}", save_all=True, append_images=stack[1:])
        for read in (read_photo, read_label_picture):
            with pytest.raises(SimsError, match="holds several pictures, expected one"):
                read(tmp_path / f"a.{kind}")
    # A smaller copy of the picture beside it, as maps and scans have, is none of them.
    stack[0].save(tmp_path / "b.tiff", save_all=True, append_images=[stack[0].resize((2, 2))])
    assert read_photo(tmp_path / "b.tiff").shape == (4, 5, 3)


def test_what_cannot_be_read_is_said(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"\x00\x00\x00\x18ftypheic" + bytes(40))
    with pytest.raises(SimsError, match=r"a\.jpg: is not a picture, .*; it is a HEIC picture: export it as JPEG"):
        read_photo(tmp_path / "a.jpg")
    with pytest.raises(SimsError, match="picture not found"):
        read_photo(tmp_path / "b.jpg")


def test_a_picture_with_damaged_exif_is_shown_as_it_is(tmp_path):
    picture = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    Image.fromarray(picture).save(tmp_path / "a.png", exif=b"Exif\x00\x00MM\x00*no directory")
    np.testing.assert_array_equal(read_photo(tmp_path / "a.png"), picture)
