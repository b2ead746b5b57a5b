"""Files as a git revision or a DVC experiment has them."""

from pathlib import Path

import pytest

from sims_core.base.errors import SimsError
from sims_core.base.revisions import find_revision
from tests.support.repository import git


@pytest.fixture
def project(tmp_path):
    """A project in a folder of a repository: one commit, a tag of it, and a file that changed since."""
    folder = tmp_path / "repository/project"
    (folder / "metrics/figures").mkdir(parents=True)
    (folder / "metrics/figures/a.json").write_text("{}")
    (folder / "metrics/b.json").write_text('"é"')
    git(folder.parent, "init", "--quiet", "--initial-branch", "main")
    git(folder.parent, "add", ".")
    git(folder.parent, "commit", "--quiet", "--message", "first")
    git(folder.parent, "tag", "v1")
    (folder / "metrics/b.json").write_text("2")
    return folder


def experiment(project, name, parent):
    """Let git have an experiment as DVC keeps it."""
    git(project, "update-ref", f"refs/exps/{parent[:2]}/{parent[2:]}/{name}", "HEAD")


@pytest.mark.parametrize("name", ["HEAD", "main", "v1"])
def test_files_are_those_of_the_commit(project, name):
    revision = find_revision(project, name)
    assert revision.files(Path("metrics")) == [Path("metrics/b.json"), Path("metrics/figures/a.json")]
    assert revision.files(Path("metrics/figures")) == [Path("metrics/figures/a.json")]
    assert revision.files(Path("nowhere")) == []
    assert revision.read(Path("metrics/b.json")) == '"é"'


def test_experiments_are_found_by_name(project):
    experiment(project, "upset-gauds", "ab" * 20)
    assert find_revision(project, "upset-gauds").commit == git(project, "rev-parse", "HEAD")


@pytest.mark.parametrize("name", ["nowhere", "--all", "", "v1 v1"])
def test_what_is_no_revision_is_said_in_one_line(project, name):
    with pytest.raises(SimsError, match=rf"^'{name}': is no revision, expected a branch, a tag, a commit or a DVC"):
        find_revision(project, name)


def test_a_name_of_two_experiments_is_refused(project):
    for parent in ("ab" * 20, "cd" * 20):
        experiment(project, "twice", parent)
    with pytest.raises(SimsError, match="'twice': is the name of several experiments"):
        find_revision(project, "twice")


def test_a_file_that_the_commit_lacks_is_named(project):
    with pytest.raises(SimsError, match=r"^v1: has no metrics/c\.json$"):
        find_revision(project, "v1").read(Path("metrics/c.json"))


def test_a_folder_outside_of_any_repository_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(SimsError, match="is in no git repository"):
        find_revision(tmp_path, "HEAD")


def test_a_machine_without_git_is_refused(project, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SimsError, match="git cannot be run here"):
        find_revision(project, "HEAD")
