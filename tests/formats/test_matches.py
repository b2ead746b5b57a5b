"""Matches written and read: nothing is lost or swapped on the way."""

from sims_core.formats.matches import MATCHES, ComponentMatches, matches_row, read_matches
from sims_core.formats.tables import write_table


def component(index, segment_ids):
    number = len(segment_ids)
    return ComponentMatches(
        component=index,
        category=index + 10,
        area_px=index + 100,
        segment_ids=segment_ids,
        scores=[1.5] * number,
        mask_ious=[0.5] * number,
        context_ious=[0.25] * number,
    )


def test_matches_are_read_as_they_were_written(tmp_path):
    written = {"x": [component(0, ["a:0001", "b:0002"]), component(1, [])], "w": [component(0, ["a:0003"])]}
    rows = (matches_row(scene_id, match) for scene_id, matches in written.items() for match in matches)
    write_table(tmp_path, "matches", MATCHES, rows, "matches")
    assert read_matches(tmp_path) == written
