"""Figures of several rows as one table: the best of a column, intervals, spreads."""

from pathlib import Path

import pytest

from sims_core.base.errors import SimsError
from sims_core.report.figures import Figure
from sims_core.report.reading import Figures
from sims_core.report.tables import Interval, short_cell, tabulate

IOU = Figure("mean_iou", "How much fits.", "mean IoU", "higher")
DISTANCE = Figure("distance", "How far.", "distance", "lower")
SLOPE = Figure("slope", "How steep.", "slope", "real")


def table_of(column, by_row, **more):
    return tabulate(Figures(Path("figures.json"), "evaluate", {column.key: by_row, **more}), [column])


def best_of(column, by_row):
    table = table_of(column, by_row)
    return [row for row in table.rows if table.cells[row, column.key].is_best]


def test_the_best_row_by_what_is_better():
    by_row = {"real": -2.5, "synthesized": -3.0, "canvas": -1.0, "crn": -2.25}
    assert best_of(IOU, by_row) == ["canvas"]
    assert best_of(DISTANCE, by_row) == ["synthesized"]
    assert best_of(SLOPE, by_row) == ["crn"]
    assert best_of(Figure("slope"), by_row) == []


def test_equal_rows_are_best_together_and_bounds_do_not_compete():
    assert best_of(IOU, {"real": 0.9, "synthesized": 0.5, "crn": 0.5, "shuffled_layout": 0.7}) == ["synthesized", "crn"]


def test_nothing_is_closest_to_real_photographs_without_them():
    assert best_of(SLOPE, {"synthesized": -3.0, "canvas": -2.0}) == []


def test_rows_are_in_the_order_of_the_evaluation_then_as_they_come():
    assert table_of(IOU, {"shuffled_layout": 0, "mine": 0, "canvas": 0, "real": 0}).rows == [
        "real",
        "canvas",
        "mine",
        "shuffled_layout",
    ]


def test_a_column_without_figures_is_left_out_and_a_row_may_lack_one():
    figures = Figures(Path("x"), "evaluate", {"mean_iou": {"real": 1.0}, "slope": {"real": -2, "crn": -3}})
    table = tabulate(figures, [IOU, DISTANCE, SLOPE])
    assert table.columns == [IOU, SLOPE]
    assert [cell and cell.value for cell in table.line("crn")] == [None, -3]


def test_intervals_and_spreads_stand_with_their_figures():
    intervals = Figures(Path("i"), "evaluate", {"intervals": {"distance": {"crn": {"low": 0.123456, "high": 2}}}})
    content = {"distance": {"crn": 1.23456, "canvas": 7}, "distance_std": {"canvas": 0.5}}
    table = tabulate(Figures(Path("x"), "evaluate", content), [DISTANCE], intervals)
    canvas, crn = table.cells["canvas", "distance"], table.cells["crn", "distance"]
    assert (canvas.interval, canvas.spread) == (None, 0.5)
    assert (crn.interval, crn.spread) == (Interval(0.123456, 2), None)
    assert [short_cell(cell) for cell in (canvas, crn, None)] == ["7", "1.235 [0.123, 2]", ""]


@pytest.mark.parametrize("value", [None, "much", True, float("inf")])
def test_what_is_no_number_is_named(value):
    with pytest.raises(SimsError, match=r"figures\.json: 'mean_iou\.crn' is (missing|no finite number)"):
        table_of(IOU, {"crn": value})
