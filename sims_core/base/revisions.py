"""The files of a project as a git revision, or a DVC experiment, has them."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from sims_core.base.errors import SimsError


@dataclass(frozen=True)
class Revision:
    """A commit of the repository that a project lies in.

    Attributes:
        project: Folder of the project; paths are relative to it.
        name: What the user called the commit.
        commit: Its hash.
    """

    project: Path
    name: str
    commit: str

    def files(self, folder: Path) -> list[Path]:
        """Return the files below a folder, relative to the project, sorted; none where there is no such folder."""
        listed = _git(self.project, "ls-tree", "-r", "-z", "--name-only", self.commit, "--", folder.as_posix())
        return sorted(Path(name) for name in (listed or "").split("\0") if name)

    def read(self, path: Path) -> str:
        """Return the text of a file.

        Raises:
            SimsError: The commit has no such file.
        """
        text = _git(self.project, "show", f"{self.commit}:./{path.as_posix()}")
        if text is None:
            raise SimsError(self.name, f"has no {path}")
        return text


def find_revision(project: Path, name: str) -> Revision:
    """Find a commit by anything that git takes for one, or by the name of a DVC experiment.

    Raises:
        SimsError: The project is in no git repository, or nothing, or more than one experiment, has the name.
    """
    if _git(project, "rev-parse", "--git-dir") is None:
        raise SimsError(project, "is in no git repository", remedy="run `git init` and commit what should be kept")
    commit = _git(project, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    # DVC keeps an experiment as refs/exps/<2 digits>/<38 digits of its parent>/<name>.
    experiments = _git(project, "for-each-ref", "--format=%(objectname)", f"refs/exps/*/*/{name}") or ""
    found = [commit.strip()] if commit else experiments.split()
    if len(found) != 1:
        what = "is the name of several experiments" if found else "is no revision"
        expected = "a branch, a tag, a commit or a DVC experiment"
        raise SimsError(f"'{name}'", what, expected=expected, remedy="see `git log` and `dvc exp list --all-commits`")
    return Revision(project, name, found[0])


def _git(project: Path, *words: str) -> str | None:
    """Run git in a folder; return what it printed, or None when it failed."""
    try:
        done = subprocess.run(  # noqa: S603 - the words are ours
            ["git", *words],  # noqa: S607 - git is where the user's path says
            cwd=project,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="surrogateescape",  # a committed file may hold any bytes
            check=False,
        )
    except OSError as error:
        raise SimsError(project, "git cannot be run here", found=error) from error
    return done.stdout if done.returncode == 0 else None
