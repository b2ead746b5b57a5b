"""Layouts from outside: how they are painted, where they lie, what becomes of them."""

import numpy as np
import pytest
from PIL import Image

from sims_core.base.errors import SimsError
from sims_core.base.pictures import write_png
from sims_core.base.read_pictures import LabelPicture
from sims_core.datasets.adapters.cityscapes_labels import read_labels as read_cityscapes_labels
from sims_core.layouts.files import fit_layout, fit_notice, read_labels, write_layout
from sims_core.layouts.forms import DATASETS, open_layout_form
from sims_core.layouts.incoming import check_out, list_layouts, open_project_layouts, passed_over
from sims_core.scenes.classes import VOID
from tests.support.small_project import CLASSES, HEIGHT_PX, WIDTH_PX, layout

FRAME = (HEIGHT_PX, WIDTH_PX)
THEIRS = """
categories:
  - {name: clouds, colour: [1, 1, 1], role: stuff}
  - {name: lane marking, colour: [2, 2, 2], role: planar}
  - {name: lamp, colour: [3, 3, 3], role: thin}
"""


def own_layouts(mapping=None):
    return open_project_layouts(None, mapping, CLASSES, FRAME)


@pytest.fixture
def theirs(tmp_path):
    path = tmp_path / "theirs.yaml"
    path.write_text(THEIRS)
    return open_project_layouts(str(path), None, CLASSES, FRAME)


def decoded(dataset, *values):
    """Category names of the values of a one-row label file; None is void."""
    form = open_layout_form(dataset)
    labels = form.decode(LabelPicture(np.array([values], dtype=np.uint8)), "layout.png")[0]
    return [None if index == VOID else form.classes.names[index] for index in labels]


def test_layouts_are_read_as_ids_indices_or_colours(tmp_path):
    expected = layout()
    write_png(tmp_path / "ids.png", expected)
    write_layout(tmp_path / "indexed.png", expected, CLASSES)
    write_png(tmp_path / "colours.png", CLASSES.colourise(expected))
    for name in ("ids", "indexed", "colours"):
        labels = own_layouts().read(tmp_path / f"{name}.png")
        np.testing.assert_array_equal(labels, expected)
        np.testing.assert_array_equal(read_labels(tmp_path / f"{name}.png", CLASSES), expected)
        assert labels.dtype == np.uint8
    shown = np.asarray(Image.open(tmp_path / "indexed.png").convert("RGB"))
    np.testing.assert_array_equal(shown, CLASSES.colourise(expected))


def test_a_layout_is_what_it_shows(tmp_path):
    """As editors save it: indexed with a palette of its own, with transparent gaps, in three equal channels."""
    expected = layout()
    colours = CLASSES.colourise(expected)
    alpha = np.where(expected == VOID, 0, 255).astype(np.uint8)
    erased = np.where(expected[..., None] == VOID, CLASSES.palette[2], colours)
    Image.fromarray(np.dstack([erased, alpha])).save(tmp_path / "erased.png")
    Image.fromarray(colours).quantize(8, dither=Image.Dither.NONE).save(tmp_path / "indexed.png")
    Image.fromarray(np.dstack([expected] * 3)).save(tmp_path / "equal.png")
    Image.fromarray(colours).save(tmp_path / "lossless.webp", lossless=True)
    Image.fromarray(expected).save(tmp_path / "ids.tif")
    for path in tmp_path.iterdir():
        np.testing.assert_array_equal(own_layouts().read(path), expected, err_msg=path.name)
    Image.fromarray(colours).save(tmp_path / "lossy.png", "JPEG")
    with pytest.raises(SimsError, match=r"lossy\.png: label map is a JPEG under the name of a PNG"):
        own_layouts().read(tmp_path / "lossy.png")


def test_gta5s_own_palette_means_label_ids(tmp_path):
    form = open_layout_form("gta5")
    ids = np.array([[7, 17, 18, 26]], np.uint8)  # road, pole, and a polegroup, which is void and looks like a pole; car
    image = Image.fromarray(ids, mode="P")
    image.putpalette(read_cityscapes_labels().colour_of_value.ravel().tolist())
    image.save(tmp_path / "own.png")
    assert form.read(tmp_path / "own.png").tolist() == [[0, 5, VOID, 13]]
    image.convert("RGB").save(tmp_path / "colours.png")
    Image.open(tmp_path / "colours.png").quantize(4).save(tmp_path / "other.png")
    assert form.read(tmp_path / "colours.png").tolist() == form.read(tmp_path / "other.png").tolist() == [[0, 5, 5, 13]]


def test_a_layout_of_another_size_is_resized_without_new_labels():
    np.testing.assert_array_equal(fit_layout(layout().repeat(3, axis=0).repeat(3, axis=1), FRAME), layout())
    assert fit_notice(FRAME, FRAME) is None
    assert fit_notice((96, 144), FRAME) == "144 x 96 px, resized by nearest neighbour to the project's 48 x 32 px"


def test_a_layout_of_other_proportions_keeps_its_middle():
    tall = np.repeat(np.arange(6, dtype=np.uint8), 2)[:, None].repeat(8, axis=1)  # 12 x 8, two rows of each id
    assert fit_layout(tall, (2, 2))[:, 0].tolist() == [2, 4]  # rows 2 to 9 of 12, sampled at 2 + 2 and 2 + 6
    assert fit_layout(tall.T, (2, 2))[0].tolist() == [2, 4]
    assert "8 x 12 px, cropped about the centre to 8 x 8 px, resized" in fit_notice((12, 8), (2, 2))


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (np.full(FRAME, 9, np.uint8), "unknown label value 9"),
        (np.full((*FRAME, 3), (77, 77, 7), np.uint8), r"colour \(77, 77, 7\) at row 0"),
        (np.full(FRAME, VOID, np.uint8), "void everywhere"),
        (np.full(FRAME, 300, np.uint16), "unknown label value 300"),
    ],
)
def test_wrong_layouts_are_refused(tmp_path, picture, message):
    write_png(tmp_path / "layout.png", picture)
    with pytest.raises(SimsError, match=message):
        own_layouts().read(tmp_path / "layout.png")


def test_datasets_are_read_in_the_values_of_their_own_files():
    assert decoded("cityscapes", 7, 11, 33, 0, 4) == ["road", "building", "bicycle", None, None]  # label ids
    assert decoded("gta5", 7, 34) == ["road", None]  # 34: licence plate
    assert decoded("synthetic_street", 0, 18, 255) == ["road", "bicycle", None]  # Cityscapes' train ids
    assert decoded("camvid", 0, 10, 11, 255) == ["sky", "bicyclist", None, None]
    assert decoded("ade20k", 0, 1, 150) == [None, "wall", "flag"]
    assert decoded("nyu40", 0, 1, 40) == [None, "wall", "otherprop"]
    assert decoded("coco_stuff", 0, 181, 255) == ["person", "wood", None]
    assert decoded("camvid_original", 0, 255) == ["animal", None]


@pytest.mark.parametrize("dataset", DATASETS)
def test_colours_of_a_dataset_are_understood(dataset):
    form = open_layout_form(dataset)
    expected = np.array([[0, len(form.classes) - 1, VOID]], dtype=np.uint8)
    found = form.decode(LabelPicture(form.classes.colourise(expected)), "layout.png")
    assert np.array_equal(found, expected)


def test_a_value_that_a_dataset_has_not_is_refused():
    with pytest.raises(SimsError, match=r"layout.png: unknown label value 255.*label ids 0..33.*synthetic_street"):
        decoded("cityscapes", 255)
    with pytest.raises(SimsError, match=r"unknown label value 151.*0 \(void\) or 1..150"):
        decoded("ade20k", 151)


def test_a_table_by_file_or_a_misspelt_dataset(tmp_path):
    path = tmp_path / "theirs.json"
    path.write_text(CLASSES.model_dump_json())
    assert open_layout_form(str(path)).classes == CLASSES
    with pytest.raises(SimsError, match=r"citiscapes: is neither a dataset nor.*did you mean 'cityscapes'"):
        open_layout_form("citiscapes")


def test_folders_list_their_lossless_pictures(tmp_path):
    for name in ("B.PNG", "a.png", "c.tif", ".hidden.png", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    assert [path.name for path in list_layouts(tmp_path)] == ["B.PNG", "a.png", "c.tif"]
    assert passed_over(tmp_path) == []
    (tmp_path / "a.JPG").write_bytes(b"")
    assert passed_over(tmp_path) == [f"{tmp_path}: 1 JPEGs are passed over, they are no layouts: a.JPG"]
    (tmp_path / "a.tiff").write_bytes(b"")
    with pytest.raises(SimsError, match=r"a\.tiff: has the name of a\.png, expected one layout of a name"):
        list_layouts(tmp_path)
    assert list_layouts(tmp_path / "a.png") == [tmp_path / "a.png"]
    with pytest.raises(SimsError, match="layout not found"):
        list_layouts(tmp_path / "d.png")
    (tmp_path / "empty").mkdir()
    with pytest.raises(SimsError, match="no layouts in this folder"):
        list_layouts(tmp_path / "empty")


def test_a_folder_becomes_another_folder(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    check_out(tmp_path, tmp_path / "new")
    for out, message in (
        ("x.png", "becomes a folder"),
        ("file", "becomes a folder"),
        ("../" + tmp_path.name, "is the"),
    ):
        with pytest.raises(SimsError, match=message):
            check_out(tmp_path, tmp_path / out)
    with pytest.raises(SimsError, match="written as PNG"):
        check_out(tmp_path / "file", tmp_path / "x.jpg")


def test_survey_names_what_is_changed_and_what_is_lost(tmp_path, theirs):
    painted = np.zeros((64, 64), dtype=np.uint8)  # its middle 43 rows are kept
    painted[32:] = 1
    write_png(tmp_path / "a.png", painted)
    painted[:, :16] = 2
    write_png(tmp_path / "b.png", painted)
    seen = []
    survey = theirs.survey([tmp_path / "a.png", tmp_path / "b.png"], lambda labels, path: seen.append(labels))
    assert survey.lines == [
        "2 layouts of 64 x 64 px, cropped about the centre to 64 x 43 px, resized by nearest neighbour to the "
        "project's 48 x 32 px",
        "translated: clouds -> sky, lane marking -> road",
        "no counterpart, becomes void: 'lamp', 12.50% of the pixels",
        "counterparts of your own go into a file of --mapping",
    ]
    assert np.array_equal(seen[1], theirs.read(tmp_path / "b.png"))
    assert [layout.tolist() for layout in survey.layouts()] == [layout.tolist() for layout in seen]
    assert [CLASSES.names[index] for index in seen[1][[0, -1], -1]] == ["sky", "road"]
    assert (seen[1][:, :12] == VOID).all()


def test_survey_says_nothing_of_layouts_that_fit(tmp_path):
    write_png(tmp_path / "a.png", layout())
    assert own_layouts().survey([tmp_path / "a.png"]).lines == []


def test_the_first_wrong_layout_ends_the_survey(tmp_path, theirs):
    write_png(tmp_path / "a.png", np.zeros(FRAME, dtype=np.uint8))
    write_png(tmp_path / "b.png", np.full(FRAME, 2, dtype=np.uint8))
    (tmp_path / "c.png").write_bytes(b"no picture")
    checked = []
    with pytest.raises(SimsError, match=r"b.png: shows nothing that the project knows, found lamp; see --mapping"):
        theirs.survey(list_layouts(tmp_path), lambda labels, path: checked.append(path.name))
    assert checked == ["a.png"]


def test_users_pairs_hold_for_the_projects_own_table_too(tmp_path):
    (tmp_path / "names.yaml").write_text("car: null\n")
    write_png(tmp_path / "a.png", layout())
    labels = own_layouts(tmp_path / "names.yaml").read(tmp_path / "a.png")
    assert np.array_equal(labels, np.where(layout() == 2, VOID, layout()))


def test_a_coarse_layout_is_made_dense_after_it_was_translated(tmp_path):
    write_png(tmp_path / "a.png", layout())
    layouts = open_project_layouts(None, None, CLASSES, FRAME, lambda labels: np.where(labels == VOID, 1, labels))
    assert (layouts.read(tmp_path / "a.png")[-1] == 1).all()


def test_a_survey_refines_each_layout_once_and_keeps_it(tmp_path):
    write_png(tmp_path / "a.png", layout())
    refined = []

    def refine(labels):
        refined.append(labels)
        return np.where(labels == VOID, 1, labels).astype(np.uint8)

    survey = open_project_layouts(None, None, CLASSES, FRAME, refine).survey([tmp_path / "a.png"])
    (found,) = survey.layouts()
    assert len(refined) == 1
    assert np.array_equal(found, np.where(layout() == VOID, 1, layout()))
    found[0, 0] = 2  # whoever gets a layout may change it
