"""Who does data-parallel work: processes of this machine (loky), this process alone, or the workers of a Dask cluster.

The environment chooses, by SIMS_ENGINE, SIMS_SCHEDULER and SIMS_WORKERS: none of them changes a result, so that DVC
need not know them.
"""

from __future__ import annotations

import os

from loky import cpu_count

from sims_core.base.errors import SimsError
from sims_core.base.executors import Engine, local_processes, this_process
from sims_core.base.processes import environment_count


def num_workers() -> int:
    """Return the number of worker processes on this machine: SIMS_WORKERS, or else the cores this process may use.

    Raises:
        SimsError: SIMS_WORKERS is no such number.
    """
    return environment_count("SIMS_WORKERS", cpu_count())


def open_engine(num_items: int, items_per_worker: int) -> Engine:
    """Return the engine for a number of items.

    Args:
        num_items: How many there are.
        items_per_worker: So many are worth another process of this machine.

    Raises:
        SimsError: SIMS_ENGINE or SIMS_WORKERS has no meaning, or the Dask cluster cannot be used.
    """
    name = os.environ.get("SIMS_ENGINE", "").strip() or "loky"
    if name == "dask":
        from sims_core.base.dask_cluster import open_cluster

        return open_cluster()
    if name != "loky":
        raise SimsError("SIMS_ENGINE", "environment variable", expected="loky or dask", found=name, remedy="unset it")
    jobs = min(num_workers(), max(1, num_items // items_per_worker))
    return this_process() if jobs == 1 else local_processes(jobs)
