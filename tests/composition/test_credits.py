import pytest

from sims_core.composition.credits import credits_of
from tests.support.small_canvas import canvas_of


def test_shares_worked_by_hand():
    canvas = canvas_of(["a", "b", "a", "hidden"], [[0, 1, 1, 3, 3], [2, 2, 0, 3, 3]])
    credits = credits_of(canvas)
    assert credits["share_invented"] == pytest.approx(0.2)
    assert [entry["photo"] for entry in credits["photos"]] == ["a", "b"]  # "hidden" shows no pixel
    first, second = credits["photos"]
    assert first == {
        "photo": "a",
        "licence": "licence of a",
        "share_of_pixels": pytest.approx(0.6),
        "segments": ["a:0000", "a:0002"],
    }
    assert second["share_of_pixels"] == pytest.approx(0.2)


def test_shares_add_up_to_one_and_equal_shares_go_by_name():
    credits = credits_of(canvas_of(["c", "b", "a"], [[1, 2], [3, 0]]))
    assert [entry["photo"] for entry in credits["photos"]] == ["a", "b", "c"]
    assert credits["share_invented"] + sum(e["share_of_pixels"] for e in credits["photos"]) == pytest.approx(1)


def test_an_empty_canvas_is_all_invented():
    credits = credits_of(canvas_of([], [[0, 0, 0], [0, 0, 0]]))
    assert credits["share_invented"] == 1
    assert credits["photos"] == []
    assert (credits["height_px"], credits["width_px"]) == (2, 3)
