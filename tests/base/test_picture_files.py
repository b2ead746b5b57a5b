"""Headers of picture files; pictures too large to be decoded at once are read reduced, or refused with their size."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from sims_core.base import picture_files
from sims_core.base.errors import SimsError
from sims_core.base.picture_files import MAX_REDUCED_PIXELS, palette_of, picture_size
from sims_core.base.read_pictures import read_label_picture, read_photo
from tests.support.project import environment
from tests.support.small_dataset import header_of_png, photo

_READ = """
from pathlib import Path
from sims_core.base.read_pictures import read_label_picture, read_photo
photo, labels = read_photo(Path("a.jpg")), read_label_picture(Path("a.png")).stored
assert photo.shape == (5000, 10000, 3) and labels.shape == (5000, 10000)
assert (photo == 90).all() and (labels[:2500] == 0).all() and (labels[2500:] == 2).all()
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@pytest.fixture
def bound(monkeypatch):
    """Pictures of more than 2,000 pixels are too large."""
    monkeypatch.setattr(picture_files, "MAX_PIXELS", 2000)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
@pytest.mark.parametrize(("size", "reduction"), [((40, 50), 1), ((40, 51), 2), ((80, 100), 2), ((83, 101), 4)])
def test_a_large_jpeg_is_reduced_while_it_is_decoded(tmp_path, bound, size, reduction, options):
    whole = Image.fromarray(photo(0, *size))
    whole.save(tmp_path / "a.jpg", quality=95, **options)
    found = read_photo(tmp_path / "a.jpg")
    assert found.shape[:2] == (-(-size[0] // reduction), -(-size[1] // reduction))
    # What it shows is what the whole shows, averaged over blocks.
    wanted = np.asarray(Image.open(tmp_path / "a.jpg").reduce(reduction), dtype=np.int16)
    assert np.abs(found - wanted).mean() < 4
    assert picture_size(tmp_path / "a.jpg") == size


def test_a_large_jpeg_on_its_side_is_turned(tmp_path, bound):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(photo(0, 60, 80)).save(tmp_path / "a.jpg", exif=exif)
    assert read_photo(tmp_path / "a.jpg").shape == (40, 30, 3)
    assert picture_size(tmp_path / "a.jpg") == (80, 60)


@pytest.mark.parametrize("mode", ["L", "P", "1", "RGB", "RGBA", "I;16"])
def test_of_a_large_label_map_every_other_pixel_is_taken(tmp_path, bound, mode):
    values = np.random.default_rng(0).integers(0, 2, (60, 80), dtype=np.uint8)
    image = Image.fromarray(values.astype(np.uint16) * 300) if mode == "I;16" else Image.fromarray(values)
    if mode == "P":
        image.putpalette([0, 0, 0, 9, 8, 7])
    elif mode == "1":
        image = Image.fromarray(values * np.uint8(255)).convert("1")
    elif mode in ("RGB", "RGBA"):
        image = image.convert(mode)
    image.save(tmp_path / "a.png")
    stored = np.asarray(image)
    whole = stored[..., :3] if stored.ndim == 3 else stored
    np.testing.assert_array_equal(read_label_picture(tmp_path / "a.png").stored, whole[1::2, 1::2])


def test_an_odd_number_of_columns_is_reduced_as_in_a_photo(tmp_path, bound):
    columns = np.arange(81, dtype=np.uint8)[None].repeat(60, axis=0)
    Image.fromarray(columns).save(tmp_path / "a.png")
    Image.fromarray(columns).save(tmp_path / "a.jpg")
    found = read_label_picture(tmp_path / "a.png").stored
    assert found.shape == read_photo(tmp_path / "a.jpg").shape[:2] == (30, 41)
    assert (found[0] // 2).tolist() == list(range(41))


def test_large_photos_of_other_kinds_and_pictures_over_the_bound_are_refused_before_they_are_decoded(tmp_path):
    (tmp_path / "a.png").write_bytes(header_of_png(20_000, 10_000))
    with pytest.raises(
        SimsError,
        match=r"a\.png: picture is too large, expected at most 178 megapixels, as JPEG 1,000 megapixels, "
        r"found 20000 x 10000 px; make it smaller, or save it as JPEG",
    ):
        read_photo(tmp_path / "a.png")
    assert picture_size(tmp_path / "a.png") == (10_000, 20_000)
    (tmp_path / "b.png").write_bytes(header_of_png(MAX_REDUCED_PIXELS // 10 + 1, 10))
    for read in (read_photo, read_label_picture, picture_size):
        with pytest.raises(SimsError, match=r"b\.png: picture is too large, .* 1,000 megapixels, found 100000001 x 10"):
            read(tmp_path / "b.png")


def test_exif_behind_the_pixels_of_a_png_counts(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.zeros((2, 3, 3), np.uint8)).save(tmp_path / "a.png", exif=exif)
    data = (tmp_path / "a.png").read_bytes()
    start, end = data.index(b"eXIf") - 4, data.index(b"IDAT") - 4
    (tmp_path / "a.png").write_bytes(data[:start] + data[end:-12] + data[start:end] + data[-12:])
    assert picture_size(tmp_path / "a.png") == read_photo(tmp_path / "a.png").shape[:2] == (3, 2)


def test_palettes_are_read_from_the_header(tmp_path):
    indexed = Image.fromarray(np.array([[0, 1]], np.uint8), mode="P")
    indexed.putpalette([1, 2, 3, 4, 5, 6])
    indexed.save(tmp_path / "a.png")
    assert palette_of(tmp_path / "a.png")[:6] == bytes([1, 2, 3, 4, 5, 6])
    Image.fromarray(np.zeros((2, 2), np.uint8)).save(tmp_path / "b.png")
    (tmp_path / "c.png").write_text("no picture")
    assert palette_of(tmp_path / "b.png") is palette_of(tmp_path / "c.png") is None


@pytest.mark.slow
def test_a_panorama_of_200_megapixels_takes_little_memory(tmp_path):
    Image.new("RGB", (20_000, 10_000), (90, 90, 90)).save(tmp_path / "a.jpg")
    Image.fromarray(np.repeat(np.array([0, 2], np.uint8), 5000)[:, None].repeat(20_000, axis=1)).save(
        tmp_path / "a.png"
    )
    result = subprocess.run(
        [sys.executable, "-c", _READ], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True
    )
    # Decoded whole the photo alone takes 800 MB, and twice as much on its way into an array.
    assert int(result.stdout) * 1024 < 800e6
