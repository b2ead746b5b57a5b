"""The workspace's figures and costs against a commit's."""

import pytest

from sims_core.base.errors import SimsError
from sims_core.base.files import write_json
from sims_core.report.difference import compare_with_revision
from tests.support.repository import git

FIGURES = {"mean_iou": {"real": 0.5, "crn": 0.25}, "num_pairs": 39145774, "protocol": {"seed": 0, "rule": "before"}}
COST = {"seconds": 17.3, "peak_memory_mib": 698}


@pytest.fixture
def project(tmp_path):
    """A project whose figures are committed."""
    write_json(tmp_path / "metrics/figures/synthesis.json", FIGURES)
    write_json(tmp_path / "metrics/figures/transform.json", {"share": 0.5})
    write_json(tmp_path / "metrics/figures/synthesis_intervals.json", {"mean_iou": {"low": 0.25}})
    write_json(tmp_path / "metrics/cost/compose.json", COST)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "a run")
    return tmp_path


def test_a_line_for_every_number_that_differs_but_for_intervals(project):
    changed = {"mean_iou": {"real": 0.5, "crn": 0.125}, "num_pairs": 39145775, "flag": True}
    write_json(project / "metrics/figures/synthesis.json", changed | {"protocol": {"seed": 1, "rule": "after"}})
    write_json(project / "metrics/figures/ordering.json", {"num_pairs": 3})
    write_json(project / "metrics/figures/synthesis_intervals.json", {"mean_iou": {"low": 0.5}})
    (project / "metrics/figures/transform.json").unlink()
    write_json(project / "metrics/cost/compose.json", COST | {"seconds": 20.0})
    assert compare_with_revision(project, "HEAD").splitlines() == [
        "| file | figure | HEAD | workspace | change |",
        "|--|--|--:|--:|--:|",
        "| figures/ordering | num_pairs | – | 3 | – |",
        "| figures/synthesis | mean_iou.crn | 0.25 | 0.125 | -0.125 |",
        "| figures/synthesis | num_pairs | 39145774 | 39145775 | +1 |",
        "| figures/synthesis | protocol.seed | 0 | 1 | +1 |",
        "| figures/transform | share | 0.5 | – | – |",
        "| cost/compose | seconds | 17.3 | 20 | +2.7 |",
    ]


def test_nothing_that_differs_is_one_sentence(project):
    assert compare_with_revision(project, "HEAD") == "no figure differs from HEAD"


def test_no_figures_on_either_side_are_said_in_one_line(project):
    git(project, "rm", "--quiet", "-r", "metrics")
    with pytest.raises(SimsError, match=r"has no figures in metrics/figures; run `dvc repro` first"):
        compare_with_revision(project, "HEAD")
    git(project, "commit", "--quiet", "--message", "none")
    with pytest.raises(SimsError, match=r"^HEAD: has no figures in metrics/figures; name a revision in which"):
        compare_with_revision(project, "HEAD")


def test_a_damaged_file_of_the_commit_is_named(project):
    (project / "metrics/figures/transform.json").write_text("{")
    git(project, "commit", "--quiet", "--all", "--message", "damaged")
    with pytest.raises(SimsError, match=r"^HEAD:metrics/figures/transform\.json: is not valid JSON"):
        compare_with_revision(project, "HEAD")
