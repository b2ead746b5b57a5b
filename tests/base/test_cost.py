"""What a stage costs is written when the pipeline runs it."""

import json
import time

import numpy as np
import pytest

from sims_core.base.cost import measured
from sims_core.base.errors import SimsError
from sims_core.base.parallel import parallel_map
from sims_core.base.presets import compose_preset
from tests.support.project import ROOT, run_command


def test_seconds_and_memory(tmp_path):
    path = tmp_path / "cost" / "stage.json"
    with measured(path):
        held = np.ones(40 * 1024**2, np.uint8)
        time.sleep(0.2)
    cost = json.loads(path.read_text())
    assert 0.2 <= cost["seconds"] < 5
    assert cost["peak_memory_mib"] > held.nbytes / 1024**2
    assert cost["cpu_seconds"] > 0
    assert set(cost["protocol"]) == {"seconds", "cpu_seconds", "peak_memory_mib"}


@pytest.fixture
def cpu_seconds(tmp_path):
    """Return the processor seconds that are written after a body; they are those of the whole process so far."""

    def measure(body):
        with measured(tmp_path / "stage.json"):
            body()
        return json.loads((tmp_path / "stage.json").read_text())["cpu_seconds"]

    return measure


def test_work_counts_as_processor_time_and_waiting_does_not(cpu_seconds):
    def work():
        end = time.process_time() + 0.5
        while time.process_time() < end:
            pass

    before = cpu_seconds(lambda: time.sleep(0.5))
    assert cpu_seconds(work) - before >= 0.4
    assert cpu_seconds(lambda: time.sleep(0.5)) - before < 0.9


def _busy(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return len(np.ones(60 * 1024**2, np.uint8))


def test_workers_count_too(cpu_seconds, monkeypatch):
    monkeypatch.setenv("SIMS_WORKERS", "2")

    before = cpu_seconds(lambda: None)
    after = cpu_seconds(lambda: list(parallel_map(_busy, [0.2] * 8, "work")))
    assert after - before >= 1.6


def test_a_stage_that_makes_pictures_says_what_one_costs(tmp_path):
    with measured(tmp_path / "stage.json") as work:
        time.sleep(0.2)
        work.num_pictures = 4
    cost = json.loads((tmp_path / "stage.json").read_text())
    assert 0.05 <= cost["seconds_per_picture"] < 1
    assert "seconds_per_picture" in cost["protocol"]


def test_a_failed_stage_has_no_cost(tmp_path):
    with pytest.raises(SimsError), measured(tmp_path / "stage.json"):
        raise SimsError("x", "went wrong")
    assert not list(tmp_path.iterdir())


def test_a_stage_as_in_the_pipeline_says_what_it_cost_and_one_with_options_does_not(tmp_path):
    (tmp_path / "params.yaml").write_text(compose_preset(ROOT / "presets/tiny.yaml"))
    assert run_command(tmp_path, "stages.prepare", "--out", "elsewhere").returncode == 0
    assert not (tmp_path / "metrics/cost").exists()
    assert run_command(tmp_path, "stages.prepare").returncode == 0
    assert [path.name for path in (tmp_path / "metrics/cost").iterdir()] == ["prepare.json"]
