"""DVC's stages -> the same stages run, several at a time, each by a `dvc repro` of its own.

DVC runs one stage at a time, and small trainings leave cores idle that way. Which stages there are, what each waits for
and whether it has to run stays DVC's affair.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import networkx as nx

from sims_core.base.errors import SimsError
from sims_core.base.files import read_json
from sims_core.base.parallel import progress_bar

# Where the output of each stage goes, below the project.
LOGS = Path(".sims/logs")
_NODE = re.compile(r'^"([^"]+)";$')
_EDGE = re.compile(r'^"([^"]+)" -> "([^"]+)";$')
_POLL_S = 0.1
_UNKNOWN_S = 1.0


@dataclass
class Schedule:
    """Which stages are next: of those that can begin the one with the longest way to the end.

    Attributes:
        graph: From each stage to those that wait for it.
        seconds: How long stages take; those not named count 1 s.
    """

    graph: nx.DiGraph[str]
    seconds: Mapping[str, float]
    _begun: set[str] = field(default_factory=set, init=False)
    _ended: set[str] = field(default_factory=set, init=False)
    _way_s: dict[str, float] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for stage in reversed(list(nx.topological_sort(self.graph))):
            after = max((self._way_s[later] for later in self.graph.successors(stage)), default=0.0)
            self._way_s[stage] = self.seconds.get(stage, _UNKNOWN_S) + after

    @property
    def is_done(self) -> bool:
        """Whether all stages have ended."""
        return len(self._ended) == len(self.graph)

    def begin(self) -> str | None:
        """Return the stage that begins now; None while all that is left waits for others."""
        ready = [
            stage
            for stage in self.graph
            if stage not in self._begun and self._ended.issuperset(self.graph.predecessors(stage))
        ]
        chosen = min(ready, key=lambda stage: (-self._way_s[stage], stage), default=None)
        if chosen is not None:
            self._begun.add(chosen)
        return chosen

    def end(self, stage: str) -> None:
        """Note that a stage has ended."""
        self._ended.add(stage)


def run_pipeline(project: Path, stages: Sequence[str], jobs: int) -> None:
    """Run stages and all that they wait for, as `dvc repro` would, up to `jobs` at a time.

    A progress bar names what is running. The output of each stage goes to a file below `LOGS`.

    Args:
        project: The checkout.
        stages: Names as `dvc stage list` gives them; none for all.
        jobs: Number of stages at a time.

    Raises:
        SimsError: DVC reads no pipeline, a stage is unknown, or a stage failed. No further stage begins then, and those
            that are running come to their end.
    """
    graph = wanted_part(read_graph(project), stages, project)
    schedule = Schedule(graph, _seconds(project, graph))
    failed: list[str] = []
    with progress_bar() as progress, _stopped_with_us() as running:
        task = progress.add_task("stages", total=len(graph), note="")
        while running or not (schedule.is_done or failed):
            while len(running) < jobs and not failed and (stage := schedule.begin()):
                running[stage] = _start(project, stage)
            progress.update(task, note=", ".join(running))
            time.sleep(_POLL_S)
            for stage in [stage for stage, process in running.items() if process.poll() is not None]:
                if running.pop(stage).returncode:
                    failed.append(stage)
                schedule.end(stage)
                progress.advance(task)
    if failed:
        log = _log_of(failed[0])
        raise SimsError(
            f"stage '{failed[0]}'", "failed", found=_reason(project / log), remedy=f"{log} holds all that it said"
        )


def read_graph(project: Path) -> nx.DiGraph[str]:
    """Return DVC's graph of stages, from each stage to those that wait for it; SimsError where DVC reads none."""
    command = [sys.executable, "-m", "dvc", "dag", "--dot"]
    told = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)  # noqa: S603
    if told.returncode:
        raise SimsError(project, "DVC reads no pipeline here", found=told.stderr)
    graph: nx.DiGraph[str] = nx.DiGraph()
    for line in told.stdout.splitlines():
        if node := _NODE.match(line):
            graph.add_node(node[1])
        elif edge := _EDGE.match(line):
            graph.add_edge(edge[1], edge[2])
    return graph


def wanted_part(graph: nx.DiGraph[str], stages: Sequence[str], project: Path) -> nx.DiGraph[str]:
    """Return the part of a graph that stages and all they wait for make, or all of it for no stages."""
    for stage in stages:
        if stage not in graph:
            raise SimsError(project / "dvc.yaml", f"has no stage '{stage}'", expected=f"one of {', '.join(graph)}")
    wanted = set(stages or graph).union(*(nx.ancestors(graph, stage) for stage in stages))
    return graph.subgraph(stage for stage in graph if stage in wanted).copy()


def _seconds(project: Path, stages: Iterable[str]) -> dict[str, float]:
    """Return how long stages took when they last ran, for those that have run."""
    files = {stage: project / "metrics/cost" / f"{stage.replace('@', '_')}.json" for stage in stages}
    return {stage: float(read_json(file, stage)["seconds"]) for stage, file in files.items() if file.is_file()}


def _start(project: Path, stage: str) -> subprocess.Popen[bytes]:
    log = project / _log_of(stage)
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "dvc", "--wait-for-lock", "repro", "--single-item", stage]
    with log.open("wb") as output:
        return subprocess.Popen(  # noqa: S603
            command, cwd=project, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )


@contextmanager
def _stopped_with_us() -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Lend a table of running processes; whatever ends the block, they are stopped and waited for."""
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        yield running
    finally:
        # DVC leaves its locks in order after Ctrl-C alone, which jobs in the background of a script never hear.
        is_deaf = signal.getsignal(signal.SIGINT) == signal.SIG_IGN
        for process in running.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM if is_deaf else signal.SIGINT)
        for process in running.values():
            process.wait()
            _wait_for_group(process.pid)


def _wait_for_group(group: int) -> None:
    """Wait until no process of a group is left: ended by SIGTERM, DVC is gone before its stage is."""
    with suppress(ProcessLookupError):
        while True:
            os.killpg(group, 0)
            time.sleep(_POLL_S)


def _log_of(stage: str) -> Path:
    return LOGS / f"{stage}.txt"


def _reason(log: Path) -> str:
    """Return the line of a stage's output that says why it failed, or its last line."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    told = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    return (told or lines or ["nothing said"])[-1]
