"""The executors of this machine, by the interface of `concurrent.futures`, and what a map has to know of any."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from loky import get_reusable_executor
from loky.process_executor import TerminatedWorkerError

from sims_core.base.processes import deaf_to_interrupts, end_workers

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
# Items for each worker. 300 of 50 ms on average, spread exponentially, kept four workers busy for 0.59 of the time
# with 1, for 0.86 with 2, for 0.95 with 4, for 0.97 with 8 or 16.
ITEMS_AHEAD = 4
# A worker that waits while a shard is written should still be there afterwards.
_IDLE_S = 300
# Workers are as many as cores. Where a network asks for several threads, those that wait should sleep.
_WORKER_ENVIRONMENT = {
    name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
} | {
    "OMP_WAIT_POLICY": "PASSIVE",
    # A worker keeps the networks and readers that it opened. loky would take that for a leak, and start another.
    "LOKY_MAX_MEMORY_LEAK_SIZE": "1e10",
}


@dataclass(frozen=True)
class Engine:
    """An executor, and how far to trust it.

    Attributes:
        executor: Takes the items.
        num_workers: Items that it works on at once.
        num_ahead: Items that may wait or be done before the oldest is taken.
        lost: What an item raises whose worker was lost; the executor then takes items again.
        given_up: By error, what it means that the executor gives an item up.
        abandon: Ends the work on items that nobody waits for any more, given what they would have become.
    """

    executor: Executor
    num_workers: int
    num_ahead: int
    lost: tuple[type[Exception], ...] = ()
    given_up: Mapping[type[Exception], str] = field(default_factory=dict)
    abandon: Callable[[Iterable[Future[Any]]], None] = lambda futures: None


def this_process() -> Engine:
    """Return the engine without workers, which does an item when its result is about to be taken."""
    return Engine(InProcess(), 1, 1)


def local_processes(num_workers: int) -> Engine:
    """Return an engine of worker processes of this machine."""
    executor, num_ahead = LocalProcesses(num_workers), ITEMS_AHEAD * num_workers
    return Engine(executor, num_workers, num_ahead, (TerminatedWorkerError,), abandon=_kill_workers)


class InProcess(Executor):
    """Does an item at once, in this process."""

    def submit(
        self, fn: Callable[Parameters, Result], /, *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Future[Result]:
        """Return what the call gave, or its error; what is no `Exception` ends the program as anywhere."""
        future: Future[Result] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class LocalProcesses(Executor):
    """Worker processes of this machine, kept for the next call; those that were lost are replaced."""

    def __init__(self, num_workers: int) -> None:
        self._num_workers = num_workers

    def submit(
        self, fn: Callable[Parameters, Result], /, *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Future[Result]:
        """Hand a call to the workers, which start at the first."""
        failed: Future[Any] = Future()
        with deaf_to_interrupts():
            executor = get_reusable_executor(self._num_workers, timeout=_IDLE_S, env=_WORKER_ENVIRONMENT)
            try:
                submitted: Future[Result] = executor.submit(_call_at, Path.cwd(), fn, *args, **kwargs)
            except TerminatedWorkerError as error:
                # A worker was lost between the two calls.
                failed.set_exception(error)
                return failed
        return submitted


def _call_at(
    folder: Path, function: Callable[Parameters, Result], *args: Parameters.args, **kwargs: Parameters.kwargs
) -> Result:
    """Call a function in the working folder of whoever asks: a worker that is kept may have begun in another."""
    os.chdir(folder)
    return function(*args, **kwargs)


def _kill_workers(futures: Iterable[Future[Any]]) -> None:
    # Items that are cancelled instead would make loky complain when it ends.
    end_workers(at_once=True)
