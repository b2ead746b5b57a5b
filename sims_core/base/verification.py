"""A whole project checked, offline: every file of every artifact, whether they come from one run, and DVC's copies."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sims_core.base.artifacts import ARTIFACT_CARD, Artifact, mixtures, open_artifact
from sims_core.base.errors import SimsError
from sims_core.base.parallel import progress_bar
from sims_core.base.text_files import read_json, read_yaml


@dataclass(frozen=True)
class Verification:
    """What was found.

    Attributes:
        num_artifacts: Artifacts looked at.
        num_files: Their files.
        num_copies: Files of DVC's cache that were looked at.
        faults: What is wrong, each with what to do.
    """

    num_artifacts: int
    num_files: int
    num_copies: int
    faults: list[SimsError]


def verify_project(project: Path) -> Verification:
    """Read every file of a project's artifacts and of its cache, and compare it with its digest.

    Args:
        project: Folder of the project, finished or not.

    Raises:
        SimsError: There is no artifact.
    """
    folders = sorted(path.parent for path in (project / "data").rglob(ARTIFACT_CARD))
    if not folders:
        raise SimsError(project / "data", "no artifact", remedy="run `dvc repro`")
    faults = [*_missing_outs(project), *_broken_lock(project)]
    artifacts: list[Artifact] = []
    with progress_bar() as progress:
        task = progress.add_task("verify", total=len(folders), note="")
        for folder in folders:
            try:
                artifacts.append(open_artifact(folder))
            except SimsError as error:
                faults.append(error)
            else:
                faults += artifacts[-1].faults()
            progress.advance(task)
        faults += mixtures(artifacts)
        copies = list(_cached_copies(project))
        task = progress.add_task("verify DVC's cache", total=len(copies), note="")
        for copy in copies:
            faults += _faults_of_copy(copy)
            progress.advance(task)
    num_files = sum(len(artifact.card.files) for artifact in artifacts)
    return Verification(len(folders), num_files, len(copies), faults)


def _missing_outs(project: Path) -> Iterator[SimsError]:
    """Yield what dvc.lock says was made, and is not there."""
    lock = project / "dvc.lock"
    stages = read_yaml(lock, "restore it with `git checkout dvc.lock`").get("stages", {}) if lock.is_file() else {}
    for stage, made in stages.items():
        for out in made.get("outs", []):
            if not (project / out["path"]).exists():
                yield SimsError(project / out["path"], "not found", remedy=f"run `dvc repro {stage}`")


def _broken_lock(project: Path) -> Iterator[SimsError]:
    """Yield DVC's list of what is in use where a kill has cut it off: DVC writes in place, and then starts no more."""
    path = project / ".dvc/tmp/rwlock"
    if path.is_file():
        try:
            read_json(path, f"DVC was killed while it wrote this; when no DVC runs, remove it: rm {path}")
        except SimsError as error:
            yield error


def _cached_copies(project: Path) -> Iterable[Path]:
    """Return the files of DVC's cache; none where the project does without DVC."""
    if not (project / ".dvc").is_dir():
        return []
    told = subprocess.run(
        [sys.executable, "-m", "dvc", "cache", "dir"], cwd=project, capture_output=True, text=True, check=False
    )
    folder = project / told.stdout.strip() / "files" / "md5"
    # A name that begins with a dot is what a killed DVC left half-written, and nobody's copy.
    copies = (path for path in folder.rglob("[!.]*") if path.is_file())
    return sorted(copies) if told.returncode == 0 else []


def _faults_of_copy(path: Path) -> Iterator[SimsError]:
    # DVC names a copy by the MD5 of its content; the list of a folder's files ends in .dir.
    expected = path.parent.name + path.name.removesuffix(".dir")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "md5").hexdigest()
    if found != expected:
        yield SimsError(
            path, "damaged copy in DVC's cache", expected=expected, found=found, remedy=f"remove it: rm -f {path}"
        )
