"""What a stage costs is written when the pipeline runs it."""

import json
import time

import numpy as np
import pytest

from sims_core.cost import measured
from sims_core.errors import SimsError
from tests.import_closure import ROOT
from tests.project import run_command


def test_seconds_and_memory(tmp_path):
    path = tmp_path / "cost" / "stage.json"
    with measured(path):
        held = np.ones(40 * 1024**2, np.uint8)
        time.sleep(0.2)
    cost = json.loads(path.read_text())
    assert 0.2 <= cost["seconds"] < 5
    assert cost["peak_memory_mib"] > held.nbytes / 1024**2
    assert set(cost["protocol"]) == {"seconds", "peak_memory_mib"}


def test_a_failed_stage_has_no_cost(tmp_path):
    with pytest.raises(SimsError), measured(tmp_path / "stage.json"):
        raise SimsError("x", "went wrong")
    assert not list(tmp_path.iterdir())


def test_a_stage_as_in_the_pipeline_says_what_it_cost_and_one_with_options_does_not(tmp_path):
    (tmp_path / "params.yaml").write_text((ROOT / "presets/tiny.yaml").read_text())
    assert run_command(tmp_path, "stages.prepare", "--out", "elsewhere").returncode == 0
    assert not (tmp_path / "metrics/cost").exists()
    assert run_command(tmp_path, "stages.prepare").returncode == 0
    assert [path.name for path in (tmp_path / "metrics/cost").iterdir()] == ["prepare.json"]
