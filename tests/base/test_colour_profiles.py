"""Photos with a colour profile: what a viewer shows is what is read."""

import numpy as np
import pytest
from PIL import Image

from sims_core.base.read_pictures import read_label_picture, read_photo
from tests.support.icc_profiles import (
    ADOBE_RGB,
    DISPLAY_P3,
    SRGB,
    grey_inks_profile,
    grey_profile,
    linear_to_srgb,
    rgb_profile,
    srgb_to_linear,
)


def gamma(exponent):
    return lambda values: values**exponent


def colours():
    """A picture of 9 x 9 x 9 colours, black and white among them."""
    steps = np.linspace(0, 255, 9).round().astype(np.uint8)
    return np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(27, 27, 3)


def in_srgb(picture, primaries, curve):
    """By the definition: linear light, XYZ, the primaries of sRGB, its curve; what lies outside of it is clipped."""
    light = curve(picture / 255) @ primaries @ np.linalg.inv(SRGB)
    return 255 * linear_to_srgb(np.clip(light, 0, 1))


@pytest.mark.parametrize(
    ("primaries", "curve"), [(ADOBE_RGB, gamma(2.19921875)), (DISPLAY_P3, srgb_to_linear), (SRGB, gamma(1.0))]
)
@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.webp"])
def test_colours_are_converted_by_the_definition(tmp_path, name, primaries, curve):
    options = {"lossless": True} if name == "a.webp" else {}
    Image.fromarray(colours()).save(tmp_path / name, icc_profile=rgb_profile(primaries, curve), **options)
    found = read_photo(tmp_path / name)
    wanted = in_srgb(colours(), primaries, curve)
    assert np.abs(found - wanted).max() < 2
    assert np.abs(found - colours().astype(int)).max() > 10


def test_by_hand(tmp_path):
    # The green of Display P3 lies outside of sRGB; half light is 188 in sRGB.
    for profile, stored, shown in (
        (rgb_profile(DISPLAY_P3, srgb_to_linear), (0, 255, 0), (0, 255, 0)),
        (rgb_profile(SRGB, gamma(1.0)), (128, 128, 128), (188, 188, 188)),
    ):
        Image.new("RGB", (8, 8), stored).save(tmp_path / "a.jpg", icc_profile=profile, quality=100)
        assert np.abs(read_photo(tmp_path / "a.jpg")[4, 4] - np.array(shown)).max() <= 1


def test_srgb_by_any_maker_changes_nothing(tmp_path):
    shades = np.arange(256, dtype=np.uint8)[None]
    for picture, profile in ((colours(), rgb_profile(SRGB, srgb_to_linear)), (shades, grey_profile(srgb_to_linear))):
        Image.fromarray(picture).save(tmp_path / "a.png", icc_profile=profile)
        np.testing.assert_array_equal(read_photo(tmp_path / "a.png"), Image.fromarray(picture).convert("RGB"))


def test_greys_are_converted(tmp_path):
    shades = np.arange(256, dtype=np.uint8)[None]
    wanted = 255 * linear_to_srgb((shades / 255) ** 1.8)
    for mode in ("L", "LA"):
        picture = Image.fromarray(shades).convert(mode)
        picture.save(tmp_path / "a.png", icc_profile=grey_profile(gamma(1.8)))
        found = read_photo(tmp_path / "a.png")
        assert np.abs(found - wanted[..., None]).max() < 2
    # Of 16 bits they are not, as the documentation says.
    Image.fromarray(shades.astype(np.uint16) * 256).save(tmp_path / "a.png", icc_profile=grey_profile(gamma(1.8)))
    np.testing.assert_array_equal(read_photo(tmp_path / "a.png")[..., 0], shades)


def test_inks_are_converted_by_their_profile(tmp_path):
    """Cyan that prints as a grey of three quarters of the lightness is 185 in sRGB."""
    Image.new("CMYK", (8, 8), (255, 0, 0, 0)).save(tmp_path / "a.tif", icc_profile=grey_inks_profile())
    assert np.abs(read_photo(tmp_path / "a.tif") - 185.0).max() <= 2
    Image.new("CMYK", (8, 8), (255, 0, 0, 0)).save(tmp_path / "a.tif")
    assert read_photo(tmp_path / "a.tif")[0, 0].tolist() == [0, 255, 255]


def test_what_is_no_profile_of_the_picture_is_passed_over(tmp_path):
    whole = rgb_profile(ADOBE_RGB, gamma(2.2))
    for profile in (b"no profile", whole[:200], whole[:128] + bytes(len(whole) - 128), grey_inks_profile()):
        Image.fromarray(colours()).save(tmp_path / "a.png", icc_profile=profile)
        np.testing.assert_array_equal(read_photo(tmp_path / "a.png"), colours())


def test_label_maps_are_never_converted(tmp_path):
    profile = rgb_profile(DISPLAY_P3, srgb_to_linear)
    for picture in (colours(), colours()[..., 0]):
        Image.fromarray(picture).save(tmp_path / "a.png", icc_profile=profile)
        np.testing.assert_array_equal(read_label_picture(tmp_path / "a.png").stored, picture)
