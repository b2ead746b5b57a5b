"""Who does data-parallel work: processes of this machine (loky), this process alone, or the workers of a Dask cluster.

The environment chooses, by SIMS_ENGINE, SIMS_SCHEDULER and SIMS_WORKERS: none of them changes a result, so that DVC
need not know them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

from loky import cpu_count, get_reusable_executor
from loky.process_executor import TerminatedWorkerError

from sims_core.base.errors import SimsError
from sims_core.base.processes import deaf_to_interrupts, end_workers, environment_count

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
ITEMS_AHEAD = 8
# A worker that waits while a shard is written should still be there afterwards.
_IDLE_S = 300
# Workers are as many as cores. Where a network asks for several threads, those that wait should sleep.
_WORKER_ENVIRONMENT = {
    name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
} | {"OMP_WAIT_POLICY": "PASSIVE"}


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


def num_workers() -> int:
    """Return the number of worker processes on this machine: SIMS_WORKERS, or else the cores this process may use.

    Raises:
        SimsError: SIMS_WORKERS is no such number.
    """
    return environment_count("SIMS_WORKERS", cpu_count())


def open_engine(num_items: int) -> Engine:
    """Return the engine for a number of items.

    Raises:
        SimsError: SIMS_ENGINE or SIMS_WORKERS has no meaning, or the Dask cluster cannot be used.
    """
    name = os.environ.get("SIMS_ENGINE", "").strip() or "loky"
    if name == "dask":
        from sims_core.base.dask_cluster import open_cluster

        return open_cluster(ITEMS_AHEAD)
    if name != "loky":
        raise SimsError("SIMS_ENGINE", "environment variable", expected="loky or dask", found=name, remedy="unset it")
    # With few items, process start-up costs more than it saves.
    jobs = min(num_workers(), max(1, num_items // 4))
    if jobs == 1:
        return Engine(InProcess(), 1, 1)
    lost = (TerminatedWorkerError,)
    return Engine(LocalProcesses(jobs), jobs, ITEMS_AHEAD * jobs, lost, abandon=_kill_workers)


def _kill_workers(futures: Iterable[Future[Any]]) -> None:
    # Items that are cancelled instead would make loky complain when it ends.
    end_workers(at_once=True)


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
                submitted: Future[Result] = executor.submit(fn, *args, **kwargs)
            except TerminatedWorkerError as error:
                # A worker was lost between the two calls.
                failed.set_exception(error)
                return failed
        return submitted
