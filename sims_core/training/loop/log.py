"""What a training says while it runs: a progress bar, and curves on disk."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sims_core.base.cost import count_training
from sims_core.base.parallel import progress_bar
from sims_core.base.processes import is_first_process
from sims_core.training.loop.launch import say
from sims_core.training.loop.progress import Losses, Progress


class TrainingLog:
    """Progress bar on stderr, and curves in dvclive's layout: `train/<term>`, `val/<term>`.

    The speed is part of what the stage costs. Only the first process of a run writes.
    """

    def __init__(self, curves_dir: Path, name: str, num_steps: int, progress: Progress) -> None:
        self._curves_dir, self._name, self._num_steps, self._progress = curves_dir, name, num_steps, progress
        self._stack = ExitStack()
        self._live: Any = None
        self._seconds = self._waited_s = 0.0
        self._num_images = 0

    def __enter__(self) -> Self:
        self._bar = self._stack.enter_context(progress_bar(disable=not is_first_process()))
        self._task = self._bar.add_task(
            f"train {self._name}", total=self._num_steps, completed=self._progress.step, note=""
        )
        if is_first_process():
            # A second; nothing else needs it.
            from dvclive.live import Live

            self._live = self._stack.enter_context(Live(str(self._curves_dir), dvcyaml=False, save_dvc_exp=False))
            for step, values in self._progress.history:
                self._write(step, values)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)
        if error is None and self._seconds:
            count_training(self._num_images, self._seconds, self._waited_s)
            say(
                f"{self._name}: {self._num_images / self._seconds:.2f} images/s, "
                f"{self._waited_s / self._seconds:.1%} of the time spent waiting for data"
            )

    def training(self, progress: Progress, batch_size: int, seconds: float, wait_share: float) -> None:
        """Close an interval: its mean losses become points of the curves."""
        num_images = progress.num_summed * batch_size
        means = progress.close_interval()
        self._seconds, self._waited_s = self._seconds + seconds, self._waited_s + wait_share * seconds
        self._num_images += num_images
        values = {f"train/{term}": value for term, value in means.items()}
        self._add(progress, values)
        self._bar.update(self._task, note=" ".join(f"{term} {value:.4g}" for term, value in means.items()))

    def validation(self, progress: Progress, losses: Losses) -> None:
        """Make the losses of the held-out examples points of the curves."""
        self._add(progress, {f"val/{term}": value for term, value in losses.items()})

    def advance(self, step: int) -> None:
        """Move the progress bar."""
        self._bar.update(self._task, completed=step)

    def _add(self, progress: Progress, values: Losses) -> None:
        progress.history.append((progress.step, values))
        self._write(progress.step, values)

    def _write(self, step: int, values: Losses) -> None:
        if self._live is None:
            return
        self._live.step = step
        for name, value in values.items():
            self._live.log_metric(name, float(f"{value:.6g}"))
        self._live.make_summary()
