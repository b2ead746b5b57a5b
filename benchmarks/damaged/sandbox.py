"""Runs a command on a copy of a project and says what became of it.

Each case is a child of a process that has imported everything already, which saves the two seconds of a cold start.
The child equals a cold start as far as the case can tell. No stage or command ran before the fork, so nothing is
cached and no thread pool has started. Working folder, arguments, environment, temporary folder and standard streams
are set in the child. What is read from the environment while Python or a library starts is out of reach.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import resource
import runpy
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

LIMIT_S = 20
# Of the wall, on a machine that others use as well.
PATIENCE_S = 90
_MEMORY_BYTES = 12 * 2**30
_LONGEST_LINE = 1500

_BEFORE = "before.json"

Stat = tuple[int, int, int]


@dataclass(frozen=True)
class Command:
    """What is run.

    Attributes:
        name: In tables.
        words: `sims` or the module of a stage, and its arguments.
        reads: Files below the project that it reads, in groups: of each group one is damaged at a time.
        environment: Variables beside those of the process.
        report: A file that is written whatever comes out: the list of faults.
    """

    name: str
    words: tuple[str, ...]
    reads: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    report: str | None = None


@dataclass(frozen=True)
class Case:
    """A command and the damage done before it.

    Attributes:
        command: What is run.
        kind: Of the damage, in tables.
        what: Which file, key or option is damaged.
        damage: Does it, in the folder of the copy.
        must_be_refused: True: no other result is right. False: the damage may be a right value, so that any result
            without a fault of its own is right. None: refused, or the same result as without damage.
    """

    command: Command
    kind: str
    what: str
    damage: Callable[[Path], None]
    must_be_refused: bool | None = None


@dataclass(frozen=True)
class Run:
    """How a command ended.

    Attributes:
        code: Exit status; negative for a signal.
        seconds: Of the wall.
        cpu_seconds: Of the processor.
        said: Standard output.
        complained: Standard error.
        changed: The SHA-256 of every file that is new or other than before, None for one that has gone.
    """

    code: int
    seconds: float
    cpu_seconds: float
    said: str
    complained: str
    changed: Mapping[str, str | None]


@dataclass
class _Child:
    number: int
    place: Path
    started: float


def run_all(template: Path, cases: Sequence[Case], work: Path, num_jobs: int) -> Iterator[tuple[int, Run]]:
    """Run every case on a copy of `template`, `num_jobs` at a time; yield (number of the case, how it ended)."""
    waiting = list(enumerate(cases))[::-1]
    running: dict[int, _Child] = {}
    while waiting or running:
        while waiting and len(running) < num_jobs:
            number, case = waiting.pop()
            place = work / str(number)
            copy_linked(template, place / "project")
            process = os.fork()
            if process == 0:
                _run(case, place)
            running[process] = _Child(number, place, time.monotonic())
        process, status, usage = os.wait4(-1, os.WNOHANG)
        if process:
            child = running.pop(process)
            yield child.number, _ended(child, status, usage.ru_utime + usage.ru_stime)
            shutil.rmtree(child.place)
            continue
        for process, child in running.items():
            if time.monotonic() - child.started > PATIENCE_S:
                os.killpg(process, signal.SIGKILL)
        time.sleep(0.01)


def copy_linked(source: Path, target: Path) -> None:
    """Copy a folder, its files as hard links."""
    shutil.copytree(source, target, copy_function=os.link, symlinks=True)


def stats(folder: Path) -> dict[str, Stat]:
    """Return inode, size and time of every file below a folder, but those of unfinished work and logs (.sims)."""
    found = {}
    for path in folder.rglob("*"):
        if (path.is_symlink() or path.is_file()) and not {".sims", ".git", ".dvc"} & set(
            path.relative_to(folder).parts
        ):
            stat = path.lstat()
            found[str(path.relative_to(folder))] = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
    return found


def _run(case: Case, place: Path) -> NoReturn:
    """Do the damage and be the command: the child's part."""
    command, code = case.command, 70
    try:
        os.setsid()
        atexit._clear()  # what the parent has to clean up is not the child's
        os.chdir(place / "project")
        for number, name in ((1, "said"), (2, "complained")):
            descriptor = os.open(place / name, os.O_WRONLY | os.O_CREAT, 0o644)
            os.dup2(descriptor, number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        case.damage(Path())
        (place / _BEFORE).write_text(json.dumps(stats(Path())))
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (LIMIT_S * 2, LIMIT_S * 2))
        (place / "tmp").mkdir()
        os.environ.update({"TMPDIR": str(place / "tmp"), "COLUMNS": "200", "SIMS_WORKERS": "1"})
        os.environ.update(command.environment)
        tempfile.tempdir = None
        module, *words = command.words
        sys.argv = [f"stages/{module.removeprefix('stages.')}.py" if module != "sims" else "sims", *words]
        # Everything is imported already, of which this would be said.
        warnings.filterwarnings("ignore", category=RuntimeWarning, module="runpy|<frozen runpy>")
        try:
            runpy.run_module("sims_core.cli" if module == "sims" else module, run_name="__main__")
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        atexit._run_exitfuncs()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _ended(child: _Child, status: int, cpu_seconds: float) -> Run:
    project = child.place / "project"
    if not (child.place / _BEFORE).is_file():
        raise RuntimeError(f"the damage failed: {status} {(child.place / 'complained').read_text()}")
    before, after = json.loads((child.place / _BEFORE).read_text()), stats(project)
    changed: dict[str, str | None] = {
        name: digest(project / name) for name, stat in after.items() if before.get(name) != list(stat)
    }
    changed |= {name: None for name in before if name not in after}
    if any((child.place / "tmp").iterdir()):
        changed["../tmp"] = "left"
    changed |= {f"../{path.name}": "outside" for path in child.place.iterdir() if path.name not in _OWN}
    said, complained = ((child.place / name).read_text(errors="replace") for name in ("said", "complained"))
    return Run(
        os.waitstatus_to_exitcode(status), time.monotonic() - child.started, cpu_seconds, said, complained, changed
    )


_OWN = ("project", "said", "complained", "tmp", _BEFORE)


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, or where a link leads."""
    return f"-> {path.readlink()}" if path.is_symlink() else hashlib.sha256(path.read_bytes()).hexdigest()


ONE_LINE, HARMLESS, RIGHT = "one line", "same result", "right value"
BAD = ("traceback", "crash", "hang", "no clear line", "accepted though wrong", "artifact changed")


def judge(case: Case, run: Run, reference: Sequence[Run]) -> str:
    """Return what became of a case: one of `ONE_LINE`, `HARMLESS`, `RIGHT` or `BAD`.

    Args:
        case: What was run.
        run: How it ended.
        reference: The command without damage, twice: what differs between these two says nothing.
    """
    if run.cpu_seconds > LIMIT_S or run.seconds > PATIENCE_S:
        return "hang"
    if "Traceback (most recent call last)" in run.complained or "internal error" in run.complained:
        return "traceback"
    if run.code < 0:
        return "crash"
    if run.code:
        # What a command began to write counts here as well as what it should not have touched.
        if run.changed.keys() - {case.command.report}:
            return "artifact changed"
        return ONE_LINE if is_clear(run) else "no clear line"
    if case.must_be_refused is not None:
        return "accepted though wrong" if case.must_be_refused else RIGHT
    return HARMLESS if outcome(run, reference) == outcome(reference[0], reference) else "accepted though wrong"


def is_clear(run: Run) -> bool:
    """Return whether a failed command said what is wrong in one line, or lists faults as `sims data check` does."""
    lines = [line for line in run.complained.splitlines() if line.startswith(("error: ", "Error: "))]
    if lines:
        return len(lines) == 1 and len(lines[0]) <= _LONGEST_LINE
    return run.said.startswith(("fault: ", "warning: ")) or "\nfault: " in run.said


def outcome(run: Run, reference: Sequence[Run]) -> tuple[object, ...]:
    """Return what a run made and said, without what differs between the runs of the reference."""
    first, second = reference
    names = {name for name in {*first.changed, *second.changed} if first.changed.get(name) != second.changed.get(name)}
    said = run.said if first.said == second.said else ""
    return said, {name: value for name, value in run.changed.items() if name not in names}
