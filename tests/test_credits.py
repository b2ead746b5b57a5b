import numpy as np
import pytest

from sims_core.credits import credits_of
from sims_core.formats.canvases import Canvas


def canvas_with(provenance, photo_ids):
    provenance = np.array(provenance, dtype=np.uint16)
    return Canvas(
        canvas=np.zeros((*provenance.shape, 3), np.uint8),
        known=provenance > 0,
        provenance=provenance,
        segment_ids=[f"{photo}:{index:04d}" for index, photo in enumerate(photo_ids)],
        photo_ids=photo_ids,
        licences=[f"licence of {photo}" for photo in photo_ids],
        implied_layout=np.zeros(provenance.shape, np.uint8),
    )


def test_shares_worked_by_hand():
    canvas = canvas_with([[0, 1, 1, 3, 3], [2, 2, 0, 3, 3]], ["a", "b", "a", "hidden"])
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
    credits = credits_of(canvas_with([[1, 2], [3, 0]], ["c", "b", "a"]))
    assert [entry["photo"] for entry in credits["photos"]] == ["a", "b", "c"]
    assert credits["share_invented"] + sum(e["share_of_pixels"] for e in credits["photos"]) == pytest.approx(1)


def test_an_empty_canvas_is_all_invented():
    credits = credits_of(canvas_with(np.zeros((2, 3)), []))
    assert credits["share_invented"] == 1
    assert credits["photos"] == []
    assert (credits["height_px"], credits["width_px"]) == (2, 3)
