"""Data-parallel work over items with a progress bar; results never depend on the number of workers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from sims_core.base.engines import open_engine
from sims_core.base.errors import SimsError
from sims_core.base.executors import Engine

Item = TypeVar("Item")
Result = TypeVar("Result")
_MOST_LOSSES = 3
_LONGEST_NAME = 120


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


def parallel_map(
    function: Callable[[Item], Result], items: Sequence[Item], description: str, items_per_worker: int = 4
) -> Iterator[Result]:
    """Apply a function to each item by the workers of `open_engine` and yield the results in the items' order.

    A window slides over the items: each result that is taken lets one more item be handed out. So all workers stay
    busy, and a dataset passes through without being held in memory. The items of a lost worker are done again.

    Args:
        function: Picklable, and a pure function of its item (seeded streams inside). It reads what it needs itself,
            so that items are ids and paths; only results travel.
        items: What to work on; `str` of an item names it when it fails.
        description: Shown beside the progress bar.
        items_per_worker: With fewer, the start of another process costs more than it saves.

    Raises:
        SimsError: As `open_engine`, or an item cost a worker three times.
        Exception: What the function raised, of the first such item, which a note names.
    """
    engine = open_engine(len(items), items_per_worker)
    with progress_bar() as progress:
        task = progress.add_task(description, total=len(items), note="")

        def say_lost() -> None:
            progress.update(task, note="a worker was lost: its items are done again")

        window = _Window(function, description, engine, say_lost)
        try:
            for item in items:
                window.hand_out(item)
                if len(window) == engine.num_ahead:
                    yield window.take()
                    progress.advance(task)
            while len(window):
                yield window.take()
                progress.advance(task)
        finally:
            window.close()


@dataclass
class _Work(Generic[Item, Result]):
    item: Item
    future: Future[Result]


class _Window(Generic[Item, Result]):
    """The items that are handed out and not taken, the oldest first."""

    def __init__(
        self, function: Callable[[Item], Result], description: str, engine: Engine, say_lost: Callable[[], None]
    ) -> None:
        self._function = function
        self._description = description
        self._engine = engine
        self._say_lost = say_lost
        self._works: deque[_Work[Item, Result]] = deque()

    def __len__(self) -> int:
        return len(self._works)

    def hand_out(self, item: Item) -> None:
        """Let a worker do one more item."""
        self._works.append(_Work(item, self._submit(item)))

    def take(self) -> Result:
        """Wait for the oldest item and return its result."""
        work = self._works[0]
        if self._is_lost(work):
            self._do_again()
        try:
            result = work.future.result()
        except SimsError:
            raise
        except Exception as error:
            for kind, reason in self._engine.given_up.items():
                if isinstance(error, kind):
                    raise self._given_up(work, reason) from error
            error.add_note(self._name(work))
            raise
        self._works.popleft()
        return result

    def close(self) -> None:
        """Leave the items that nobody takes any more."""
        if self._works:
            self._engine.abandon([work.future for work in self._works])

    def _submit(self, item: Item) -> Future[Result]:
        return self._engine.executor.submit(self._function, item)

    def _is_lost(self, work: _Work[Item, Result]) -> bool:
        """Wait for an item, and return whether its worker was lost."""
        return bool(self._engine.lost) and isinstance(work.future.exception(), self._engine.lost)

    def _do_again(self) -> None:
        """Do the items of a lost worker again, and those that waited behind them."""
        self._say_lost()
        unfinished = [work for work in self._works if self._is_lost(work)]
        # Workers take items in order, so that those under way were the first. Alone, an item has all the memory, and
        # a loss is its own.
        for work in unfinished[: self._engine.num_workers]:
            self._do_alone(work)
        for work in unfinished[self._engine.num_workers :]:
            work.future = self._submit(work.item)

    def _do_alone(self, work: _Work[Item, Result]) -> None:
        num_losses = 0
        while self._is_lost(work):
            num_losses += 1
            if num_losses == _MOST_LOSSES:
                raise self._given_up(work, f"a worker process was lost {num_losses} times, by want of memory as a rule")
            work.future = self._submit(work.item)

    def _given_up(self, work: _Work[Item, Result], reason: str) -> SimsError:
        remedy = "run the command again with more memory for each worker, or with fewer, such as SIMS_WORKERS=1"
        return SimsError(self._name(work), reason, remedy=remedy)

    def _name(self, work: _Work[Item, Result]) -> str:
        name = str(work.item)
        return f"{self._description}: {name if len(name) <= _LONGEST_NAME else name[:_LONGEST_NAME] + '...'}"
