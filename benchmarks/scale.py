"""What every stage costs as frames and datasets grow, and from it a plan for Cityscapes and ADE20K.

    python -m benchmarks.scale                                        # frames of 128 to 1024 rows; 100 and 1,000 scenes
    python -m benchmarks.scale --height 128 --height 256 --scenes 100

Renders streets into projects of its own, runs the stages without DVC, and prints Markdown tables. Networks have the
demo's widths and learn for few steps. What a stage costs before its first photo, or its second step, is measured in a
project of few small scenes and taken off. Memory is the largest sum of what a stage's process and its workers have to
themselves, and of the files, libraries among them, that the one of them maps which maps the most. Growth with the
number of scenes is that of one process: stages start workers for many items only, which would look like growth.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import psutil
import typer
from ruamel.yaml import YAML

from benchmarks.clones import ROOT, environment
from sims_core.base.presets import compose_preset

# In flow order, with what a stage's cost is counted by.
PER = {
    "prepare": "photo",
    "extract_bank": "photo",
    "train_depth": "step",
    "estimate_depth": "photo",
    "simulate": "photo",
    "train_transform": "step",
    "train_ordering": "step",
    "train_perceptual": "step",
    "train_synthesis": "step",
    "train_segmenter": "step",
    "train_layout": "step",
    "retrieve": "layout",
    "compose": "layout",
    "synthesize": "layout",
    "evaluate": "layout",
}
NUM_VARIANTS = 2  # of simulated canvases, as in the presets of the datasets
SMALL_PX = 64  # height of the frames of which there are many
MIB, GIB = 2**20, 2**30
_SAMPLED_EVERY_S = 0.1


@dataclass(frozen=True)
class Project:
    """A project of rendered streets.

    Attributes:
        height_px: Of its frames; they are twice as wide.
        num_photos: For training.
        num_layouts: Unseen.
        num_steps: Of every training, after the first one.
    """

    height_px: int
    num_photos: int
    num_layouts: int
    num_steps: int = 48

    def count(self, stage: str) -> int:
        """Return by how many photos, steps or layouts a stage's cost is divided."""
        if stage in ("prepare", "estimate_depth"):
            return self.num_photos + self.num_layouts
        return {"photo": self.num_photos, "step": self.num_steps, "layout": self.num_layouts}[PER[stage]]


@dataclass(frozen=True)
class Cost:
    """What one stage took, or takes for one photo, step or layout (but the memory, which is always the stage's).

    Attributes:
        seconds: Wall time.
        processor_s: Of the process and its workers.
        memory_bytes: See the module's docstring.
        disk_bytes: By which the project's data grew.
    """

    seconds: float
    processor_s: float
    memory_bytes: int
    disk_bytes: float


@dataclass(frozen=True)
class Plan:
    """A dataset to be planned for: its training photos, its layouts, and the rows and columns of its frames."""

    name: str
    num_photos: int
    num_layouts: int
    frame: tuple[int, int]


# ADE20K's sizes vary; 512 x 683 is its usual one.
PLANS = (Plan("Cityscapes", 2975, 500, (1024, 2048)), Plan("ADE20K", 20210, 2000, (512, 683)))
START = Project(SMALL_PX, 4, 3, num_steps=0)


def main(
    height: Annotated[list[int] | None, typer.Option(help="Rows of the frames.")] = None,
    scenes: Annotated[list[int] | None, typer.Option(help="Numbers of small scenes, a fifth of them unseen.")] = None,
    workers: Annotated[int, typer.Option(help="Worker processes, and threads of the networks.")] = 2,
    cores: Annotated[int, typer.Option(help="Cores of one machine of the plan.")] = 16,
) -> None:
    """Measure, and print tables and plan."""
    heights, numbers = sorted(height or [128, 256, 512, 1024]), sorted(scenes or [100, 1000])
    # About as many pixels at every size, so that the start weighs as little.
    sizes = [(rows, max(4, 48 * 128**2 // rows**2)) for rows in heights]
    frames = [Project(rows, number, max(3, number // 2), num_steps=number) for rows, number in sizes]
    many = [Project(SMALL_PX, number - number // 5, number // 5) for number in numbers]
    start = measure(START, workers)
    by_frame = [per_item(project, measure(project, workers), start) for project in frames]
    names = [f"{rows}" for rows in heights]
    pixels = [rows**2 for rows in heights]
    print(f"\n{workers} workers and threads; {', '.join(_described(project) for project in frames)}.\n")
    print_costs(names, by_frame, [math.log(after / before) for before, after in pairwise(pixels)])
    by_number = [per_item(project, measure(project, workers=1), start) for project in many]
    frame = f"{SMALL_PX} x {2 * SMALL_PX}"
    print(f"\nOne process; frames of {frame}; {', '.join(_described(project) for project in many)}.\n")
    print_growth([f"{number}" for number in numbers], by_number)
    print(f"\nMachines of {cores} cores, all of them busy, without trainings; memory is of {workers} workers.\n")
    print_plans(dict(zip(heights, by_frame, strict=True)), many[-1], by_number[-1]["retrieve"], cores)


def measure(project: Project, workers: int) -> dict[str, Cost]:
    """Render a project and return the cost of every stage."""
    costs = {}
    with tempfile.TemporaryDirectory(prefix="sims-scale-") as place:
        folder = Path(place)
        with (folder / "params.yaml").open("w") as file:
            YAML().dump(parameters(project, workers), file)
        for stage in PER:
            before = _size(folder)
            costs[stage] = run_stage(folder, stage, workers, before)
            print(f"{_described(project)}: {stage} {costs[stage].seconds:.0f} s", file=sys.stderr, flush=True)
    return costs


def parameters(project: Project, workers: int) -> dict[str, Any]:
    """Return the demo's parameters with other frames and numbers of scenes, and few training steps of one example."""
    settings: dict[str, Any] = YAML().load(compose_preset(ROOT / "presets" / "demo.yaml"))
    settings["prepare"] |= {"height_px": project.height_px, "width_px": 2 * project.height_px}
    settings["prepare"]["source"] |= {"num_train": project.num_photos, "num_val": project.num_layouts}
    settings["depth"]["num_source_scenes"] = 4
    settings["simulation"]["num_variants"] = NUM_VARIANTS
    settings["trainer"] |= {"num_threads": workers, "num_validation_scenes": 0, "keep": "last"}
    settings["trainer"] |= {"checkpoint_every_steps": 1000, "log_every_steps": 1000}
    settings["synthesis"]["resolutions"] = [project.height_px]
    settings["compose"]["num_variants"] = 1
    settings["evaluate"] |= {"rivals": [], "kernel_subset_size": 2}
    for name in ("depth", "transform", "ordering", "perceptual", "synthesis", "segmenter", "layout"):
        settings[name] |= {"num_steps": 1 + project.num_steps, "warmup_steps": 0, "batch_size": 1}
    return settings


def run_stage(folder: Path, stage: str, workers: int, disk_bytes: int) -> Cost:
    """Run one stage in a project's folder, whose data had `disk_bytes` before."""
    more = {"PYTHONPATH": str(ROOT), "SIMS_WORKERS": str(workers)}
    started = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", f"stages.{stage}"],
        cwd=folder,
        env=environment(folder, **more),
        stdout=subprocess.DEVNULL,
    )
    peak, done = [0], threading.Event()
    watcher = threading.Thread(target=_watch, args=(process.pid, peak, done))
    watcher.start()
    _, status, usage = os.wait4(process.pid, 0)
    done.set()
    watcher.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"stage {stage} failed; see above")
    seconds = time.perf_counter() - started
    return Cost(seconds, usage.ru_utime + usage.ru_stime, peak[0], _size(folder) - disk_bytes)


def per_item(project: Project, costs: Mapping[str, Cost], start: Mapping[str, Cost]) -> dict[str, Cost]:
    """Return what one photo, step or layout costs beyond a stage's start."""
    return {
        stage: Cost(
            max(0.0, cost.seconds - start[stage].seconds) / project.count(stage),
            max(0.0, cost.processor_s - start[stage].processor_s) / project.count(stage),
            cost.memory_bytes,
            cost.disk_bytes / project.count(stage),
        )
        for stage, cost in costs.items()
    }


def print_costs(names: Sequence[str], costs: Sequence[Mapping[str, Cost]], log_pixels: Sequence[float]) -> None:
    """Print costs by frame size, and between two sizes the power of pixels with which processor seconds grow."""
    columns = [f"{name}: {what}" for name in names for what in ("s", "processor s", "MiB")]
    slopes = [f"power {before}-{after}" for before, after in pairwise(names)]
    _print_row(["stage", "per", *columns, *slopes], is_head=True)
    for stage, item in PER.items():
        found = [cost[stage] for cost in costs]
        cells = [
            text
            for cost in found
            for text in (f"{cost.seconds:.3g}", f"{cost.processor_s:.3g}", f"{cost.memory_bytes / MIB:.0f}")
        ]
        powers = [
            # None below what a start varies by.
            f"{math.log(after.processor_s / before.processor_s) / steps:.2f}"
            if min(before.processor_s, after.processor_s) > 0
            else "–"
            for (before, after), steps in zip(pairwise(found), log_pixels, strict=True)
        ]
        _print_row([stage, item, *cells, *powers])


def print_growth(names: Sequence[str], costs: Sequence[Mapping[str, Cost]]) -> None:
    """Print memory, and processor seconds of an item, by number of scenes."""
    columns = [f"{name}: {what}" for name in names for what in ("MiB", "processor s per item")]
    _print_row(["stage", "item", *columns, "growth of memory"], is_head=True)
    for stage, item in PER.items():
        found = [cost[stage] for cost in costs]
        cells = [text for cost in found for text in (f"{cost.memory_bytes / MIB:.0f}", f"{cost.processor_s:.3g}")]
        _print_row([stage, item, *cells, f"{found[-1].memory_bytes / found[0].memory_bytes - 1:+.0%}"])


def print_plans(by_height: Mapping[int, Mapping[str, Cost]], many: Project, retrieval: Cost, cores: int) -> None:
    """Print hours and gigabytes of every dataset whose rows were measured, at its share of the measured width."""
    _print_row(["dataset", "stage", "processor hours", "hours, 1 machine", "16", "disk GB", "memory GiB"], is_head=True)
    for plan in PLANS:
        rows, columns = plan.frame
        if rows not in by_height:
            print(f"{plan.name}: frames of {rows} rows were not measured")
            continue
        project, share = Project(rows, plan.num_photos, plan.num_layouts), columns / (2 * rows)
        totals = [0.0, 0.0]
        for stage, item in PER.items():
            if item == "step":
                continue
            cost = by_height[rows][stage]
            # A layout is compared with the whole bank, so its search grows with the photos and not with their pixels.
            each = retrieval.processor_s * plan.num_photos / many.num_photos if stage == "retrieve" else None
            hours = project.count(stage) * (cost.processor_s * share if each is None else each) / 3600
            disk = project.count(stage) * cost.disk_bytes * share / 1e9
            totals = [totals[0] + hours, totals[1] + disk]
            _print_row([plan.name, stage, *_spread(hours, cores), f"{disk:.1f}", f"{cost.memory_bytes / GIB:.1f}"])
        _print_row([plan.name, "all", *_spread(totals[0], cores), f"{totals[1]:.1f}", ""])


def _spread(hours: float, cores: int) -> list[str]:
    return [f"{hours:.1f}", f"{hours / cores:.2f}", f"{hours / cores / 16:.3f}"]


def _watch(pid: int, peak: list[int], done: threading.Event) -> None:
    while not done.wait(_SAMPLED_EVERY_S):
        try:
            process = psutil.Process(pid)
            found = [member.memory_info() for member in [process, *process.children(recursive=True)]]
        except psutil.NoSuchProcess:  # a worker that ended meanwhile
            continue
        # Proportional sets would share the libraries with whatever else runs on the machine.
        peak[0] = max(peak[0], sum(info.rss - info.shared for info in found) + max(info.shared for info in found))


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in (folder / "data").rglob("*") if path.is_file())


def _described(project: Project) -> str:
    return f"{project.num_photos} photos and {project.num_layouts} layouts at {project.height_px} rows"


def _print_row(cells: Sequence[str], is_head: bool = False) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)
    if is_head:
        print(f"|{'--|' * len(cells)}")


if __name__ == "__main__":
    typer.run(main)
