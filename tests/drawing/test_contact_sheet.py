from itertools import pairwise

import numpy as np

from sims_core.drawing.contact_sheet import (
    Tile,
    contact_sheet,
    fit,
    numbered_picture,
    on_paper,
    provenance_picture,
    source_colours,
)


def test_provenance_gives_each_photo_one_colour_and_black_to_what_was_invented():
    provenance = np.zeros((30, 40), np.uint16)
    provenance[:, 10:20] = 1
    provenance[:, 20:30] = 2
    provenance[:, 30:] = 3
    picture = provenance_picture(provenance, ["a", "b", "a"])
    assert tuple(picture[5, 5]) == (0, 0, 0)
    assert tuple(picture[5, 15]) == source_colours(2)[0]
    assert tuple(picture[5, 25]) == source_colours(2)[1]
    assert tuple(picture[5, 35]) == source_colours(2)[0]
    assert tuple(picture[5, 20]) != tuple(picture[5, 25])  # a border is darker


def test_source_colours_are_distinct_stable_and_never_black():
    colours = source_colours(40)
    assert len(set(colours)) == 40
    assert source_colours(5) == colours[:5]
    assert min(max(colour) for colour in colours) > 100
    neighbours = [np.abs(np.subtract(a, b)).sum() for a, b in pairwise(colours)]
    assert min(neighbours) > 100


def test_numbers_stand_inside_their_regions_on_an_enlarged_picture():
    picture = np.full((40, 100, 3), 120, np.uint8)
    masks = {7: np.zeros((40, 100), bool), 12: np.zeros((40, 100), bool)}
    masks[7][:, :40] = True
    masks[12][10:30, 60:80] = True
    drawn = numbered_picture(picture, masks)
    assert drawn.shape == (440, 1100, 3)  # by 11, the least that makes it 1024 px wide
    assert picture.min() == picture.max() == 120
    written = (drawn < 60).all(axis=2)  # ink; borders are 72
    rows, columns = np.nonzero(written)
    left = columns < 440
    for side, middle in ((left, 220), (~left, 770)):
        assert side.any()
        assert np.abs(columns[side] - middle).max() < 25
        assert np.abs(rows[side] - 220).max() < 25
    assert (drawn[:, 440] == 72).all()  # where region 7 ends


def test_fit_keeps_proportions():
    cell = fit(np.zeros((10, 40, 3), np.uint8), 50, 100)
    assert cell.shape == (50, 100, 3)
    black = (cell == 0).all(axis=2)
    assert black.any(axis=1).sum() == 25  # 10 x 40 becomes 25 x 100
    assert black[12:37].all()


def test_on_paper_hides_what_is_outside_the_mask_only():
    crop = np.full((2, 2, 3), 7, np.uint8)
    shown = on_paper(crop, np.array([[True, False], [False, True]]))
    assert tuple(shown[0, 0]) == (7, 7, 7)
    assert shown[0, 1].min() > 200
    assert crop.max() == 7


def test_contact_sheet_holds_every_tile_and_captions_and_is_the_same_every_time():
    tiles = [Tile(np.full((20, 30, 3), value, np.uint8), f"scene {value}", "a note") for value in (10, 90, 170)]
    sheet = contact_sheet(tiles, num_columns=2, cell_height_px=40, cell_width_px=60, title="Title")
    for value in (10, 90, 170):
        assert (sheet == value).all(axis=2).sum() >= 40 * 60
    np.testing.assert_array_equal(sheet, contact_sheet(tiles, 2, 40, 60, "Title"))
    untitled = contact_sheet([Tile(tile.picture, "") for tile in tiles], 2, 40, 60)
    assert untitled.shape[0] < sheet.shape[0]


def test_a_long_caption_stays_in_its_cell():
    tile = Tile(np.full((20, 20, 3), 10, np.uint8), "a caption that is much longer than its picture is wide")
    sheet = contact_sheet([tile], 1, 40, 60)
    paper = sheet[0, 0]
    assert (sheet[:, 12 + 60 :] == paper).all()
