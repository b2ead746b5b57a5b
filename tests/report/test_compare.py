"""Two evaluations side by side, by hand; from the pictures on: tests/cli/test_evaluate.py."""

import pytest

from sims_core.base.errors import SimsError
from sims_core.base.files import write_json
from sims_core.report.compare import compare_evaluations, headline_table, read_evaluation


def test_rows_of_one_name_are_compared_whatever_the_methods_were(tmp_path):
    for name, iou, features in (("a", 0.25, "random"), ("b", 0.5, "learned")):
        protocol = {"num_images": 4, "perceptual_features": features, "rows": {"ours": features}}
        figures = {"mean_iou": {"real": 0.9, "ours": iou, "canvas": 0.1}, "provenance": {"share": 1}}
        write_json(tmp_path / f"{name}.json", figures | {"protocol": protocol})
    intervals = {"mean_iou": {"ours": {"low": 0.2, "high": 0.3}}}
    write_json(tmp_path / "a_intervals.json", {"intervals": intervals, "differences": {}})
    lines = compare_evaluations(tmp_path / "a.json", tmp_path / "b.json").splitlines()
    assert lines[2:] == [
        "| mean_iou | ours | 0.25 [0.2, 0.3] | 0.5 | +0.25 |",
        "| mean_iou | canvas | 0.1 | 0.1 | +0 |",
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num_images": 5}, "'num_images' differs, expected 4, found 5"),
        ({"features": {"antialias": "no"}}, r"'features\.antialias' differs, expected yes, found no"),
        ({"seed": 1}, "'seed' differs, expected –, found 1"),
    ],
)
def test_another_protocol_is_an_error_that_names_the_key(tmp_path, change, message):
    protocol = {"num_images": 4, "features": {"antialias": "yes"}}
    for name, lines in (("a", protocol), ("b", protocol | change)):
        write_json(tmp_path / f"{name}.json", {"mean_iou": {"ours": 0.5}, "protocol": lines})
    with pytest.raises(SimsError, match=message) as caught:
        compare_evaluations(tmp_path / "a.json", tmp_path / "b.json")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["lite0_seen", "none"])
def test_features_that_one_file_lacks_or_calls_otherwise_are_not_compared_and_all_else_is(tmp_path, name):
    for file, features, iou in (("a", "lite0", 0.25), ("b", name, 0.5)):
        figures = {"mean_iou": {"ours": iou}, f"{features}_kernel_distance": {"ours": 0.125}}
        lines = {} if features == "none" else {f"{features}_features": {"trained_on_by": features}}
        write_json(tmp_path / f"{file}.json", figures | {"protocol": {"seed": 0} | lines})
    lines = compare_evaluations(tmp_path / "a.json", tmp_path / "b.json").splitlines()
    assert lines[2:] == ["| mean_iou | ours | 0.25 | 0.5 | +0.25 |"]


def test_features_of_one_name_must_be_the_same(tmp_path):
    for file, digest in (("a", "dead"), ("b", "beef")):
        protocol = {"lite0_features": {"weights_sha256": digest}}
        write_json(tmp_path / f"{file}.json", {"lite0_kernel_distance": {"ours": 0.5}, "protocol": protocol})
    with pytest.raises(SimsError, match=r"'lite0_features\.weights_sha256' differs, expected dead, found beef"):
        compare_evaluations(tmp_path / "a.json", tmp_path / "b.json")


def test_files_without_protocol_or_common_method_are_refused(tmp_path):
    write_json(tmp_path / "a.json", {"mean_iou": {"ours": 0.5}})
    with pytest.raises(SimsError, match=r"a\.json: has no protocol"):
        compare_evaluations(tmp_path / "a.json", tmp_path / "a.json")
    for name, rows in (("b", ["x", "y"]), ("c", ["z"])):
        write_json(tmp_path / f"{name}.json", {"mean_iou": dict.fromkeys(rows, 0.5), "protocol": {}})
    with pytest.raises(SimsError, match=r"no method in common with .*found z"):
        compare_evaluations(tmp_path / "b.json", tmp_path / "c.json")


def test_the_only_methods_of_two_files_are_compared_whatever_their_names(tmp_path):
    for name, method, value in (("a", "ours", 1.0), ("b", "theirs", 0.75)):
        figures = {"ssim": {"real": 1.0, method: value}, f"only_in_{name}": {method: 0.5}, "protocol": {}}
        write_json(tmp_path / f"{name}.json", figures)
    lines = compare_evaluations(tmp_path / "a.json", tmp_path / "b.json").splitlines()
    assert lines[2:] == ["| ssim | ours → theirs | 1 | 0.75 | -0.25 |"]


def test_all_figures_of_an_evaluation_by_row_with_their_intervals(tmp_path):
    figures = {"mean_iou": {"real": 0.9, "ours": 0.25}, "l1": {"ours": 3.0}, "protocol": {"num_images": 4}}
    write_json(tmp_path / "figures.json", figures)
    intervals = {"mean_iou": {"ours": {"low": 0.2, "high": 0.3}}}
    write_json(tmp_path / "figures_intervals.json", {"intervals": intervals, "differences": {}})
    assert headline_table(read_evaluation(tmp_path / "figures.json")).splitlines() == [
        "| figure | real | ours |",
        "|--|--:|--:|",
        "| mean_iou | 0.9 | 0.25 [0.2, 0.3] |",
        "| l1 | – | 3 |",
    ]
