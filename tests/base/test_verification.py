"""`sims project verify`: every kind of fault is found, all of them at once."""

import hashlib
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sims_core.base.artifacts import new_artifact
from sims_core.base.errors import SimsError
from sims_core.base.verification import verify_project
from sims_core.cli.app import commands


def make(data: Path, name: str, content: bytes, inputs: list[Path]) -> Path:
    with new_artifact(data / name, name, f"make_{name}", inputs) as temporary:
        for file in ("a", "b"):
            (temporary / file).write_bytes(content)
    return data / name


@pytest.fixture
def project(tmp_path):
    scenes = make(tmp_path / "data", "scenes", b"1", [])
    make(tmp_path / "data", "bank", b"2", [scenes])
    lock = "".join(f"  {name}:\n    outs:\n    - path: data/{name}\n" for name in ("scenes", "bank"))
    (tmp_path / "dvc.lock").write_text(f"schema: '2.0'\nstages:\n{lock}")
    return tmp_path


def test_a_whole_project_has_no_faults(project):
    found = verify_project(project)
    assert (found.num_artifacts, found.num_files, found.num_copies, found.faults) == (2, 4, 0, [])
    done = CliRunner().invoke(commands, ["project", "verify", "--project", str(project)])
    assert done.exit_code == 0
    assert "2 artifacts, 4 files, 0 copies in DVC's cache: no faults" in done.output


def test_all_faults_are_told(project):
    shutil.rmtree(project / "data/scenes")
    make(project / "data", "scenes", b"other", [])  # the bank is of scenes that are gone
    (project / "data/bank/a").write_bytes(b"3")
    (project / "data/bank/b").rename(project / "data/bank/c")
    with (project / "dvc.lock").open("a") as lock:
        lock.write("  depth:\n    outs:\n    - path: data/depth\n")
    faults = [str(fault) for fault in verify_project(project).faults]
    assert len(faults) == 5
    assert "data/depth: not found; run `dvc repro depth`" in faults[0]
    assert "data/bank/a: is damaged" in faults[1]
    assert "data/bank/b: not found" in faults[2]
    assert "data/bank/c: does not belong here" in faults[3]
    assert "different 'scenes'" in faults[4]
    done = CliRunner().invoke(commands, ["project", "verify", "--project", str(project)])
    assert done.exit_code == 1
    assert done.output.count("fault: ") == 5


def test_damaged_copies_of_the_cache_are_told(project):
    (project / ".dvc").mkdir()
    (project / ".dvc/config").write_text("[core]\n    no_scm = true\n")
    for content, kept in ((b"whole", b"whole"), (b"damaged", b"damage")):
        digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
        copy = project / ".dvc/cache/files/md5" / digest[:2] / f"{digest[2:]}.dir"
        copy.parent.mkdir(parents=True)
        copy.write_bytes(kept)
    # What DVC leaves when it is killed while it copies.
    (copy.parent / ".Q7bSjYcQn3hVY2k8kYw.tmp").write_bytes(b"half")
    found = verify_project(project)
    assert found.num_copies == 2
    (fault,) = map(str, found.faults)
    assert f"{copy}: damaged copy in DVC's cache" in fault
    assert f"remove it: rm -f {copy}" in fault


def test_a_lock_file_that_dvc_was_killed_over_is_told(project):
    lock = project / ".dvc/tmp/rwlock"
    lock.parent.mkdir(parents=True)
    lock.write_text('{"read": {"data/sce')
    (fault,) = map(str, verify_project(project).faults)
    assert f"{lock}: is not valid JSON" in fault
    assert f"remove it: rm {lock}" in fault


def test_a_folder_without_artifacts_is_no_project(tmp_path):
    with pytest.raises(SimsError, match="no artifact; run `dvc repro`"):
        verify_project(tmp_path)
