import os

import pytest

from sims_core.base.errors import SimsError
from sims_core.base.locks import only_writer, try_lock
from tests.support.project import run_command


def test_one_holds_a_lock_and_the_next_gets_it(tmp_path):
    path = tmp_path / "lock"
    first = try_lock(path)
    assert first is not None
    assert try_lock(path) is None
    os.close(first)
    second = try_lock(path)
    assert second is not None
    os.close(second)


def test_the_lock_of_a_file_that_was_removed_holds_nobody_up(tmp_path):
    path = tmp_path / "lock"
    first = try_lock(path)
    path.unlink()
    second = try_lock(path)
    assert second is not None
    for descriptor in (first, second):
        os.close(descriptor)
    assert try_lock(tmp_path / "none/lock") is None


def with_lock(place):
    with only_writer(place):
        pass


@pytest.mark.parametrize("in_project", [True, False])
def test_a_second_writer_is_refused_in_one_line_and_no_lock_is_left(tmp_path, monkeypatch, in_project):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    if in_project:
        (tmp_path / "dvc.yaml").write_text("")
    place = tmp_path / "street.png"
    message = r"street\.png: another process is writing this at the moment; wait"
    with only_writer(place), only_writer(tmp_path / "other.png"), pytest.raises(SimsError, match=message):
        with_lock(place)
    with_lock(place)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / "dvc.yaml"] * in_project


def test_a_stage_runs_once_at_a_time(tmp_path):
    (tmp_path / "dvc.yaml").write_text("")
    with only_writer(tmp_path / "prepare"):
        result = run_command(tmp_path, "stages.prepare", "--out", "elsewhere")
    assert result.returncode == 1
    assert result.stderr == "error: prepare: another process is writing this at the moment; wait until it has ended\n"
