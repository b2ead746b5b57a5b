"""Folders as they came from people: what `sims data init`, `sims data check` and `prepare` make of them.

Cases of other kinds lie where their subject is: label and instance folders in test_arrangements, layouts that are
erased, indexed or called .PNG in tests/layouts/test_incoming, a project's own mask as a layout in
tests/layouts/test_readings, places that cannot be written in tests/base/test_disk.
"""

import unicodedata

import numpy as np
import pytest
from PIL import Image

from sims_core.base import picture_files
from sims_core.base.errors import SimsError
from sims_core.datasets.check.run import check_data
from sims_core.datasets.init.run import init_project
from sims_core.datasets.load import load_dataset
from tests.support.own_folder import config_of, initialised, rewrite, write
from tests.support.small_dataset import label_map, photo, save

NUMBERS = range(6)


@pytest.fixture(autouse=True)
def _one_worker(monkeypatch):
    monkeypatch.setenv("SIMS_WORKERS", "1")


def scenes_of(project):
    return {scene.scene_id: scene for scene in load_dataset(config_of(project), 0).scenes}


def test_values_from_one_with_a_table_that_has_a_byte_order_mark_and_crlf(project):
    write(project / "mine", NUMBERS, photo="images/a{}.jpg", labels="masks/a{}.png")
    rewrite(project / "mine/masks", lambda values, _: np.where(values == 255, 0, values + 1))
    lines = ["categories:", *(f"  - {{name: thing {n}, colour: [{n}0, 9, 9], role: stuff}}" for n in (4, 5, 6))]
    (project / "mine/classes.yaml").write_bytes(b"\xef\xbb\xbf" + "\r\n".join([*lines, ""]).encode())
    said = init_project(project / "mine", project, project / "params.yaml", None)
    assert "kept as it is, 3 categories" in said[1]
    config = config_of(project)
    faults = [finding.message for finding in check_data(config, 0).findings]
    assert "set prepare.source.label_values: [1, 2, 3] and void_values: [0]" in faults[-1]
    told = {"label_values": (1, 2, 3), "void_values": (0,)}
    config = config.model_copy(update={"source": config.source.model_copy(update=told)})
    assert check_data(config, 0).findings == []
    for scene in load_dataset(config, 0).scenes:
        np.testing.assert_array_equal(scene.labels, label_map(int(scene.scene_id[1:])))


def test_brackets_in_a_folders_name(project):
    write(project / "mine", NUMBERS, photo="set [2]/images/a{}.jpg", labels="set [2]/masks/a{}.png")
    said, _, check = initialised(project)
    assert "6 photos" in said[0]
    assert len(check.facts) == 6


@pytest.mark.parametrize(("orientation", "turn"), [(3, "ROTATE_180"), (6, "ROTATE_90"), (8, "ROTATE_270")])
def test_photos_on_their_side_lie_upright_on_their_masks(project, orientation, turn):
    write(project / "mine", NUMBERS, photo="images/IMG_{}.jpg", labels="masks/IMG_{}.png")
    exif = Image.Exif()
    exif[0x0112] = orientation
    for number in NUMBERS:
        as_stored = Image.fromarray(photo(number)).transpose(Image.Transpose[turn])
        as_stored.save(project / f"mine/images/IMG_{number}.jpg", exif=exif, quality=95)
    said, _, _ = initialised(project)
    assert "64 x 48 px" in said[-1]
    for scene in scenes_of(project).values():
        number = int(scene.scene_id[-1])
        np.testing.assert_array_equal(scene.labels, label_map(number))
        assert np.abs(scene.photo - photo(number).astype(int)).mean() < 4


def test_a_grey_photo_of_16_bits_shows_its_greys(project):
    write(project / "mine", NUMBERS, photo="images/a{}.png", labels="masks/a{}.png")
    grey = photo(3)[..., 0]
    save(project / "mine/images/a3.png", grey.astype(np.uint16) * 257)
    initialised(project)
    np.testing.assert_array_equal(scenes_of(project)["a3"].photo, np.dstack([grey] * 3))


def test_ids_in_three_equal_channels(project):
    write(project / "mine", NUMBERS, photo="images/a{}.jpg", labels="masks/a{}.png")
    rewrite(project / "mine/masks", lambda values, _: np.dstack([values] * 3))
    said, source, _ = initialised(project)
    assert "6 photos with label maps of 3 values" in said[0]
    assert source.encoding == "ids"
    assert any("2.1% of the pixels are void" in line for line in said)
    for scene in scenes_of(project).values():
        np.testing.assert_array_equal(scene.labels, label_map(int(scene.scene_id[1:])))


@pytest.mark.parametrize("kind", ["jpg", "png"])
def test_a_panorama_with_its_mask_is_read_or_refused_in_one_line(project, monkeypatch, kind):
    """Of 20,000 x 10,000 px among others; here the bound is 40,000 pixels in place of 178 million."""
    monkeypatch.setattr(picture_files, "MAX_PIXELS", 40_000)
    write(project / "mine", NUMBERS, photo=f"images/a{{}}.{kind}", labels="masks/a{}.png")
    save(project / f"mine/images/a5.{kind}", photo(5, 48 * 5, 64 * 5))
    save(project / "mine/masks/a5.png", label_map(5).repeat(5, axis=0).repeat(5, axis=1))
    if kind == "png":
        init_project(project / "mine", project, project / "params.yaml", None)
        (fault,) = check_data(config_of(project), 0).findings
        assert "a5.png: picture is too large, expected at most 0 megapixels, as JPEG" in fault.message
        assert "found 320 x 240 px" in fault.message
        return
    initialised(project)
    scene = scenes_of(project)["a5"]
    np.testing.assert_array_equal(scene.labels, label_map(5))
    assert np.abs(scene.photo - photo(5).astype(int)).mean() < 8


def test_smoothed_colour_masks(project):
    write(project / "mine", NUMBERS, photo="images/a{}.jpg", labels="masks/a{}.png")
    colours = np.random.default_rng(0).integers(1, 255, (256, 3), dtype=np.uint8)

    def smooth(values, _):
        image = Image.fromarray(colours[values])
        return image.resize((80, 60), Image.Resampling.BILINEAR).resize((64, 48), Image.Resampling.BILINEAR)

    rewrite(project / "mine/masks", smooth)
    with pytest.raises(SimsError, match=r"colours .*the label maps|the label maps were smoothed"):
        init_project(project / "mine", project, project / "params.yaml", None)


def test_two_forms_of_one_name(project):
    write(project / "mine", NUMBERS, photo="images/grün{}.jpg", labels="masks/grün{}.png")
    for path in sorted((project / "mine").rglob("gr*.*")):
        form = "NFD" if path.parent.name == "images" else "NFC"
        path.rename(path.with_name(unicodedata.normalize(form, path.name)))
    said, _, check = initialised(project)
    assert "6 photos" in said[0]
    # Scenes are called alike whichever system the photos come from.
    assert {one.item.scene_id for one in check.facts} == {f"grün{number}" for number in NUMBERS}
