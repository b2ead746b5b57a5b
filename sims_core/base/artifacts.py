"""The card of an artifact: the digests of its files, and which artifacts it was made from.

Every folder that a stage leaves below data/ holds `artifact.json`. Readers check by it that no file is missing,
foreign or damaged, and that several artifacts come from one run: each card names, by the digests of their cards, all
artifacts behind it, so that two of them which were made from different banks differ in what they call "bank".
"""

from __future__ import annotations

import fnmatch
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from glob import escape
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from sims_core.base.errors import SimsError
from sims_core.base.files import atomic_folder, sha256_of, write_json
from sims_core.base.text_files import invalid, read_json

ARTIFACT_CARD = "artifact.json"
_REPRODUCE = "run `dvc repro`, which makes again what does not fit"


class ArtifactCard(BaseModel):
    """What an artifact is.

    Attributes:
        format_version: Of the card.
        name: Its folder below data/, such as "bank" or "models/transform".
        made_by: The stage of dvc.yaml that makes it.
        made_from: All artifacts behind it, direct or not: digests of their cards by name.
        files: SHA-256 of its files by their paths below its folder, sorted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: Literal[1] = 1
    name: str
    made_by: str
    made_from: dict[str, str]
    files: dict[str, str]

    @property
    def digest(self) -> str:
        """SHA-256 of all of this, by which other cards name the artifact; written into the card as well."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


@dataclass(frozen=True)
class Artifact:
    """An artifact on disk, with its card."""

    folder: Path
    card: ArtifactCard

    def behind_and_own(self) -> dict[str, str]:
        """Return the digests of all artifacts behind this one, and its own, by name."""
        return {**self.card.made_from, self.card.name: self.card.digest}

    def remedy(self, path: Path) -> str:
        """Return the command that brings a damaged file of the artifact back.

        DVC links its copies into the project: what was written through a link has damaged the copy, too, and
        `dvc checkout` would bring that back. Then the stage has to run again.
        """
        linked = path.is_symlink() or (path.is_file() and path.stat().st_nlink > 1)
        if linked:
            return f"run `dvc repro --force --single-item {self.card.made_by}`"
        return f"run `dvc checkout --force {self.folder}`, or `dvc repro {self.card.made_by}` where nothing is cached"

    def paths(self, pattern: str) -> list[Path]:
        """Return the files whose paths below the folder match a pattern (`fnmatch`), sorted.

        Raises:
            SimsError: One of the card's is not there, or there is one that the card does not name.
        """
        listed = fnmatch.filter(self.card.files, pattern)
        for fault in self._misplaced(listed, fnmatch.filter(file_names(self.folder), pattern)):
            raise fault
        return [self.folder / name for name in listed]

    def faults(self) -> list[SimsError]:
        """Return all that is wrong with the files: missing, foreign or damaged."""
        there = file_names(self.folder)
        faults = list(self._misplaced(self.card.files, there))
        for name in self.card.files.keys() & set(there):
            try:
                self.verified(self.folder / name)
            except SimsError as error:
                faults.append(error)
        return sorted(faults, key=str)

    def file(self, name: str) -> Path:
        """Return a file by its path below the folder, verified.

        Raises:
            SimsError: The card does not name it, or it is missing or damaged.
        """
        paths = self.paths(escape(name))
        if not paths:
            raise self._missing(name)
        return self.verified(paths[0])

    def _missing(self, name: str) -> SimsError:
        return SimsError(self.folder / name, "not found", remedy=f"run stage '{self.card.made_by}' first")

    def _misplaced(self, listed: Iterable[str], there: Iterable[str]) -> Iterator[SimsError]:
        yield from (self._missing(name) for name in sorted({*listed} - {*there}))
        for name in sorted({*there} - {*listed}):
            what = f"does not belong here, by {ARTIFACT_CARD}"
            yield SimsError(self.folder / name, what, remedy="remove it, then run `dvc repro`")

    def verified(self, path: Path) -> Path:
        """Return a file of `paths` after its content was compared with the card's digest.

        A file is read for that once per process, as long as its size and time stay the same.

        Raises:
            SimsError: The content is another.
        """
        expected = self.card.files[path.relative_to(self.folder).as_posix()]
        status = path.stat()
        found = _digest(path, status.st_size, status.st_mtime_ns, status.st_ino)
        if found != expected:
            raise SimsError(
                path,
                f"is damaged or another file: its SHA-256 is not that of {ARTIFACT_CARD}",
                expected=expected[:16],
                found=found[:16],
                remedy=self.remedy(path),
            )
        return path


def file_names(folder: Path) -> list[str]:
    """Return the paths of all files below a folder but its card, relative to the folder, sorted."""
    paths = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in paths if path != ARTIFACT_CARD)


@lru_cache(maxsize=4096)
def _digest(path: Path, size: int, modified_ns: int, inode: int) -> str:
    return sha256_of(path)


def open_artifact(folder: Path, made_by: str | None = None) -> Artifact:
    """Read the card of an artifact.

    Args:
        folder: Of the artifact.
        made_by: The stage that makes it, named in errors, where the caller knows it.

    Raises:
        SimsError: The folder or its card is missing or damaged.
    """
    path = folder / ARTIFACT_CARD
    for needed in (folder, path):
        if not needed.exists():
            remedy = "run `dvc repro`" if made_by is None else f"run stage '{made_by}' first"
            raise SimsError(needed, "not found", remedy=remedy)
    content = read_json(path, _REPRODUCE)
    told = content.pop("digest", None) if isinstance(content, dict) else None
    try:
        card = ArtifactCard.model_validate(content)
    except ValidationError as error:
        raise invalid(path, error, _REPRODUCE) from error
    if told != card.digest:
        raise SimsError(path, "is damaged: it does not fit its own digest", remedy=_REPRODUCE)
    return Artifact(folder, card)


def ancestry(inputs: Sequence[Path]) -> dict[str, str]:
    """Check that artifacts belong together; return the digests of them and of all artifacts behind them, by name.

    Args:
        inputs: Folders of artifacts.

    Raises:
        SimsError: A card is missing or damaged, or two of the artifacts come from different runs.
    """
    artifacts = [open_artifact(folder) for folder in inputs]
    for fault in mixtures(artifacts):
        raise fault
    digests = {name: digest for artifact in artifacts for name, digest in artifact.behind_and_own().items()}
    return dict(sorted(digests.items()))


def mixtures(artifacts: Iterable[Artifact]) -> Iterator[SimsError]:
    """Yield an error for each artifact, and each name, by which it does not belong to those before it."""
    told_by: dict[str, tuple[Path, str]] = {}
    for artifact in artifacts:
        for name, digest in artifact.behind_and_own().items():
            other, expected = told_by.setdefault(name, (artifact.folder, digest))
            if digest != expected:
                yield SimsError(
                    artifact.folder,
                    f"does not belong to {other}: they come from different '{name}'",
                    expected=f"'{name}' {expected[:12]}",
                    found=digest[:12],
                    remedy=_REPRODUCE,
                )


def check_together(*inputs: Path) -> None:
    """Raise SimsError unless artifacts come from one run; see `ancestry`."""
    ancestry(inputs)


@contextmanager
def new_artifact(folder: Path, name: str, made_by: str, inputs: Sequence[Path] = ()) -> Iterator[Path]:
    """Yield a temporary folder that becomes an artifact, with its card, when the block ends without an error.

    Args:
        folder: Of the artifact; what is there is replaced.
        name: Its folder below data/.
        made_by: The stage of dvc.yaml that makes it.
        inputs: The artifacts that it is made from.

    Raises:
        SimsError: The inputs do not belong together; raised before the block begins.
    """
    made_from = ancestry(inputs)
    with atomic_folder(folder) as temporary:
        yield temporary
        write_card(temporary, name, made_by, made_from)


def write_card(folder: Path, name: str, made_by: str, made_from: Mapping[str, str]) -> None:
    """Write the card of a folder whose files are all written."""
    files = {path: sha256_of(folder / path) for path in file_names(folder)}
    save_card(folder, ArtifactCard(name=name, made_by=made_by, made_from=dict(made_from), files=files))


def save_card(folder: Path, card: ArtifactCard) -> None:
    """Write a card as it is, with its digest."""
    write_json(folder / ARTIFACT_CARD, {**card.model_dump(mode="json"), "digest": card.digest})
