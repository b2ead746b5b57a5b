"""Descriptors: hand-worked grids, the area vote against exact fractions, and what is stored."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sims_core.bank.descriptors import DescriptorSet, describe, grid_context, grid_mask
from sims_core.scenes.boxes import context_box
from sims_core.scenes.classes import VOID


def picture(text: str) -> np.ndarray:
    """Digits are labels, '.' is void."""
    rows = text.split()
    return np.array([[VOID if c == "." else int(c) for c in row] for row in rows], dtype=np.uint8)


def shape(text: str) -> np.ndarray:
    return np.array([[c == "#" for c in row] for row in text.split()])


def box_of(mask: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def to_grid(mask: np.ndarray, grid: tuple[int, int]) -> np.ndarray:
    top, left, bottom, right = box_of(mask)
    return grid_mask(mask[top:bottom, left:right], (top, left, bottom, right), mask.shape, grid)


def test_half_a_cell_is_enough():
    mask = shape("""
        ##.#....
        ##......
        ##...#..
        #.......""")
    # 2x2 pixels a cell; covered: 4 1 0 0 in the upper row, 3 0 1 0 in the lower.
    assert to_grid(mask, (2, 4)).tolist() == [[True, False, False, False], [True, False, False, False]]
    half = shape("""
        #...
        #...""")
    assert to_grid(half, (1, 2)).tolist() == [[True, False]]


def test_cell_borders_inside_pixels_count_by_area():
    # 3 pixels in 2 cells of 1.5 pixels: the middle pixel lies half in each.
    assert to_grid(shape("##."), (1, 2)).tolist() == [[True, False]]  # 1.5 and 0.5 of 1.5
    assert to_grid(shape(".#."), (1, 2)).tolist() == [[True, True]]  # nothing reaches half: the best two, a tie


def test_tiny_mask_keeps_the_cells_it_covers_most():
    mask = np.zeros((16, 16), dtype=bool)
    mask[3, 3:6] = True  # one pixel in cell (0, 0), two in cell (0, 1), of 16 each
    assert np.argwhere(to_grid(mask, (4, 4))).tolist() == [[0, 1]]


def test_empty_mask_stays_empty():
    assert not grid_mask(np.zeros((2, 3), dtype=bool), (1, 1, 3, 4), (8, 8), (4, 4)).any()


@given(st.data())
def test_area_vote_equals_exact_fractions(data):
    height, width, rows, columns = (data.draw(st.integers(1, 7)) for _ in range(4))
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=height * width, max_size=height * width)))
    mask = mask.reshape(height, width)
    if not mask.any():
        return
    covered = np.full((rows, columns), Fraction(0))
    for r, c in np.ndindex(rows, columns):
        for y, x in np.argwhere(mask):
            tall = min(Fraction(y + 1), Fraction((r + 1) * height, rows)) - max(Fraction(y), Fraction(r * height, rows))
            wide = min(Fraction(x + 1), Fraction((c + 1) * width, columns)) - max(
                Fraction(x), Fraction(c * width, columns)
            )
            covered[r, c] += max(tall, 0) * max(wide, 0)
    expected = covered >= Fraction(height * width, rows * columns) / 2
    if not expected.any():
        expected = covered == covered.max()
    assert np.array_equal(to_grid(mask, (rows, columns)), expected)


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((40, 40, 56, 72), (38, 36, 58, 76)),  # 16 x 32: 2 and 4 pixels on each side
        ((40, 40, 45, 41), (39, 39, 46, 42)),  # 5 x 1: 0.625 and 0.125, outwards
        ((0, 0, 16, 32), (0, 0, 18, 36)),  # clipped at the upper left
        ((84, 68, 100, 100), (82, 64, 100, 100)),  # clipped at the lower right
        ((0, 0, 100, 100), (0, 0, 100, 100)),
    ],
)
def test_context_box(box, expected):
    assert context_box(box, (100, 100)) == expected


def test_context_box_without_enlargement_is_the_box():
    assert context_box((3, 4, 8, 9), (10, 10), 0.0) == (3, 4, 8, 9)


def test_context_is_sampled_at_cell_centres_inside_the_box():
    labels = np.arange(16, dtype=np.uint8).reshape(4, 4)
    # 2x2 cells, centres at pixel corners (1, 1), (1, 3), ...: the sample is the pixel below and right of the centre.
    assert grid_context(labels, (0, 0, 4, 4), (2, 2)).tolist() == [[5, 7], [13, 15]]
    # Half-open: a centre on the upper or left edge is inside, on the lower or right edge outside.
    assert grid_context(labels, (1, 1, 3, 3), (2, 2)).tolist() == [[5, VOID], [VOID, VOID]]


def test_context_box_between_centres_keeps_one_cell():
    labels = np.full((8, 8), 3, dtype=np.uint8)
    context = grid_context(labels, (4, 7, 5, 8), (2, 2))
    assert context.tolist() == [[VOID, VOID], [VOID, 3]]
    tall = grid_context(labels, (0, 3, 8, 4), (2, 2))  # rows have centres inside, columns have none
    assert tall.tolist() == [[3, VOID], [3, VOID]]


def test_describe_by_hand():
    labels = picture("""
        00000000
        00110000
        .0110000
        22222222""")
    descriptor = describe(labels == 1, labels, (1, 2, 3, 4), (4, 8), 3)
    assert np.array_equal(descriptor.mask, labels == 1)
    # 2 x 2 enlarged by 0.25 on each side, outwards: rows 0..4, columns 1..5.
    expected = picture("""
        .0000...
        .0110...
        .0110...
        .2222...""")
    assert np.array_equal(descriptor.context, expected)


def test_describe_keeps_void_void():
    labels = picture("..1. ..1.")
    descriptor = describe(labels == 1, labels, (0, 2, 2, 3), (2, 4), 2)
    assert descriptor.context.tolist() == [[VOID, VOID, 1, VOID]] * 2


def test_describe_refuses_wrong_input():
    labels = np.zeros((4, 4), dtype=np.uint8)
    with pytest.raises(ValueError, match="outside its box"):
        describe(np.ones((4, 4), dtype=bool), labels, (0, 0, 2, 4), (2, 2), 1)
    with pytest.raises(ValueError, match="label 7 in a class table of 7"):
        describe(labels == 0, labels + np.uint8(7), (0, 0, 4, 4), (2, 2), 7)


def test_set_of_none_and_of_one():
    assert len(DescriptorSet.stack([], (3, 5), 4)) == 0
    labels = picture("012 .12")
    one = describe(labels == 1, labels, (0, 1, 2, 2), (2, 3), 3)
    stacked = DescriptorSet.stack([one], (2, 3), 3)
    assert (len(stacked), stacked.grid) == (1, (2, 3))
    (again,) = stacked
    assert np.array_equal(again.mask, one.mask)
    assert np.array_equal(again.context, one.context)


def test_set_checks_its_shapes():
    with pytest.raises(ValueError, match="expected two equal"):
        DescriptorSet(np.zeros((2, 8, 8), bool), np.zeros((1, 8, 8), np.uint8), 3)
