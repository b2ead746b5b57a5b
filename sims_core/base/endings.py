"""How a command ends that does not end well: one line on stderr and an exit code, never a traceback.

A user's mistake and what a disk refuses are said as they are. Anything else is a defect of this project: its traceback
goes to a log file, and the line names the file.
"""

from __future__ import annotations

import os
import platform
import signal
import sys
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from sims_core.base.disk import refused
from sims_core.base.errors import SimsError
from sims_core.base.places import project_folder
from sims_core.base.processes import end_workers
from sims_core.base.versions import package_versions

FAILED, STOPPED = 1, 130


class StoppedFromOutside(BaseException):
    """Ctrl-C or SIGTERM; no Exception, so that nothing on the way takes it for an error of its own."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)


def say_ending(error: BaseException) -> int:
    """Say in one line on stderr why a command ends, end its worker processes, and return its exit code.

    Args:
        error: What ended the command.

    Returns:
        130 where the command was stopped by Ctrl-C or SIGTERM, or else 1.
    """
    # Nothing that follows takes long, and a second Ctrl-C should not break off the line.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    end_workers(at_once=True)
    print(_line(error), file=sys.stderr, flush=True)  # noqa: T201
    return STOPPED if isinstance(error, StoppedFromOutside | KeyboardInterrupt) else FAILED


def end_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Say what nobody caught, while modules are imported for instance; for `sys.excepthook`."""
    say_ending(error)


def command_name() -> str:
    """Return the command that runs as its user typed it: `sims data`, `stages.prepare`."""
    script = Path(sys.argv[0])
    if script.parent.name == "stages":
        return f"stages.{script.stem}"
    return " ".join(["sims", *sys.argv[1:2]])


def _line(error: BaseException) -> str:
    if isinstance(error, SimsError):
        return f"error: {error}"
    if isinstance(error, StoppedFromOutside | KeyboardInterrupt):
        reason = "Ctrl-C" if str(error) != "SIGTERM" else "SIGTERM"
        return f"stopped: {command_name()} was ended by {reason}; what it had not finished is removed"
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        remedy = "make room, set SIMS_WORKERS to fewer processes, or make pictures or batches smaller"
        return f"error: {SimsError(command_name(), 'out of memory', remedy=remedy)}"
    if isinstance(error, OSError) and error.errno is not None:
        return f"error: {refused(error, command_name())}"
    # The item at which workers failed is a note.
    notes = "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
    what = " ".join(f"{type(error).__name__}: {error}{notes}".split())
    return f"error: internal error, please report: {what[:300]}; {_log(error)}"


def _log(error: BaseException) -> str:
    """Write the traceback and what is needed to understand it to a file; return where it is, in words."""
    now = datetime.now(UTC)
    lines = [
        f"command: {' '.join(sys.argv)}",
        f"time: {now.isoformat(timespec='seconds')}",
        f"system: {platform.platform()}, Python {platform.python_version()}",
        f"packages: {', '.join(f'{name} {version}' for name, version in package_versions().items())}",
        "",
        *traceback.format_exception(error),
    ]
    project = project_folder(Path.cwd())
    name = f"sims-{now:%Y%m%dT%H%M%S}-{os.getpid()}.log"
    for folder in ([] if project is None else [project / ".sims/logs"]) + [Path(tempfile.gettempdir())]:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        except OSError:
            continue
        return f"details in {folder / name}"
    return "its details could not be written, as there is no room"
