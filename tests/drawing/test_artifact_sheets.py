"""What is on the contact sheets of a project: which tiles, in which rows, with which words."""

import numpy as np
import pytest

from sims_core.base.errors import SimsError
from sims_core.drawing import artifact_sheets
from sims_core.drawing import bank_sheet as bank_sheet_module
from sims_core.drawing.artifact_sheets import candidates_sheet, result_tiles, results_sheet, scenes_sheet
from sims_core.drawing.bank_sheet import bank_sheet, evenly_spaced
from sims_core.formats.bank import BankReader
from sims_core.formats.canvases import CanvasReader
from sims_core.formats.matches import ComponentMatches
from sims_core.formats.scenes import SceneReader
from sims_core.formats.synthesized import read_images
from tests.support.small_canvas import canvas_of
from tests.support.small_project import CLASSES, HEIGHT_PX, VAL_IDS, WIDTH_PX, canvas, layout, scene, write_data


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    write_data(root)
    return root / "data"


@pytest.fixture
def drawn(monkeypatch):
    """The rows of tiles and the titles of the sheets that are drawn."""
    sheets = []

    def draw(tiles, num_columns, cell_height_px, cell_width_px, title):
        sheets.append(([tiles[start : start + num_columns] for start in range(0, len(tiles), num_columns)], title))
        return np.zeros((cell_height_px, cell_width_px, 3), np.uint8)

    for module in (artifact_sheets, bank_sheet_module):
        monkeypatch.setattr(module, "contact_sheet", draw)
    return sheets


def captions(rows):
    return [[tile.caption for tile in row] for row in rows]


@pytest.mark.parametrize(
    ("num_items", "num_wanted", "expected"),
    [(10, 3, [1, 5, 8]), (9, 3, [1, 4, 7]), (2, 5, [0, 1]), (5, 5, [0, 1, 2, 3, 4]), (7, 1, [3]), (0, 3, [])],
)
def test_indices_are_spread_evenly(num_items, num_wanted, expected):
    assert evenly_spaced(num_items, num_wanted) == expected


def test_the_bank_shows_a_row_for_each_category_of_its_larger_half(data, drawn):
    bank_sheet(BankReader(data / "bank"), ["sky", "car"], 3)
    ((rows, title),) = drawn
    # Of three segments each the larger two; cars are moved by a pixel and equally large, so the first ones.
    assert captions(rows) == [["train-a:0001", "train-b:0001", ""], ["train-a:0002", "train-b:0002", ""]]
    assert rows[1][0].note == "car, 20 x 12 px"
    assert title == "Memory bank: 6 segments"


def test_one_category_fills_the_sheet(data, drawn):
    bank_sheet(BankReader(data / "bank"), ["car"], 1)
    ((rows, title),) = drawn
    assert captions(rows) == [["train-b:0002"]]
    assert title == "Memory bank: 3 segments of car"
    with pytest.raises(SimsError, match="category 'boat' is unknown to the bank"):
        bank_sheet(BankReader(data / "bank"), ["boat"], 1)


def test_scenes_are_photo_and_layout_side_by_side_with_their_licence(data, drawn):
    scenes_sheet(SceneReader(data / "scenes"), "train", 2)
    ((rows, title),) = drawn
    assert captions(rows) == [["train-a", "train-c"]]
    expected = scene("train-c", "train", 2)
    pair = np.concatenate([expected.photo, CLASSES.colourise(expected.labels)], axis=1)
    assert np.array_equal(rows[0][1].picture, pair)
    assert rows[0][1].note == "licence 2"
    assert title == "Scenes of split train: 3"


def test_results_are_a_row_each_from_layout_to_provenance(data, drawn):
    images = read_images(data / "synthesized")
    results_sheet(SceneReader(data / "scenes"), CanvasReader(data / "canvases"), images, 2)
    ((rows, _),) = drawn
    assert captions(rows) == [["layout", "canvas", "photograph", "provenance"]] * 2
    assert [row[0].note for row in rows] == [VAL_IDS[1], VAL_IDS[3]]
    assert np.array_equal(rows[1][1].picture, canvas(3).canvas)
    assert np.array_equal(rows[1][2].picture, images[VAL_IDS[3], 0])


def test_a_result_says_how_much_comes_from_where():
    given = canvas_of(["a", "b", "a"], [[0, 1, 1, 2], [0, 3, 0, 0]])
    picture = np.zeros((2, 4, 3), np.uint8)
    _, on_canvas, photograph = result_tiles(picture, given, picture, "a note")
    assert on_canvas.note == "3 segments of 2 photos"
    assert photograph.note == "50% of the pixels invented"


def test_candidates_are_a_row_for_each_component_that_has_some(data, drawn):
    def match(component, category, ids):
        scores = [1.5 - 0.25 * rank for rank in range(len(ids))]
        return ComponentMatches(
            component=component,
            category=category,
            area_px=100,
            segment_ids=ids,
            scores=scores,
            mask_ious=scores,
            context_ious=scores,
        )

    matches = [match(0, 2, ["train-c:0002"]), match(3, 0, []), match(7, 1, [f"train-{n}:0001" for n in "cab"])]
    candidates_sheet(BankReader(data / "bank"), CLASSES, matches, 2)
    ((rows, _),) = drawn
    assert captions(rows) == [["train-c:0002", ""], ["train-c:0001", "train-a:0001"]]
    assert rows[1][1].note == "7 sky, score 1.25"


def test_a_sheet_is_a_picture_with_the_colours_of_what_it_shows(data):
    sheet = scenes_sheet(SceneReader(data / "scenes"), "val", 1)
    assert sheet.dtype == np.uint8
    assert sheet.shape[1] > 2 * WIDTH_PX
    assert sheet.shape[0] > HEIGHT_PX
    shown = {tuple(colour) for colour in CLASSES.palette[np.unique(layout(0)[layout(0) != 255])].tolist()}
    assert shown <= {tuple(colour) for colour in np.unique(sheet.reshape(-1, 3), axis=0).tolist()}
