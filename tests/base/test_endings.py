"""How commands end that do not end well, seen from outside."""

import errno
import os
import signal
import subprocess
import sys
from functools import partial

import pytest

from sims_core.base.endings import STOPPED, StoppedFromOutside, say_ending
from sims_core.base.errors import SimsError
from tests.support.project import environment, run_command, run_process

STAGE = """
from sims_core.base.entry import run_stage
import sys
from functools import partial
from pathlib import Path
from sims_core.base.files import atomic_folder
from sims_core.base.parallel import parallel_map
from worker import wait

def main() -> None:
    with atomic_folder(Path("out")) as folder:
        (folder / "half").write_text("half")
        for _ in parallel_map(wait, list(range(8)), "wait"):
            pass

run_stage(main)
"""
# The first item says that workers are there, by way of a pipe.
WORKER = """
import os, signal, time

def wait(item: int) -> None:
    if item == 0 and os.path.exists("started"):
        os.close(os.open("started", os.O_WRONLY))
    {}
"""


@pytest.fixture(autouse=True)
def _signals_as_they_were():
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def start_stage(folder, deed):
    """Start the stage as a group of processes of its own, and return when a worker is at its first item."""
    (folder / "stage.py").write_text(STAGE)
    (folder / "worker.py").write_text(WORKER.format(deed))
    (folder / "dvc.yaml").write_text("")
    os.mkfifo(folder / "started")
    process = subprocess.Popen(
        [sys.executable, "stage.py", "--"],
        cwd=folder,
        env=environment() | {"SIMS_WORKERS": "2"},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A test run in the background of a script ignores Ctrl-C, and so would its children.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    with (folder / "started").open("rb"):
        (folder / "started").unlink()
        return process


def end_of(process):
    """The last line and the exit code; all else on stderr must be the progress bar."""
    said = process.communicate(timeout=60)[1]
    assert "Traceback" not in said
    # Those that were killed may be about to end.
    assert any(not alive(process.pid) for _ in range(100))
    return said.strip().splitlines()[-1], process.returncode


def alive(group):
    """The processes of a group, but for ended ones that nobody waited for and those that look after semaphores."""
    found = subprocess.run(["ps", "-eo", "pgid=,stat=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in found.splitlines()]
    return [args for number, state, args in rows if int(number) == group and state[0] != "Z" and "tracker" not in args]


@pytest.mark.parametrize(("number", "name"), [(signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM")])
def test_a_stage_that_is_stopped_says_so_and_leaves_nothing(tmp_path, number, name):
    process = start_stage(tmp_path, "time.sleep(600)")
    os.killpg(process.pid, number)
    line, code = end_of(process)
    assert (line, code) == (f"stopped: sims -- was ended by {name}; what it had not finished is removed", STOPPED)
    assert not (tmp_path / "out").exists()
    assert list((tmp_path / ".sims/tmp").iterdir()) == []


def test_a_lost_worker_is_one_line(tmp_path):
    process = start_stage(tmp_path, "os.kill(os.getpid(), signal.SIGKILL)")
    line, code = end_of(process)
    assert code == 1
    assert line.startswith("error: wait: 0: a worker process was lost 3 times, by want of memory as a rule; ")


def test_what_interrupts_an_import_is_one_line(tmp_path):
    for error, message, code in [
        ("KeyboardInterrupt", "stopped: sims was ended by Ctrl-C", -signal.SIGINT),
        ("ValueError('x\\ny')", "error: internal error, please report: ValueError: x y; details in ", 1),
    ]:
        result = run_process(tmp_path, "-c", f"import sims_core.base.entry; raise {error}")
        assert result.returncode == code
        (line,) = result.stderr.splitlines()
        assert line.startswith(message)


def test_a_defect_is_one_line_and_a_log(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dvc.yaml").write_text("")

    def defect():
        raise ZeroDivisionError("by zero")

    with pytest.raises(ZeroDivisionError) as caught:
        defect()
    assert say_ending(caught.value) == 1
    (log,) = (tmp_path / ".sims/logs").iterdir()
    expected = f"error: internal error, please report: ZeroDivisionError: by zero; details in {log}\n"
    assert capsys.readouterr().err == expected
    text = log.read_text()
    assert "in defect" in text
    assert "numpy 2" in text


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (SimsError("file", "is wrong"), "error: file: is wrong"),
        (OSError(errno.ENOSPC, "No space left on device", "data/x"), "error: data/x: cannot be read or written"),
        (MemoryError(), "out of memory; make room, set SIMS_WORKERS"),
        (StoppedFromOutside(signal.SIGTERM), "was ended by SIGTERM"),
    ],
)  # fmt: skip
def test_every_kind_of_ending_is_one_line(capsys, error, line):
    say_ending(error)
    said = capsys.readouterr().err
    assert line in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("text", ["abc", "-1", "0", "1.5", "999999", "٣"])
def test_a_wrong_number_of_workers_is_refused(tmp_path, monkeypatch, text):
    monkeypatch.setenv("SIMS_WORKERS", text)
    (tmp_path / "params.yaml").write_text("")
    code = "from sims_core.base.engines import num_workers; num_workers()"
    result = run_process(tmp_path, "-c", f"import sims_core.base.entry; {code}")
    assert result.returncode == 1
    assert "error: SIMS_WORKERS: environment variable, expected a whole number from 1 to" in result.stderr


def test_a_stage_that_may_not_write(tmp_path):
    """The folder of the output is a file."""
    (tmp_path / "data").write_text("")
    result = run_command(tmp_path, "stages.prepare", "--params", "none.yaml")
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
