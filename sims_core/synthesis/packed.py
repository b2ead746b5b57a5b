"""A finished project, as a folder or as one file -> the folder that a `Synthesizer` opens.

The file is a zip of plain stored files, so that an archive made to do harm is refused before anything is written.
"""

from __future__ import annotations

import atexit
import errno
import shutil
import stat
import tempfile
from pathlib import Path
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from sims_core.base.artifacts import ARTIFACT_CARD
from sims_core.base.disk import refused
from sims_core.base.errors import SimsError

PARAMS = "params.yaml"
CLASSES = "data/scenes/classes.json"
SCENES_CARD = f"data/scenes/{ARTIFACT_CARD}"
CREDITS = "CREDITS.json"
BANK = "data/bank"
MODELS = ("data/models/transform", "data/models/ordering", "data/models/synthesis")
# For coarse layouts alone.
LAYOUT_MODEL = "data/models/layout"

_FILES = (PARAMS, CLASSES, SCENES_CARD, CREDITS)
_FOLDERS = (BANK, *MODELS, LAYOUT_MODEL)


def open_project(project: Path) -> Path:
    """Return the folder of a finished project.

    Args:
        project: The folder itself, or a file of `sims project pack`. The file is unpacked into a temporary folder,
            which is removed when the process ends.

    Raises:
        SimsError: There is neither, or the file is damaged or holds anything else than the parts of a project.
    """
    if project.is_dir():
        return project
    if not project.is_file():
        raise SimsError(project, "project not found", expected="a folder, or a file of `sims project pack`")
    try:
        with ZipFile(project) as archive:
            _check(archive.infolist(), project)
            return _unpacked(archive)
    except (BadZipFile, EOFError, OSError, RuntimeError, ValueError) as error:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise refused(error, tempfile.gettempdir()) from error
        raise SimsError(
            project,
            "cannot be unpacked",
            found=str(error) or "too early an end",
            remedy="make it again with `sims project pack`",
        ) from error


def _check(entries: list[ZipInfo], project: Path) -> None:
    """Raise SimsError unless all entries are stored files below a project's parts, together no larger than the zip."""
    for entry in entries:
        if not _is_part(entry.filename):
            raise SimsError(project, f"holds '{entry.filename}', which is no part of a packed project")
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in (0, stat.S_IFREG) or entry.compress_type != ZIP_STORED:
            raise SimsError(project, f"'{entry.filename}' is a link or compressed", expected="a plain stored file")
    if len({entry.filename for entry in entries}) < len(entries):
        raise SimsError(project, "holds two files of one name")
    num_bytes = sum(entry.file_size for entry in entries)
    if num_bytes > project.stat().st_size:
        raise SimsError(project, "holds more than fits into it", found=f"{num_bytes} bytes")


def _is_part(name: str) -> bool:
    below = any(name.startswith(f"{folder}/") for folder in _FOLDERS)
    return (name in _FILES or below) and "\\" not in name and not {"", ".", ".."} & set(name.split("/"))


def _unpacked(archive: ZipFile) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="sims-project-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for entry in archive.infolist():
        path = folder / entry.filename
        path.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(entry) as source, path.open("xb") as target:
            shutil.copyfileobj(source, target)
    return folder
