"""Masks in every form in which people save them: the same categories come out, or one line says what is wrong."""

import unicodedata

import numpy as np
import pytest
from PIL import Image

from sims_core.base.errors import SimsError
from sims_core.base.read_pictures import LabelPicture
from sims_core.datasets.check.run import check_data
from sims_core.datasets.class_tables import packaged_table
from sims_core.datasets.decoding import LabelValues, is_painted
from sims_core.datasets.init.survey import guess_classes, survey_labels
from sims_core.datasets.load import load_dataset
from sims_core.datasets.palettes import clash, find_clash
from sims_core.datasets.smoothing import filling, smoothed
from sims_core.scenes.classes import VOID
from tests.support.small_dataset import NUM_TRAIN, config, photo, save, write_folder

COLOURS = np.zeros((256, 3), np.uint8)
COLOURS[:3] = [(10, 20, 30), (90, 90, 90), (200, 0, 0)]


@pytest.fixture
def folder(tmp_path):
    write_folder(tmp_path)
    return tmp_path


def label_files(root):
    return sorted((root / "labels").rglob("*.png"))


def labels_of(root, **changes):
    return [scene.labels for scene in load_dataset(config(root, **changes), 0).scenes]


def rewrite(root, save_as):
    """Replace each label file by what `save_as` makes of its values, (H, W) uint8, and its number."""
    for number, path in enumerate(label_files(root)):
        save_as(np.asarray(Image.open(path)), number).save(path)


def indexed(values, colour_of_index):
    image = Image.fromarray(values, mode="P")
    image.putpalette(np.asarray(colour_of_index, np.uint8).ravel().tolist())
    return image


def own_palette(values, number):
    """As an editor saves few colours: its palette has those of the picture alone, the last category first."""
    used = np.unique(values)[::-1] if number % 2 else np.unique(values)
    place = np.zeros(256, np.uint8)
    place[used] = np.arange(len(used))
    return indexed(place[values], COLOURS[used])


def rgba(values, number):
    alpha = np.where(values == VOID, 0, 255).astype(np.uint8)
    return Image.fromarray(np.dstack([np.where(values == VOID, 1, values)] * 3 + [alpha]).astype(np.uint8), mode="RGBA")


def painted_rgba(values, number):
    erased = values == VOID
    colours = np.where(erased[..., None], np.uint8(200), COLOURS[values])
    return Image.fromarray(np.dstack([colours, np.where(erased, 0, 255).astype(np.uint8)]), mode="RGBA")


FORMS = {
    "three equal channels": (lambda values, _: Image.fromarray(np.dstack([values] * 3)), {}),
    "16 bits": (lambda values, _: Image.fromarray(values.astype(np.uint16)), {}),
    "one palette": (lambda values, _: indexed(values, COLOURS), {}),
    "transparent void": (rgba, {}),
    "colours": (lambda values, _: Image.fromarray(COLOURS[values]), {"encoding": "palette"}),
    "colours, indexed": (own_palette, {"encoding": "palette"}),
    "colours, transparent void": (painted_rgba, {"encoding": "palette"}),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_in_which_masks_are_saved_gives_the_same_labels(folder, form):
    expected = labels_of(folder)
    save_as, changes = FORMS[form]
    rewrite(folder, save_as)
    for found, wanted in zip(labels_of(folder, **changes), expected, strict=True):
        np.testing.assert_array_equal(found, wanted)
    assert check_data(config(folder, **changes), 0).findings == []
    # `sims data init` finds the same: three categories, and void apart from them.
    survey = survey_labels(label_files(folder))
    assert len(survey.values) == 3
    assert survey.is_colour == (changes.get("encoding") == "palette")
    assert 0.02 < survey.void_share < 0.03


def test_a_mask_of_one_grey_colour_among_colours_is_read_by_it(folder):
    # Saved small, a mask that shows the grey wall alone has one channel.
    rewrite(folder, lambda values, _: Image.fromarray(COLOURS[values]))
    save(label_files(folder)[0], np.full((48, 64), 90, np.uint8))
    assert survey_labels(label_files(folder)).is_colour
    assert (labels_of(folder, encoding="palette")[0] == 1).all()


def test_indices_of_differing_palettes_mean_nothing(folder):
    rewrite(folder, own_palette)
    with pytest.raises(SimsError, match=r"index 0 is the colour .* here and .* in train0.png.*encoding: palette"):
        load_dataset(config(folder), 0)
    kinds = [finding.kind for finding in check_data(config(folder), 0).findings if finding.is_fault]
    assert "files that do not match" in kinds
    survey = survey_labels(label_files(folder))
    assert survey.is_colour
    assert {category.colour for category in guess_classes(survey).categories} == set(map(tuple, COLOURS[:3].tolist()))


def test_a_damaged_file_among_differing_palettes_is_one_fault_of_several(folder):
    rewrite(folder, own_palette)
    damaged = label_files(folder)[2]
    damaged.write_bytes(damaged.read_bytes()[:-30])
    faults = [finding.message for finding in check_data(config(folder), 0).findings if finding.is_fault]
    assert any(f"{damaged}: picture is damaged" in fault for fault in faults)
    assert any("where palettes differ, indices mean nothing" in fault for fault in faults)


def test_indices_of_differing_grey_palettes_are_the_greys(folder):
    expected = labels_of(folder)
    greys = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)

    def small(values, number):
        used = np.unique(values)[::-1] if number % 2 else np.unique(values)
        place = np.zeros(256, np.uint8)
        place[used] = np.arange(len(used))
        return indexed(place[values], greys[used])

    rewrite(folder, small)
    for found, wanted in zip(labels_of(folder), expected, strict=True):
        np.testing.assert_array_equal(found, wanted)
    assert list(survey_labels(label_files(folder)).values) == [0, 1, 2]


def test_palettes_by_hand(tmp_path):
    red, blue = (255, 0, 0), (0, 0, 255)
    assert clash([(tmp_path / "a", {0: red, 1: blue}), (tmp_path / "b", {0: red, 7: red})]) is None
    found = clash([(tmp_path / "a", {0: red}), (tmp_path / "b", {1: red}), (tmp_path / "c", {1: blue})])
    assert "c: index 1 is the colour (0, 0, 255) here and (255, 0, 0) in b" in str(found.error)
    assert not found.is_grey
    # Entries that no pixel uses may differ.
    indexed(np.array([[0, 1]], np.uint8), [red, blue, blue]).save(tmp_path / "a.png")
    indexed(np.array([[0, 1]], np.uint8), [red, blue, red]).save(tmp_path / "b.png")
    assert find_clash([tmp_path / "a.png", tmp_path / "b.png"]) is None
    indexed(np.array([[2, 1]], np.uint8), [red, blue, red]).save(tmp_path / "b.png")
    indexed(np.array([[2, 1]], np.uint8), [red, blue, blue]).save(tmp_path / "a.png")
    assert find_clash([tmp_path / "a.png", tmp_path / "b.png"]) is not None


def test_white_is_not_1_in_some_masks_and_255_in_others(tmp_path):
    values = np.array([[0, 255]], np.uint8)
    save(tmp_path / "a.png", values)
    Image.fromarray(values).convert("1").save(tmp_path / "b.png")
    with pytest.raises(SimsError, match=r"b.png: white is the value 1 here, and 255 in a.png"):
        survey_labels([tmp_path / "a.png", tmp_path / "b.png"])
    assert list(survey_labels([tmp_path / "b.png"]).values) == [0, 1]
    save(tmp_path / "a.png", np.array([[0, 1, 255]], np.uint8))
    assert list(survey_labels([tmp_path / "a.png", tmp_path / "b.png"]).values) == [0, 1]


def test_what_is_painted_by_hand():
    table = packaged_table("nyu13")
    colours = table.palette
    one = LabelPicture(np.array([[0, 1]], np.uint8))
    assert not is_painted(one, colours)
    assert is_painted(LabelPicture(colours[None, :2]), colours)
    # Its own palette: ids. Two colours of the table at other places: colours. A palette of its own: ids.
    assert not is_painted(LabelPicture(one.stored, colours), colours)
    assert is_painted(LabelPicture(one.stored, colours[::-1].copy()[[252, 251, *range(254)]]), colours)
    assert not is_painted(LabelPicture(one.stored, np.full((256, 3), 77, np.uint8)), colours)
    # A black palette says nothing.
    assert not is_painted(LabelPicture(one.stored, np.zeros((256, 3), np.uint8)), colours)
    # Three equal channels: colours when they are the table's greys, else values.
    grey = np.zeros((256, 3), np.uint8)
    grey[0] = 128
    assert is_painted(LabelPicture(np.array([[[128] * 3, [0] * 3]], np.uint8)), grey)
    assert not is_painted(LabelPicture(np.array([[[128] * 3, [1] * 3]], np.uint8)), grey)


def test_a_value_is_unknown_unless_it_is_transparent():
    values = LabelValues({0: VOID, 3: 1}, "0 or 3")
    stored = np.array([[0, 3, 4]], np.uint8)
    hidden = LabelPicture(stored, None, np.array([[False, False, True]]))
    assert values.decode(hidden, "x.png", "").tolist() == [[VOID, 1, VOID]]
    assert (values.know(hidden), values.know(LabelPicture(stored))) == (True, False)
    with pytest.raises(SimsError, match=r"x.png: unknown label value 4 in 1 pixels, the first at row 0, column 2"):
        values.decode(LabelPicture(stored), "x.png", "")


def test_filling_by_hand():
    codes = np.zeros((5, 7), np.int64)
    codes[1:4, 1:4] = 5  # a block
    codes[:, 5] = 6  # a line
    assert filling(codes) == {5}
    codes[0:3, 4:7] = 7  # another block
    assert filling(codes) == {5, 7}
    codes[2, 2] = 8  # a hole in the first
    assert filling(codes) == {7}
    # Less than a block: nothing can be said.
    assert filling(codes[:2]) == {0, 5, 7}
    assert filling(codes[:, :1]) == {0}


def test_smoothed_by_hand():
    # Nine of 17 lie along borders alone; of 18 these are no majority, and eight of 15 poles are the fewest.
    assert "9 of 17 values of the label maps lie along borders alone" in str(smoothed(range(17), range(8), False, "x"))
    assert smoothed(range(18), range(9), False, "x") is None
    assert smoothed(range(15), range(7), False, "x") is not None
    assert smoothed(range(7), (), False, "x") is None


def smooth(root, painted):
    """Resize each label file to and fro with interpolation."""

    def resized(values, _):
        image = Image.fromarray(painted[values])
        return image.resize((80, 60), Image.Resampling.BILINEAR).resize((64, 48), Image.Resampling.BILINEAR)

    rewrite(root, resized)


@pytest.mark.parametrize("encoding", ["ids", "palette"])
def test_smoothed_masks_are_a_fault_and_make_no_class_table(folder, encoding):
    smooth(folder, COLOURS if encoding == "palette" else np.arange(0, 256, dtype=np.uint8) * 80)
    with pytest.raises(SimsError, match=r"of the label maps|the label maps were smoothed"):
        survey_labels(label_files(folder))
    kinds = {finding.kind for finding in check_data(config(folder, encoding=encoding), 0).findings if finding.is_fault}
    assert "smoothed label maps" in kinds


def test_a_photo_that_shows_nothing_is_warned_of(folder):
    # 12 bits of a camera in a file of 16.
    grey = photo(1)[..., 0].astype(np.uint16) * 16
    save(folder / "photos/train/train1.png", grey)
    (warning,) = check_data(config(folder), 0).findings
    assert not warning.is_fault
    assert "train1.png: shows next to nothing, its brightness lies within" in warning.message
    save(folder / "photos/train/train1.png", grey * 16)
    assert check_data(config(folder), 0).findings == []


def test_photos_of_any_kind_give_the_scene_that_they_show(folder):
    expected = [scene.photo for scene in load_dataset(config(folder), 0).scenes]
    exif = Image.Exif()
    exif[0x0112] = 6
    for number in range(NUM_TRAIN):
        path = folder / f"photos/train/train{number}.png"
        upright = Image.open(path)
        if number % 2:
            upright.save(path.with_name(f"train{number}.TIF"), compression="tiff_lzw")
            path.unlink()
        else:
            upright.transpose(Image.Transpose.ROTATE_90).save(path, exif=exif)
    found = load_dataset(config(folder, train_photos="photos/train/*"), 0).scenes
    for scene, wanted in zip(found, expected, strict=True):
        np.testing.assert_array_equal(scene.photo, wanted)


def test_composed_and_decomposed_names_are_one(folder):
    for kind, form in (("photos", "NFD"), ("labels", "NFC")):
        path = folder / kind / "train/train1.png"
        path.rename(path.with_name(unicodedata.normalize(form, "grün.png")))
    assert check_data(config(folder), 0).findings == []
