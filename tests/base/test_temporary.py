"""What a killed process leaves lies outside every artifact, and the next run removes it."""

import os
import signal
import subprocess
import sys

import pytest

from sims_core.base import temporary
from sims_core.base.files import atomic_file, atomic_folder
from sims_core.base.places import project_folder
from sims_core.base.temporary import clear_leftovers
from tests.support.project import environment

HALF = """
import os, signal
from pathlib import Path
from sims_core.base import temporary
from sims_core.base.files import atomic_folder

def die(*arguments):
    os.kill(os.getpid(), signal.SIGKILL)

{}
with atomic_folder(Path("data/out")) as folder:
    (folder / "half").write_text("half")
    {}
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project that holds data/out/old; temporary folders are looked through as by a new process."""
    monkeypatch.chdir(tmp_path)
    temporary._clear_once.cache_clear()
    (tmp_path / "dvc.yaml").write_text("")
    (tmp_path / "data/out").mkdir(parents=True)
    (tmp_path / "data/out/old").write_text("old")
    return tmp_path


def kill_midway(project, before="", within="die()"):
    script = HALF.format(before, within)
    result = subprocess.run([sys.executable, "-c", script], cwd=project, env=environment(), check=False)
    assert result.returncode == -signal.SIGKILL


def temporary_folders(project):
    return sorted(path.name for path in (project / ".sims/tmp").iterdir())


def test_a_kill_leaves_a_named_folder_outside_of_data_and_the_next_run_removes_it(project):
    kill_midway(project)
    assert [path.name for path in (project / "data").iterdir()] == ["out"]
    (left,) = temporary_folders(project)
    assert left.startswith(os.uname().nodename)
    clear_leftovers(project / "data")
    assert temporary_folders(project) == []
    assert [path.name for path in (project / "data/out").iterdir()] == ["old"]


def test_a_kill_between_the_two_renames_loses_nothing(project):
    kill_midway(
        project, before="os.rename = None; Path.rename = lambda old, new: os.replace(old, new) or die()", within=""
    )
    assert not (project / "data/out").exists()
    clear_leftovers(project)
    assert [path.name for path in (project / "data/out").iterdir()] == ["old"]
    assert temporary_folders(project) == []


def test_the_folder_of_a_living_process_stays(project):
    with atomic_folder(project / "data/out") as folder:
        (folder / "new").write_text("new")
        clear_leftovers(project)
        assert (folder / "new").exists()
    assert [path.name for path in (project / "data/out").iterdir()] == ["new"]


def test_outside_of_a_project_it_lies_beside_and_the_next_writer_removes_it(tmp_path, monkeypatch):
    monkeypatch.setattr(temporary, "project_folder", lambda path: None)
    temporary._clear_once.cache_clear()
    left = tmp_path / ".sims-host-1-abc"
    left.mkdir()
    (tmp_path / ".mine").mkdir()
    with atomic_file(tmp_path / "a.png") as new:
        assert new.name == "a.png"
        assert new.parents[2] == tmp_path
        new.write_text("a")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".mine", "a.png"]


def test_a_failure_between_the_renames_is_undone_at_once(project, monkeypatch):
    def fails(new, target, folder):
        (folder / "place").write_text(str(target))
        target.rename(folder / "previous")
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("sims_core.base.files.replace_folder", fails)
    with pytest.raises(OSError, match="data/out"), atomic_folder(project / "data/out"):
        pass
    assert (project / "data/out/old").exists()


def test_a_project_is_found_from_below(tmp_path):
    (tmp_path / "a/.sims").mkdir(parents=True)
    assert project_folder(tmp_path / "a/b/c") == tmp_path / "a"
    assert project_folder(tmp_path / "a") == tmp_path / "a"
    (tmp_path / "a/b").mkdir()
    (tmp_path / "a/b/dvc.yaml").write_text("")
    assert project_folder(tmp_path / "a/b/c") == tmp_path / "a/b"
