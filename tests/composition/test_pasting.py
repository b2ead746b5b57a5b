import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sims_core.base.pictures import resize_nearest
from sims_core.composition.elision import ElidedPatch
from sims_core.composition.pasting import WorkingCanvas
from sims_core.networks.canvas_input import resize_canvas

PARTS = ".kfw"  # outside, kept, faded, withheld


def picture(*rows, cell="#"):
    return np.array([[character == cell for character in row] for row in rows])


def patch(*rows):
    return ElidedPatch((0, 0, len(rows), len(rows[0])), *(picture(*rows, cell=part) for part in "kfw"))


def plain(colour, shape=(2, 4)):
    return np.full((*shape, 3), colour, dtype=np.uint8)


def test_canvas_starts_as_one_hole():
    canvas = WorkingCanvas((2, 4))
    assert canvas.pixels.shape == (2, 4, 3)
    assert not canvas.pixels.any()
    assert not canvas.known.any()
    assert not canvas.provenance.any()


def test_kept_is_known_faded_is_white_withheld_is_black():
    canvas = WorkingCanvas((2, 4))
    canvas.paste(plain(70), patch("kkf.", "w..."), 3)
    assert canvas.pixels[..., 0].tolist() == [[70, 70, 255, 0], [0, 0, 0, 0]]
    assert np.array_equal(canvas.known, picture("##..", "...."))
    assert canvas.provenance.tolist() == [[3, 3, 0, 0], [0, 0, 0, 0]]


def test_colours_stay_in_their_place():
    rgb = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    canvas = WorkingCanvas((2, 4))
    canvas.paste(rgb, patch(".k..", "...k"), 1)
    assert canvas.pixels[0, 1].tolist() == [3, 4, 5]
    assert canvas.pixels[1, 3].tolist() == [21, 22, 23]
    assert canvas.pixels.any(axis=-1).sum() == 2


def test_later_paste_hides_what_lies_beneath_with_all_its_parts():
    canvas = WorkingCanvas((2, 4))
    canvas.paste(plain(70), patch("kkkk", "ffff"), 1)
    canvas.paste(plain(90), patch("kfw.", "kfw."), 2)
    assert canvas.pixels[..., 0].tolist() == [[90, 255, 0, 70], [90, 255, 0, 255]]
    assert np.array_equal(canvas.known, picture("#..#", "#..."))
    assert canvas.provenance.tolist() == [[2, 0, 0, 1], [2, 0, 0, 0]]


def test_punching_makes_a_hole_whatever_was_there():
    canvas = WorkingCanvas((2, 4))
    canvas.paste(plain(70), patch("kfw.", "kfw."), 1)
    canvas.punch(picture("####", "...."), (0, 0, 2, 4))
    assert canvas.pixels[..., 0].tolist() == [[0, 0, 0, 0], [70, 255, 0, 0]]
    assert np.array_equal(canvas.known, picture("....", "#..."))
    assert canvas.provenance.tolist() == [[0, 0, 0, 0], [1, 0, 0, 0]]


def test_a_patch_lies_where_its_box_does_and_touches_nothing_else():
    canvas = WorkingCanvas((3, 5))
    canvas.paste(plain(70, (3, 5)), patch("kkkkk", "kkkkk", "kkkkk"), 1)
    rgb = np.array([[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [0, 0, 0]]], dtype=np.uint8)
    small = patch("kf", "kw")
    canvas.paste(rgb, ElidedPatch((1, 3, 3, 5), small.kept, small.faded, small.withheld), 2)
    assert canvas.provenance.tolist() == [[1] * 5, [1, 1, 1, 2, 0], [1, 1, 1, 2, 0]]
    assert canvas.pixels[1:, 3:].tolist() == [[[1, 2, 3], [255] * 3], [[7, 8, 9], [0] * 3]]
    canvas.punch(picture("#"), (0, 4, 1, 5))
    assert np.argwhere(~canvas.known).tolist() == [[0, 4], [1, 4], [2, 4]]


def test_more_than_255_patches_are_told_apart():
    canvas = WorkingCanvas((2, 4))
    canvas.paste(plain(70), patch("kk..", "...."), 255)
    canvas.paste(plain(90), patch(".k..", "...k"), 300)
    assert canvas.provenance.tolist() == [[255, 300, 0, 0], [0, 0, 0, 300]]


def test_photo_may_be_black_or_white_where_known():
    canvas = WorkingCanvas((2, 4))
    canvas.paste(plain(0), patch("kk..", "...."), 1)
    canvas.paste(plain(255), patch("..kk", "...."), 2)
    assert canvas.known[0].all()
    assert canvas.provenance[0].tolist() == [1, 1, 2, 2]


@given(pastes=st.lists(st.lists(st.sampled_from(PARTS), min_size=8, max_size=8), max_size=5))
def test_each_pixel_shows_the_last_patch_that_covers_it(pastes):
    canvas = WorkingCanvas((2, 4))
    for number, cells in enumerate(pastes, start=1):
        canvas.paste(plain(10 * number), patch("".join(cells[:4]), "".join(cells[4:])), number)
    for cell in range(8):
        last = max((number for number, cells in enumerate(pastes, start=1) if cells[cell] != "."), default=0)
        part = pastes[last - 1][cell] if last else "w"
        place = divmod(cell, 4)
        assert canvas.pixels[place].tolist() == [{"k": 10 * last, "f": 255, "w": 0}[part]] * 3
        assert canvas.known[place] == (part == "k")
        assert canvas.provenance[place] == (last if part == "k" else 0)


def test_resized_canvas_by_hand():
    known = picture("##..", "#...", "....", "...#")
    canvas = np.where(known[..., None], 100, 0).astype(np.uint8) * np.ones(3, np.uint8)
    canvas[0, 0] = 40
    canvas[1, 1] = 255  # elided, at the centre of the first new pixel
    known[1, 1] = False
    pixels, mask = resize_canvas(canvas, known, 2, 2)
    # A new pixel is what lies at its centre: the pixel right below the middle of its four.
    assert mask.tolist() == [[False, False], [False, True]]
    assert pixels[..., 0].tolist() == [[255, 0], [0, 100]]
    known[1, 1], canvas[1, 1] = True, 80
    pixels, mask = resize_canvas(canvas, known, 2, 2)
    assert mask.tolist() == [[True, False], [False, True]]
    assert pixels[0, 0].tolist() == [80] * 3  # the mean of 40, 100, 100 and 80


@given(factor=st.integers(1, 4), seed=st.integers(0, 5))
def test_resized_canvas_keeps_what_is_known_apart_and_its_colours_real(factor, seed):
    rng = np.random.default_rng(seed)
    height, width = 3 * factor, 5 * factor
    known = rng.random((height, width)) < 0.6
    canvas = rng.integers(60, 200, (height, width, 3)).astype(np.uint8)
    canvas[~known] = rng.choice([0, 255], size=(~known).sum())[:, None]
    pixels, mask = resize_canvas(canvas, known, 3, 5)
    assert np.array_equal(mask, resize_nearest(known, 3, 5))
    assert set(np.unique(pixels[~mask])) <= {0, 255}
    cells = canvas.reshape(3, factor, 5, factor, 3).transpose(0, 2, 1, 3, 4).reshape(3, 5, -1, 3).astype(float)
    weights = known.reshape(3, factor, 5, factor).transpose(0, 2, 1, 3).reshape(3, 5, -1, 1)
    means = (cells * weights).sum(axis=2) / np.maximum(weights.sum(axis=2), 1)
    assert np.abs(pixels[mask] - means[mask]).max(initial=0) <= 0.51
