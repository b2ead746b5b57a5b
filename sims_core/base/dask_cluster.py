"""Work on a Dask cluster: SIMS_ENGINE=dask, and its scheduler's address in SIMS_SCHEDULER.

Workers read and the head writes one shared file system, at the same place. They run the same code. Scheduler and head
send each other ids, paths and what became of an item; results go from the worker to the head.
"""

from __future__ import annotations

import os
import pickle
import secrets
from collections.abc import Callable, Iterable
from concurrent.futures import CancelledError, Executor, Future
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from sims_core.base.errors import SimsError
from sims_core.base.executors import ITEMS_AHEAD, Engine
from sims_core.base.temporary import temporary_folder
from sims_core.base.versions import running_code

if TYPE_CHECKING:
    from distributed import Client

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
_CONNECT_S = 30
_CLUSTER = "Dask cluster"
_SEE = "see docs/cluster.md"


@dataclass(frozen=True)
class Place:
    """Where and with which code an item is done, on whatever host.

    Attributes:
        folder: The working folder.
        code: `running_code` of the head, as pairs.
    """

    folder: Path
    code: tuple[tuple[str, str], ...]

    def call(
        self, function: Callable[Parameters, object], *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> bytes:
        """Call a function as if it were on the head, and return its result pickled, as loky's workers do.

        Dask would measure and pack every part of a nested result: a fourth of the time of small items.

        Raises:
            SimsError: This worker does not see the folder, or runs other code.
        """
        settle_worker(self)
        return pickle.dumps(function(*args, **kwargs), pickle.HIGHEST_PROTOCOL)


@lru_cache(maxsize=1)
def settle_worker(place: Place) -> None:
    """Let this worker process stand where the head stands; SimsError when it cannot, or runs other code."""
    here = running_code()
    for name, expected in place.code:
        if here.get(name) != expected:
            raise SimsError(
                _CLUSTER,
                f"a worker has another {name} than this process",
                expected=expected,
                found=here.get(name),
                remedy="give all of them one environment and one checkout",
            )
    # Numba counts the cores when it is imported; workers are as many.
    os.environ.setdefault("NUMBA_NUM_THREADS", "1")
    try:
        os.chdir(place.folder)
    except OSError as error:
        raise _sees_nothing(place.folder) from error


def find_token(place: Place, path: Path) -> None:
    """Check on a worker that a file, which the head has just written, is there."""
    settle_worker(place)
    if not path.is_file():
        raise _sees_nothing(place.folder)


class ClusterExecutor(Executor):
    """The executor of a Dask client, for calls whose paths are the head's."""

    def __init__(self, client: Client, place: Place) -> None:
        # A lost worker's items are done again by Dask itself.
        self._executor: Executor = client.get_executor(pure=False)
        self._place = place

    def submit(
        self, fn: Callable[Parameters, Result], /, *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Future[Result]:
        """Hand a call to the cluster."""
        return _unpacked(self._executor.submit(partial(self._place.call, fn), *args, **kwargs))


def _unpacked(packed: Future[bytes]) -> Future[Any]:
    """Return the future of what a future result holds pickled; who cancels it cancels both."""
    unpacked: Future[Any] = Future()

    def settle(packed: Future[bytes]) -> None:
        if packed.cancelled():
            unpacked.cancel()
        if unpacked.set_running_or_notify_cancel():
            try:
                # Of a worker that runs the head's code, over the cluster's own connections.
                unpacked.set_result(pickle.loads(packed.result()))  # noqa: S301
            except Exception as error:
                unpacked.set_exception(error)

    packed.add_done_callback(settle)
    unpacked.add_done_callback(lambda done: packed.cancel() if done.cancelled() else None)
    return unpacked


def open_cluster() -> Engine:
    """Return the cluster of SIMS_SCHEDULER as an engine.

    Raises:
        SimsError: Dask is not installed, there is no such scheduler, it has no workers, or its workers have several
            threads, do not see the working folder, or run other code.
    """
    address = os.environ.get("SIMS_SCHEDULER", "").strip()
    if not address:
        raise SimsError("SIMS_SCHEDULER", "is not set", expected="the address of a Dask scheduler", remedy=_SEE)
    try:
        import distributed
    except ImportError as error:
        raise SimsError("SIMS_ENGINE", "Dask is not installed", remedy="pip install 'sims[dask]'") from error
    client = _client(address)
    place = Place(Path.cwd(), tuple(running_code().items()))
    given_up = {
        distributed.scheduler.KilledWorker: "its worker was lost again and again, by want of memory as a rule",
        CancelledError: f"the Dask scheduler at {address} was lost",
    }
    num_workers = _check_workers(client, address, place)
    return Engine(
        ClusterExecutor(client, place), num_workers, ITEMS_AHEAD * num_workers, given_up=given_up, abandon=_cancel
    )


def leave_cluster() -> None:
    """Close the connection, if there is one; the cluster goes on."""
    if _client.cache_info().currsize:
        client = _client(os.environ.get("SIMS_SCHEDULER", "").strip())
        _client.cache_clear()
        client.close()


@lru_cache(maxsize=1)
def _client(address: str) -> Client:
    from distributed import Client

    try:
        return Client(address, timeout=_CONNECT_S, direct_to_workers=True, set_as_default=False)
    except (OSError, ValueError) as error:
        what = f"no Dask scheduler answers at {address}"
        raise SimsError("SIMS_SCHEDULER", what, found=error, remedy=_SEE) from error


def _check_workers(client: Client, address: str, place: Place) -> int:
    """Return the number of workers."""
    try:
        client.wait_for_workers(1, timeout=_CONNECT_S)
    except TimeoutError as error:
        raise SimsError(address, f"the Dask cluster has no worker after {_CONNECT_S} s", remedy=_SEE) from error
    threads = client.nthreads()
    for worker, count in threads.items():
        if count != 1:
            # One process, one item: networks and numba keep state of the whole process.
            raise SimsError(worker, "a Dask worker does several items at once", expected="--nthreads 1", found=count)
    with temporary_folder(place.folder / "token") as folder:
        token = folder / secrets.token_hex()
        token.touch()
        try:
            client.run(find_token, place, token)
        except SimsError:
            raise
        except Exception as error:
            what = "a worker cannot run this code"
            remedy = "give scheduler, workers and this process one environment and one checkout"
            raise SimsError(_CLUSTER, what, found=f"{type(error).__name__}: {error}", remedy=remedy) from error
    return len(threads)


def _cancel(futures: Iterable[Future[Any]]) -> None:
    for future in futures:
        future.cancel()


def _sees_nothing(folder: Path) -> SimsError:
    return SimsError(
        _CLUSTER,
        "a worker does not see the working folder of this process",
        expected=folder,
        remedy="mount one file system at the same path everywhere",
    )
