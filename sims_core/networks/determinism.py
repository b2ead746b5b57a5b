"""Making torch repeatable for the length of a block, and leaving its global state as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch.utils import deterministic as memory


@contextmanager
def fixed_threads(num_threads: int) -> Iterator[None]:
    """Use a fixed number of threads: sums split over another number of threads differ in their last bits."""
    before = torch.get_num_threads()
    torch.set_num_threads(num_threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Let torch's own random stream start from `seed` inside the block and go on as before after it."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield


@contextmanager
def deterministic_algorithms(warn_only: bool) -> Iterator[None]:
    """Refuse (or, with `warn_only`, only report) operations that may differ from run to run."""
    before = torch.are_deterministic_algorithms_enabled()
    warned = torch.is_deterministic_algorithms_warn_only_enabled()
    fills = memory.fill_uninitialized_memory  # type: ignore[attr-defined]
    torch.use_deterministic_algorithms(True, warn_only=warn_only)
    # Nothing here reads memory that it did not write, and filling it first costs a tenth of a step.
    memory.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before, warn_only=warned)
        memory.fill_uninitialized_memory = fills  # type: ignore[attr-defined]
