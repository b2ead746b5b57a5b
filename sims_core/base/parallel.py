"""Data-parallel work over items with a progress bar; results never depend on the number of workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from typing import TypeVar

from joblib import Parallel, cpu_count, delayed
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from sims_core.base.errors import SimsError
from sims_core.base.processes import deaf_to_interrupts, environment_count

Item = TypeVar("Item")
Result = TypeVar("Result")
# A scene of 1024 x 2048 with instances and depth is 20 MB. 200 items of 50 ms took 7 s with 16 ahead, with 32 and
# without a limit, but 8 to 9 s with 8 (2 workers, two runs each).
ITEMS_AHEAD = 16


class RateColumn(ProgressColumn):
    """Items per second so far."""

    def render(self, task: Task) -> Text:
        """Return the rate as text."""
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:.1f}/s", style="progress.data.speed")


def progress_bar(disable: bool = False) -> Progress:
    """Return the project's progress bar: description, bar, count, rate, remaining time (on stderr)."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
        console=Console(stderr=True),
        disable=disable,
    )


def num_workers() -> int:
    """Return the number of worker processes: SIMS_WORKERS, or else the cores this process may use.

    Raises:
        SimsError: SIMS_WORKERS is no such number.
    """
    return environment_count("SIMS_WORKERS", cpu_count())


def parallel_map(
    function: Callable[[Item], Result], items: Sequence[Item], description: str, backend: str | None = None
) -> Iterator[Result]:
    """Apply a function to each item in worker processes and yield the results in the items' order.

    The workers are at most `ITEMS_AHEAD` items each ahead of whoever takes the results, so that a dataset passes
    through without being held in memory.

    Args:
        function: Picklable, and a pure function of its item (seeded streams inside).
        items: What to work on.
        description: Shown beside the progress bar.
        backend: A joblib backend name; None uses joblib's current one (`loky` processes,
            or what `joblib.parallel_config` set, such as Dask or Ray).

    Raises:
        SimsError: A worker process was lost, or SIMS_WORKERS is no number of workers.
    """
    # One batch per worker at least; with few items, process start-up costs more than it saves.
    jobs = min(num_workers(), max(1, len(items) // 4))
    with progress_bar() as progress:
        task = progress.add_task(description, total=len(items), note="")
        # joblib itself goes on to the last item, however slowly the results are taken.
        with Parallel(n_jobs=jobs, return_as="generator", backend=backend) as pool:
            for some in batched(items, ITEMS_AHEAD * jobs):
                try:
                    with deaf_to_interrupts() if jobs > 1 else nullcontext():
                        results = pool(delayed(function)(item) for item in some)
                    for result in results:
                        yield result
                        progress.advance(task)
                except BrokenProcessPool as error:
                    raise SimsError(
                        description,
                        "a worker process was lost, by want of memory as a rule",
                        remedy="run the command again with fewer workers, such as SIMS_WORKERS=1",
                    ) from error


def batched(items: Sequence[Item], length: int) -> Iterator[Sequence[Item]]:
    """Yield the items in order, `length` at a time."""
    return (items[first : first + length] for first in range(0, len(items), length))
