"""Six stages on a Dask cluster of this machine: same bytes as one process, a killed worker, the price beside loky.

    pip install -e ".[dask]"
    python -m benchmarks.cluster              # in a finished project, of the tiny preset for instance

Each stage runs in one process, over loky's processes and over as many Dask workers, into temporary folders. In three
of the stages a Dask worker is killed while it works on an item. Efficiency is measured on one map, the cutting of
photos into bank segments, with warm workers and alternating: items per second, and processor seconds of all processes.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Annotated, Any

import psutil
import typer
from distributed import Client, LocalCluster

from sims_core.bank.extract import ExtractBankConfig, bank_segments
from sims_core.base.files import sha256_of
from sims_core.base.parallel import parallel_map
from sims_core.base.parameters import load_parameters
from sims_core.formats.scenes import SceneReader

# Its folder in data/, and where else it writes.
_STAGES = {
    "prepare": ["--figures"],
    "extract_bank": ["--metrics"],
    "simulate": ["--figures"],
    "retrieve": ["--figures"],
    "compose": [],
    "synthesize": [],
}
_KILLED = ("simulate", "compose", "synthesize")
_NUM_ITEMS = 240
_NUM_ROUNDS = 3


def main(
    stages: Annotated[list[str] | None, typer.Argument(help="Stages to compare; all six by default.")] = None,
    num_workers: Annotated[int, typer.Option(help="Of loky and of Dask.")] = 4,
) -> None:
    """Compare bytes stage by stage, then the cost of the two engines."""
    quiet: dict[str, Any] = {"dashboard_address": None, "silence_logs": 50}
    with (
        LocalCluster(n_workers=num_workers, threads_per_worker=1, **quiet) as cluster,
        Client(cluster) as client,
        tempfile.TemporaryDirectory(prefix="sims-cluster-") as place,
    ):
        engines = {
            "one process": {"SIMS_WORKERS": "1"},
            f"loky, {num_workers} processes": {"SIMS_WORKERS": str(num_workers)},
            f"Dask, {num_workers} workers": {"SIMS_ENGINE": "dask", "SIMS_SCHEDULER": cluster.scheduler_address},
        }
        for stage in stages or _STAGES:
            digests = []
            for name, variables in engines.items():
                out = Path(place) / stage / name
                disturb = partial(_kill_one, client) if "SIMS_ENGINE" in variables and stage in _KILLED else None
                before_s, started = _processor_s(), time.perf_counter()
                _run(stage, out, variables, disturb)
                seconds, processor_s = time.perf_counter() - started, _processor_s() - before_s
                digests.append(_digests(out))
                killed = ", a worker killed" if disturb else ""
                print(f"{stage}: {name}{killed}: {seconds:.1f} s, {processor_s:.1f} processor seconds", flush=True)
            same = all(found == digests[0] for found in digests)
            print(f"{stage}: {len(digests[0])} files, {'the same bytes' if same else 'OTHER BYTES'}", flush=True)
        _efficiency({name: variables for name, variables in engines.items() if name != "one process"})


def _run(stage: str, out: Path, variables: dict[str, str], disturb: Callable[[Event], None] | None) -> None:
    command = [sys.executable, "-m", f"stages.{stage}", "--out", str(out)]
    for option in _STAGES[stage]:
        command += [option, str(out.with_name(f"{out.name}.json"))]
    ended = Event()
    disturbing = Thread(target=disturb, args=(ended,)) if disturb else None
    if disturbing:
        disturbing.start()
    try:
        # A command of this file alone.
        subprocess.run(command, env=os.environ | variables, check=True, stderr=subprocess.DEVNULL)  # noqa: S603
    finally:
        ended.set()
        if disturbing:
            disturbing.join()


def _kill_one(client: Client, ended: Event) -> None:
    """Kill a worker while it works on an item."""
    processes = client.run(os.getpid)
    while not ended.wait(0.05):
        busy = [worker for worker, items in client.processing().items() if items]
        if busy:
            os.kill(processes[busy[0]], signal.SIGKILL)
            return
    print("the stage ended before a worker could be killed")


def _digests(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): sha256_of(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def _efficiency(engines: dict[str, dict[str, str]]) -> None:
    config = load_parameters(Path("params.yaml")).section("extract_bank", ExtractBankConfig)
    scenes = Path("data/scenes")
    ids = SceneReader(scenes).ids("train")
    items = [ids[number % len(ids)] for number in range(_NUM_ITEMS)]
    rates: dict[str, list[float]] = {name: [] for name in engines}
    costs: dict[str, list[float]] = {name: [] for name in engines}
    for number in range(1 + _NUM_ROUNDS):
        for name, variables in engines.items():
            for variable in ("SIMS_ENGINE", "SIMS_SCHEDULER"):
                os.environ.pop(variable, None)
            os.environ |= variables
            before_s, started = _processor_s(), time.perf_counter()
            for _ in parallel_map(partial(_cut, scenes=scenes, config=config), items, name):
                pass
            if number:  # the first round starts workers
                rates[name].append(_NUM_ITEMS / (time.perf_counter() - started))
                costs[name].append((_processor_s() - before_s) / _NUM_ITEMS)
    for name in engines:
        rate, cost = statistics.median(rates[name]), statistics.median(costs[name])
        print(f"cut photos: {name}: {rate:.1f} items/s, {1000 * cost:.1f} processor ms per item")
    loky, dask = (statistics.median(found) for found in rates.values())
    loky_cost, dask_cost = (statistics.median(found) for found in costs.values())
    print(f"efficiency of Dask: {dask / loky:.2f} by wall time, {loky_cost / dask_cost:.2f} by processor time")


def _cut(scene_id: str, scenes: Path, config: ExtractBankConfig) -> list[Any]:
    # Functions of a script travel by value, and what they use with them; what they import does not.
    from sims_core.formats.scenes import open_scenes

    reader = open_scenes(scenes)
    return bank_segments(reader.load(scene_id), reader.classes, config)


def _processor_s() -> float:
    """Return what this process and all below it have used, ended ones included."""
    this = psutil.Process()
    times = [process.cpu_times() for process in (this, *this.children(recursive=True))]
    return float(sum(used.user + used.system + used.children_user + used.children_system for used in times))


if __name__ == "__main__":
    typer.run(main)
