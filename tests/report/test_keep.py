"""A run's figures to where no run writes."""

import pytest

from sims_core.base.errors import SimsError
from sims_core.base.files import write_json
from sims_core.report.keep import keep_figures
from sims_core.report.results import read_runs
from tests.support.project import digests

SYNTHESIS = {"mean_iou": {"synthesized": 0.5}, "protocol": {"num_images": 4, "rows": {"crn": "a rival"}}}


@pytest.fixture
def project(tmp_path):
    """A project with figures, costs, headline figures and an ablation."""
    write_json(tmp_path / "metrics/evaluate.json", {"mean_iou": 0.5})
    write_json(tmp_path / "metrics/figures/synthesis.json", SYNTHESIS)
    write_json(tmp_path / "metrics/figures/simulate.json", {"num_canvases": 3})
    write_json(tmp_path / "metrics/cost/compose.json", {"seconds": 3.0, "cpu_seconds": 2.0, "peak_memory_mib": 9})
    write_json(tmp_path / "metrics/ablations/no_context/synthesis.json", SYNTHESIS | {"mean_iou": {"synthesized": 0.4}})
    return tmp_path


def keep(project, name="mine", replace=False):
    return keep_figures(project, project / "docs/figures", name, replace=replace)


def test_figures_costs_and_ablations_are_kept_and_headlines_are_not(project):
    write_json(project / "metrics/study.json", {"preferences": {}, "raters": {"num_raters": 1, "num_counted": 1}})
    kept = keep(project)
    assert kept == project / "docs/figures/mine"
    metrics = digests(project / "metrics")
    assert digests(kept) == {
        "ablations/no_context/synthesis.json": metrics["ablations/no_context/synthesis.json"],
        "cost/compose.json": metrics["cost/compose.json"],
        "simulate.json": metrics["figures/simulate.json"],
        "study.json": metrics["study.json"],
        "synthesis.json": metrics["figures/synthesis.json"],
    }
    (run,) = read_runs(project / "docs/figures")
    assert [table.rows for table in run.tables] == [
        [["synthesised", "**0.500**"]],
        [["the whole method", "0.500"], ["retrieval without context IoU", "0.400"]],
    ]


def test_a_run_is_replaced_as_a_whole_and_only_when_asked_to(project):
    kept = keep(project)
    before = digests(kept)
    (project / "metrics/figures/simulate.json").unlink()
    with pytest.raises(SimsError, match="mine: is there already; choose another name, or add --replace"):
        keep(project)
    assert digests(kept) == before
    keep(project, replace=True)
    assert digests(kept).keys() == before.keys() - {"simulate.json"}


def test_what_the_pictures_are_worth_stays_when_a_run_is_replaced(project):
    kept = keep(project)
    write_json(kept / "usefulness/share_16.json", {"num_real_photos": 23})
    before = digests(kept)
    keep(project, replace=True)
    assert digests(kept) == before


@pytest.mark.parametrize("name", ["", ".", "../demo", "/demo"])
def test_a_name_stays_below_the_folder(project, name):
    with pytest.raises(SimsError, match="is no name for a run"):
        keep(project, name)


def test_ablations_of_another_run_are_refused(project):
    other = SYNTHESIS | {"protocol": {"num_images": 5}}
    write_json(project / "metrics/ablations/no_context/synthesis.json", other)
    with pytest.raises(SimsError, match=r"no_context/synthesis\.json: another protocol than .*'num_images' differs"):
        keep(project)
    assert not (project / "docs").exists()


def test_a_project_without_figures_is_refused(tmp_path):
    with pytest.raises(SimsError, match=r"synthesis\.json: not found; run stage 'evaluate' first"):
        keep(tmp_path)
    assert not (tmp_path / "docs").exists()
