"""What made pictures are worth, on the results page."""

import pytest

from sims_core.base.errors import SimsError
from sims_core.base.files import write_json
from sims_core.base.read_pictures import read_photo
from sims_core.report.results import read_runs, render_page, write_results_page
from sims_core.report.usefulness import PLOT, USEFULNESS, draw_usefulness, read_usefulness, usefulness_tables

SYNTHESIS = {"mean_iou": {"real": 0.9, "synthesized": 0.6}, "protocol": {"num_images": 4}}


def arm(parts, mean, reach):
    return {"parts": parts, "mean_iou": mean, "interval": {"low": mean - reach, "high": mean + reach}}


def figures(num_real, **more):
    arms = {"real": arm("real", 0.25, 0.125), "mixed": arm("real+made", 0.5, 0.125)} | more
    return {
        "num_real_photos": num_real,
        "arms": arms,
        "differences": {"mixed_minus_real": {"value": 0.25, "low": -0.125, "high": 0.5}},
        "protocol": {"test": "the validation photos"},
    }


@pytest.fixture
def run(tmp_path):
    """A kept run with two numbers of photos, of which the larger one has one arm more."""
    run = tmp_path / "docs/figures/mine"
    write_json(run / "synthesis.json", SYNTHESIS)
    write_json(run / USEFULNESS / "a.json", figures(1367, only=arm("made", 0.625, 0)))
    write_json(run / USEFULNESS / "b.json", figures(23))
    return run


def test_a_column_for_each_number_of_photos(run):
    arms, pairs = usefulness_tables(read_usefulness(run), "figures/mine/usefulness/plot.png")
    assert arms.headings == ["trained on", "23 real photos", "1,367 real photos"]
    assert arms.rows == [
        ["real (`real`)", "0.250 [0.125, 0.375]", "0.250 [0.125, 0.375]"],
        ["mixed (`real+made`)", "**0.500 [0.375, 0.625]**", "0.500 [0.375, 0.625]"],
        ["only (`made`)", "–", "**0.625 [0.625, 0.625]**"],
    ]
    assert pairs.rows == [["mixed less real", *["0.250 [-0.125, 0.500]"] * 2]]


def test_the_page_has_tables_chart_and_protocol_where_there_are_files(run):
    page = render_page(read_runs(run.parent))
    assert "![mean IoU by number of real photos](figures/mine/usefulness/plot.png)" in page
    assert "| mixed (`real+made`) | **0.500 [0.375, 0.625]** | 0.500 [0.375, 0.625] |" in page
    assert "* Usefulness\n  * test: the validation photos" in page
    for path in (run / USEFULNESS).iterdir():
        path.unlink()
    without = render_page(read_runs(run.parent))
    assert "Usefulness" not in without
    assert "plot.png" not in without


def test_the_page_is_written_with_its_chart(run, tmp_path):
    write_results_page(run.parent, tmp_path / "docs/results.md")
    chart = run / USEFULNESS / PLOT
    assert read_photo(chart).shape[2] == 3
    before = chart.read_bytes()
    write_results_page(run.parent, tmp_path / "docs/results.md")
    assert chart.read_bytes() == before


def test_the_chart_depends_on_figures_and_intervals(run, tmp_path):
    files = read_usefulness(run)
    draw_usefulness(files, tmp_path / "two.png")
    draw_usefulness(files[:1], tmp_path / "one.png")
    assert (tmp_path / "one.png").read_bytes() != (tmp_path / "two.png").read_bytes()


def test_a_file_of_something_else_is_named(run):
    write_json(run / USEFULNESS / "c.json", {"arms": {}})
    with pytest.raises(SimsError, match=r"c.json: 'num_real_photos' is missing; run stage 'sims usefulness run' again"):
        read_runs(run.parent)
