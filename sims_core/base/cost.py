"""What a stage costs: wall time, processor time and memory, beside its other metrics.

These are the only figures of a run that are not the same when it is repeated: they have files of their own, of which
nothing but the results page takes notice.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from sims_core.base.files import write_json
from sims_core.base.processes import end_workers

COST_FOLDER = Path("metrics/cost")
# The kernel counts in KiB on Linux and in bytes on macOS.
_MIB = 1024**2 if sys.platform == "darwin" else 1024
_PROTOCOL = {
    "seconds": "wall time of the stage from its start to its last output, without the start of Python",
    "cpu_seconds": "processor time of the process and its workers, user and system, over all cores: what of the wall "
    "time does not depend on what else the machine was doing",
    "seconds_per_picture": "wall time over the number of pictures made, loading of data and networks included",
    "images_per_s": "examples that the training learned from per second of its steps, all processes together",
    "wait_share": "share of that time which the training waited for data",
    "peak_memory_mib": "largest resident set of the stage's process or of any one of its workers",
}


@dataclass
class Work:
    """What was done.

    Attributes:
        num_pictures: None where a stage makes something else than pictures.
        num_images: Examples that a training learned from.
        training_s: The time that took.
        waited_s: Of this time, what the training waited for data.
    """

    num_pictures: int | None = None
    num_images: int = 0
    training_s: float = 0.0
    waited_s: float = 0.0


_CURRENT: ContextVar[Work | None] = ContextVar("_CURRENT", default=None)


def count_training(num_images: int, seconds: float, waited_s: float) -> None:
    """Add a phase of a training to what the stage under way costs, if it is measured."""
    if work := _CURRENT.get():
        work.num_images += num_images
        work.training_s += seconds
        work.waited_s += waited_s


@contextmanager
def measured(path: Path) -> Iterator[Work]:
    """Write what the body costs to a JSON file, by picture if it says how many; nothing is written when it fails."""
    started = time.perf_counter()
    work = Work()
    token = _CURRENT.set(work)
    try:
        yield work
    finally:
        _CURRENT.reset(token)
    seconds = time.perf_counter() - started
    # The kernel counts a child when it has ended.
    end_workers()
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    figures: dict[str, float] = {"seconds": round(seconds, 1)}
    if work.num_pictures:
        figures["seconds_per_picture"] = round(seconds / work.num_pictures, 3)
    if work.training_s:
        figures["images_per_s"] = round(work.num_images / work.training_s, 2)
        figures["wait_share"] = round(work.waited_s / work.training_s, 4)
    figures["cpu_seconds"] = round(sum(usage.ru_utime + usage.ru_stime for usage in usages), 1)
    figures["peak_memory_mib"] = round(max(usage.ru_maxrss for usage in usages) / _MIB)
    write_json(path, {**figures, "protocol": {key: text for key, text in _PROTOCOL.items() if key in figures}})
