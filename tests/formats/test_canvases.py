"""Canvases written and read: nothing is lost or swapped on the way."""

from dataclasses import fields, replace

import numpy as np

from sims_core.formats.canvases import CANVASES, Canvas, CanvasReader, canvas_row
from sims_core.formats.tables import write_table
from tests.support.small_canvas import canvas_of


def test_canvases_are_read_as_they_were_written(tmp_path):
    # 300 is more than a byte holds.
    first = replace(
        canvas_of(["a", "b"], [[0, 1, 300], [2, 2, 1]], components=[4, 2]),
        canvas=np.arange(18, dtype=np.uint8).reshape(2, 3, 3),
        implied_layout=np.array([[0, 1, 255], [3, 4, 5]], dtype=np.uint8),
    )
    written = {("x", 0): first, ("x", 1): canvas_of(["c"], [[1, 0]]), ("w", 0): canvas_of([], [[0, 0]])}
    write_table(tmp_path, "c", CANVASES, (canvas_row(*key, canvas) for key, canvas in written.items()), "canvases")
    reader = CanvasReader(tmp_path)
    assert list(reader) == list(written)
    for key, canvas in written.items():
        found = reader.load(*key)
        for field in fields(Canvas):
            value, expected = getattr(found, field.name), getattr(canvas, field.name)
            assert np.array_equal(value, expected), field.name
            assert getattr(value, "dtype", None) == getattr(expected, "dtype", None), field.name
