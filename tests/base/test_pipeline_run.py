"""Stages several at a time: the schedule by hand, and a small pipeline of DVC."""

import os
import subprocess
import sys

import networkx as nx
import pytest

from sims_core.base import pipeline_run
from sims_core.base.errors import SimsError
from sims_core.base.pipeline_run import LOGS, Schedule, read_graph, run_pipeline, wanted_part

# two -> both -> last, and one -> both; apart waits for nothing.
GRAPH = nx.DiGraph([("one", "both"), ("two", "both"), ("both", "last")])
GRAPH.add_node("apart")


def test_the_longest_way_to_the_end_begins_first():
    schedule = Schedule(GRAPH, {"one": 5, "two": 3, "both": 2, "apart": 9})
    assert schedule.begin() == "apart"  # 9, where one has 5 + 2 + 1 and two 3 + 2 + 1
    assert schedule.begin() == "one"
    assert schedule.begin() == "two"
    assert schedule.begin() is None
    schedule.end("one")
    assert schedule.begin() is None
    schedule.end("two")
    assert schedule.begin() == "both"
    for stage in ("apart", "both"):
        schedule.end(stage)
    assert not schedule.is_done
    assert schedule.begin() == "last"
    schedule.end("last")
    assert schedule.is_done


def test_equal_ways_go_by_name():
    schedule = Schedule(GRAPH, {})
    assert [schedule.begin() for _ in range(4)] == ["one", "two", "apart", None]


def test_a_part_is_what_the_stages_wait_for(tmp_path):
    assert set(wanted_part(GRAPH, ["both", "apart"], tmp_path)) == {"one", "two", "both", "apart"}
    assert set(wanted_part(GRAPH, [], tmp_path)) == set(GRAPH)
    with pytest.raises(SimsError, match=r"dvc\.yaml: has no stage 'thre', expected one of one, both, two, last"):
        wanted_part(GRAPH, ["thre"], tmp_path)


# What it is given to read and the stage's name go into the stage's file.
SCRIPT = """
import sys
name, *read = sys.argv[1:]
if name == "{broken}":
    sys.exit("error: no ink")
open(name, "w").write("".join(open(other).read() for other in read) + name)
"""
STAGE = "  {name}:\n    cmd: {python} write.py {name} {read}\n    deps: [{deps}]\n    outs: [{name}]\n"


@pytest.fixture
def pipeline(tmp_path):
    """a -> b and c -> d."""
    subprocess.run([sys.executable, "-m", "dvc", "init", "--quiet", "--no-scm"], cwd=tmp_path, check=True)
    (tmp_path / "write.py").write_text(SCRIPT)
    stages = [
        STAGE.format(name=name, python=sys.executable, read=" ".join(read), deps=", ".join(read))
        for name, read in {"a": "", "b": "a", "c": "a", "d": "bc"}.items()
    ]
    (tmp_path / "dvc.yaml").write_text("stages:\n" + "".join(stages))
    return tmp_path


def test_stages_run_as_dvc_would_run_them(pipeline):
    assert set(read_graph(pipeline).edges) == {("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")}
    run_pipeline(pipeline, [], 2)
    assert (pipeline / "d").read_text() == "abacd"
    told = subprocess.run([sys.executable, "-m", "dvc", "status"], cwd=pipeline, capture_output=True, text=True)
    assert "up to date" in told.stdout
    assert "Running stage 'd'" in (pipeline / LOGS / "d.txt").read_text()


def test_a_failure_is_named_and_nothing_begins_after_it(pipeline):
    (pipeline / "write.py").write_text(SCRIPT.format(broken="b"))
    with pytest.raises(SimsError, match=r"stage 'b': failed, found no ink; \.sims/logs/b\.txt holds all that it said"):
        run_pipeline(pipeline, ["d"], 2)
    assert not (pipeline / "d").exists()


def test_whatever_ends_the_command_no_stage_goes_on(pipeline, monkeypatch):
    os.mkfifo(pipeline / "never")
    waits = "import os; open('pid', 'w').write(str(os.getpid())); open('never').read()"
    (pipeline / "write.py").write_text(waits)
    wait = pipeline_run.time.sleep
    presses = iter([KeyboardInterrupt])

    def stopped(seconds):
        wait(seconds)
        if (pipeline / "pid").exists() and (pipeline / "pid").read_text():
            for press in presses:
                raise press

    monkeypatch.setattr(pipeline_run.time, "sleep", stopped)
    with pytest.raises(KeyboardInterrupt):
        run_pipeline(pipeline, [], 2)
    with pytest.raises(ProcessLookupError):
        os.kill(int((pipeline / "pid").read_text()), 0)


def test_where_there_is_no_pipeline_one_line_says_so(tmp_path):
    with pytest.raises(SimsError, match="DVC reads no pipeline"):
        run_pipeline(tmp_path, [], 1)
