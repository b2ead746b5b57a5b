"""The order of the examples, and the batches of one process read ahead of the training."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from sims_core.base.seeding import random_stream

Batch = dict[str, Tensor]
# Batches that are read ahead by the thread.
_AHEAD = 4


@dataclass(frozen=True)
class Examples:
    """What a network learns from, and what its progress is measured on.

    Items are dicts of tensors of equal shapes; the same item must always be the same.
    """

    training: Dataset[Batch]
    validation: Dataset[Batch] | None = None


def data_order(num_items: int, seed: int, name: str) -> Iterator[int]:
    """Yield indices without end: epoch after epoch, each in an order of its own."""
    epoch = 0
    while True:
        yield from random_stream(seed, name, "order", epoch).permutation(num_items).tolist()
        epoch += 1


@dataclass(frozen=True, kw_only=True)
class PortionSampler:
    """The indices of the portions of one process, step after step.

    A batch is cut into as many parts as there are processes, and each part into portions: which examples make up
    a batch does not depend on how it is cut.

    Attributes:
        num_items: Examples to draw from.
        seed: The project's seed.
        name: Of the training.
        steps: Which steps; a resumed training sees what it would have seen.
        portion_size: Examples in a portion.
        num_portions: Portions of one process in a step.
        rank: Which process this is.
        num_processes: Of how many.
    """

    num_items: int
    seed: int
    name: str
    steps: range
    portion_size: int
    num_portions: int = 1
    rank: int = 0
    num_processes: int = 1

    def __iter__(self) -> Iterator[list[int]]:
        own = self.portion_size * self.num_portions
        batch_size = own * self.num_processes
        order = islice(data_order(self.num_items, self.seed, self.name), self.steps.start * batch_size, None)
        for _ in self.steps:
            batch = list(islice(order, batch_size))
            for start in range(self.rank * own, (self.rank + 1) * own, self.portion_size):
                yield batch[start : start + self.portion_size]


def load_batches(dataset: Dataset[Batch], batches: Iterable[list[int]], num_workers: int) -> Iterator[Batch]:
    """Read batches by the indices of their examples, in order and ahead of their use.

    Args:
        dataset: Items are dicts of tensors of equal shapes.
        batches: Indices of the examples of each batch.
        num_workers: Processes to read with; 0 reads in a thread of this one.
    """
    loader = DataLoader(
        dataset,
        batch_sampler=batches,
        num_workers=num_workers,
        # An iterator draws a seed for its workers: not from torch's own stream.
        generator=torch.Generator(),
        # A fork after threads have run may hang.
        multiprocessing_context="spawn" if num_workers else None,
        pin_memory=torch.cuda.is_available(),
    )
    return iter(loader) if num_workers else _ahead(loader)


def _ahead(batches: Iterable[Batch]) -> Iterator[Batch]:
    """Yield from an iterable that a thread reads a few items ahead; its errors are raised where the item is due."""
    source, end = iter(batches), object()
    with ThreadPoolExecutor(max_workers=1) as reader:
        waiting = [reader.submit(next, source, end) for _ in range(_AHEAD)]
        while True:
            item = waiting.pop(0).result()
            if item is end:
                return
            waiting.append(reader.submit(next, source, end))
            yield item  # type: ignore[misc]


class WaitClock:
    """Measures which share of the time goes into waiting for the next batch."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._waited_s = 0.0

    def timed(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """Yield the batches; the time until each is there counts as waiting."""
        while True:
            asked = time.perf_counter()
            batch = next(batches, None)
            self._waited_s += time.perf_counter() - asked
            if batch is None:
                return
            yield batch

    def read(self) -> tuple[float, float]:
        """Return (seconds, share of them waited) since the last reading, and begin anew."""
        now = time.perf_counter()
        seconds, waited_s = now - self._started, self._waited_s
        self._started, self._waited_s = now, 0.0
        return seconds, waited_s / max(seconds, 1e-9)
