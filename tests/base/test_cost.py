"""What a stage costs is written when the pipeline runs it."""

import os
from types import SimpleNamespace

import pytest

from sims_core.base import cost
from sims_core.base.cost import measured
from sims_core.base.errors import SimsError
from sims_core.base.files import read_json
from sims_core.base.parallel import parallel_map
from tests.support.project import run_command
from tests.support.small_dataset import write_folder, write_params

MIB = cost._MIB


@pytest.fixture
def a_stage_of_two_and_a_half_seconds(monkeypatch):
    """Give the measurement a clock, and the processor time and memory of a process and its workers, by hand."""
    usages = {
        0: SimpleNamespace(ru_utime=1.5, ru_stime=0.25, ru_maxrss=100 * MIB),
        -1: SimpleNamespace(ru_utime=4.0, ru_stime=0.5, ru_maxrss=300 * MIB),
    }
    monkeypatch.setattr(cost, "time", SimpleNamespace(perf_counter=iter([10.0, 12.5]).__next__))
    kernel = SimpleNamespace(RUSAGE_SELF=0, RUSAGE_CHILDREN=-1, getrusage=usages.__getitem__)
    monkeypatch.setattr(cost, "resource", kernel)


def cost_of(path, num_pictures=None):
    with measured(path) as work:
        work.num_pictures = num_pictures
    content = read_json(path, "")
    assert set(content["protocol"]) == set(content) - {"protocol"}
    return {key: value for key, value in content.items() if key != "protocol"}


@pytest.mark.usefixtures("a_stage_of_two_and_a_half_seconds")
@pytest.mark.parametrize(("num_pictures", "more"), [(None, {}), (4, {"seconds_per_picture": 0.625})])
def test_figures_by_hand(tmp_path, num_pictures, more):
    expected = {"seconds": 2.5, "cpu_seconds": 6.2, "peak_memory_mib": 300} | more
    assert cost_of(tmp_path / "cost/stage.json", num_pictures) == expected


def test_figures_of_this_process(tmp_path):
    first, second = (cost_of(tmp_path / "stage.json") for _ in range(2))
    assert first["seconds"] >= 0
    # Both are those of the whole process so far.
    assert second["cpu_seconds"] >= first["cpu_seconds"] > 0
    assert second["peak_memory_mib"] >= first["peak_memory_mib"] > 0


def process_id(item):
    return os.getpid()


def test_workers_have_ended_and_so_are_counted(tmp_path, monkeypatch):
    monkeypatch.setenv("SIMS_WORKERS", "2")
    with measured(tmp_path / "stage.json"):
        workers = set(parallel_map(process_id, list(range(8)), "work"))
        assert os.getpid() not in workers
        for worker in workers:
            os.kill(worker, 0)  # is there
    for worker in workers:
        with pytest.raises(ProcessLookupError):
            os.kill(worker, 0)


def test_a_failed_stage_has_no_cost(tmp_path):
    with pytest.raises(SimsError), measured(tmp_path / "stage.json"):
        raise SimsError("x", "went wrong")
    assert not list(tmp_path.iterdir())


def test_a_stage_as_in_the_pipeline_says_what_it_cost_and_one_with_options_does_not(tmp_path):
    write_folder(tmp_path / "photos")
    write_params(tmp_path / "params.yaml", tmp_path / "photos")
    assert run_command(tmp_path, "stages.prepare", "--out", "elsewhere").returncode == 0
    assert not (tmp_path / "metrics/cost").exists()
    assert run_command(tmp_path, "stages.prepare").returncode == 0
    assert [path.name for path in (tmp_path / "metrics/cost").iterdir()] == ["prepare.json"]
