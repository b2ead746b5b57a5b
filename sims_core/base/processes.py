"""The processes of one run: those that `torchrun` and `fabric run` number in RANK, and the workers of `engines`."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sims_core.base.errors import SimsError

# No run has more processes, on one machine or on many.
_MOST = 100_000


def is_first_process() -> bool:
    """Return whether this process is the one that writes files and talks."""
    return environment_count("RANK", 0, least=0) == 0


def environment_count(name: str, default: int, least: int = 1) -> int:
    """Return the number that an environment variable holds.

    Args:
        name: Of the variable.
        default: Where it is not set, or empty.
        least: The smallest number that has a meaning.

    Raises:
        SimsError: It holds no whole number, a smaller one, or one that nobody means.
    """
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1
    if not least <= number <= _MOST:
        raise SimsError(
            name,
            "environment variable",
            expected=f"a whole number from {least} to {_MOST}",
            found=text,
            remedy="unset it",
        )
    return number


def end_workers(at_once: bool = False) -> None:
    """End the worker processes that are kept for a next call, and wait until they have ended; leave a Dask cluster.

    Args:
        at_once: Whether those that are busy are killed rather than waited for.
    """
    # Looked up, not imported: most commands have no workers.
    if loky := sys.modules.get("loky"):
        loky.get_reusable_executor(reuse=True).shutdown(wait=True, kill_workers=at_once)
    if cluster := sys.modules.get("sims_core.base.dask_cluster"):
        cluster.leave_cluster()


@contextmanager
def deaf_to_interrupts() -> Iterator[None]:
    """Let workers that loky starts in the block never hear Ctrl-C: their parent ends them."""
    from multiprocessing import resource_tracker

    from loky.backend import resource_tracker as loky_tracker

    # Each unblocks the signal when it starts its own process, so they start first.
    resource_tracker.ensure_running()
    loky_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
