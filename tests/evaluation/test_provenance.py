"""Which photos the known pixels of canvases came from, by hand."""

import numpy as np

from sims_core.evaluation.measures.provenance import ProvenanceCount
from tests.support.small_canvas import canvas_of


def counted(*canvases):
    count = ProvenanceCount.empty()
    for canvas in canvases:
        count.add(canvas)
    return count


def test_a_pixel_counts_for_its_own_photo_and_no_neighbour():
    # Of four segments the second and third show pixels; the first and last were covered by others.
    count = counted(canvas_of(["before", "shown", "too", "after"], [[0, 2, 2], [3, 0, 0]]))
    assert count.photos == {"shown", "too"}
    assert count.summary({"shown", "too"})["num_source_photos_not_in_training"] == 0
    assert count.summary({"before", "after"})["num_source_photos_not_in_training"] == 2
    first, last = (counted(canvas_of(["a", "b", "c"], [[number]])).photos for number in (1, 3))
    assert (first, last) == ({"a"}, {"c"})


def test_figures_of_two_canvases():
    found = counted(canvas_of(["a", "b"], [[0, 1], [2, 2]]), canvas_of(["b", "c"], [[0, 2, 2, 0]]))
    assert found.summary({"a", "b"}) == {
        "share_of_known_pixels": 5 / 8,
        "share_of_known_pixels_with_provenance": 1,
        "num_source_photos": 3,
        "num_source_photos_not_in_training": 1,
    }


def test_known_pixels_that_name_no_segment_are_not_traced():
    canvas = canvas_of(["a"], [[1, 1, 2, 0]])
    canvas.known[:] = True
    found = counted(canvas)
    assert (found.num_known, found.num_traced, found.photos) == (4, 2, {"a"})
    unknown = canvas_of(["a"], [[1, 1]])
    unknown.known[:] = np.array([[True, False]])
    assert counted(unknown).num_traced == 1


def test_nothing_counted_has_no_figures_above_0():
    assert set(ProvenanceCount.empty().summary(set()).values()) == {0}
