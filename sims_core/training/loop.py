"""The one training loop: batch, losses, gradients, step, log, checkpoint.

A training that was interrupted and is started again with the same data, parameters and code goes on
from its last checkpoint and ends, on a CPU, in the same bits as one that was not.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from sims_core.determinism import deterministic_algorithms, fixed_threads, seeded
from sims_core.errors import SimsError
from sims_core.files import atomic_file
from sims_core.parallel import progress_bar
from sims_core.seeding import derive_seed, random_stream
from sims_core.training.settings import FitConfig, TrainerConfig

if TYPE_CHECKING:
    from lightning_fabric import Fabric

Batch = dict[str, Tensor]
LossFunction = Callable[[nn.Module, Batch], dict[str, Tensor]]
_CHECKPOINT = "checkpoint.pt"


@dataclass(frozen=True)
class FitSummary:
    """What a finished training reports: its length, and its losses as means over the last logged interval."""

    num_steps: int
    final_losses: dict[str, float]


@dataclass
class _Progress:
    """All that changes during a training beside weights, optimiser and torch's random stream."""

    step: int = 0
    sums: dict[str, float] = field(default_factory=dict)
    num_summed: int = 0
    history: list[tuple[int, dict[str, float]]] = field(default_factory=list)


def fit(
    network: nn.Module,
    loss_function: LossFunction,
    dataset: Dataset[Batch],
    fit: FitConfig,
    trainer: TrainerConfig,
    *,
    name: str,
    seed: int,
    state_dir: Path,
    curves_dir: Path,
) -> FitSummary:
    """Train a network in place.

    Args:
        network: Takes what `loss_function` gives it.
        loss_function: (network, batch) -> weighted terms by name; the loss is their sum.
        dataset: Items are dicts of tensors of equal shapes; the same item must always be the same.
        fit: Length, batches, learning rate.
        trainer: Device, precision, threads.
        name: Of the training; names its random streams.
        seed: The project's seed.
        state_dir: Holds the checkpoint while the training is unfinished (see `state_folder`).
        curves_dir: Receives the loss curves in dvclive's layout; what lies there is replaced.

    Raises:
        SimsError: There is nothing to train on, a loss is not finite, or the checkpoint cannot be read.
    """
    if len(dataset) == 0:  # type: ignore[arg-type]
        raise SimsError(name, "nothing to train on", expected="at least one example")
    # Some 5 seconds; nothing else needs them.
    from dvclive.live import Live
    from lightning_fabric import Fabric

    fabric = Fabric(accelerator=trainer.device, devices=1, precision=trainer.precision)
    with ExitStack() as stack:
        stack.enter_context(fixed_threads(trainer.num_threads))
        stack.enter_context(deterministic_algorithms(warn_only=fabric.device.type != "cpu"))
        stack.enter_context(seeded(derive_seed(seed, name, "training")))
        optimizer = torch.optim.Adam(network.parameters(), lr=fit.lr)
        model, optimizer = fabric.setup(network, optimizer)
        model.train()
        progress = _load_checkpoint(fabric, state_dir / _CHECKPOINT, model, optimizer)
        live = stack.enter_context(Live(str(curves_dir), dvcyaml=False, save_dvc_exp=False))
        for step, losses in progress.history:
            _log(live, step, losses)
        bar = stack.enter_context(progress_bar())
        task = bar.add_task(f"train {name}", total=fit.num_steps, completed=progress.step, note="")
        for batch in _batches(fabric, dataset, fit, trainer, name, seed, progress.step):
            losses = _step(fabric, model, optimizer, loss_function, batch, fit, progress.step, name)
            _count(progress, losses)
            last = progress.step == fit.num_steps
            if progress.step % fit.log_every_steps == 0 or last:
                means = _close_interval(progress)
                _log(live, progress.step, means)
                bar.update(task, note=" ".join(f"{term} {value:.4g}" for term, value in means.items()))
            if progress.step % fit.checkpoint_every_steps == 0 and not last:
                _save_checkpoint(fabric, state_dir / _CHECKPOINT, model, optimizer, progress)
            bar.update(task, completed=progress.step)
    shutil.rmtree(state_dir, ignore_errors=True)
    return FitSummary(fit.num_steps, progress.history[-1][1])


def learning_rate(fit: FitConfig, step: int) -> float:
    """Return the learning rate of a step, counted from 0."""
    warm = min(1.0, (step + 1) / fit.warmup_steps) if fit.warmup_steps else 1.0
    if fit.schedule == "constant":
        return fit.lr * warm
    done = max(0, step - fit.warmup_steps) / max(1, fit.num_steps - fit.warmup_steps)
    return fit.lr * warm * 0.5 * (1 + math.cos(math.pi * done))


def data_order(num_items: int, seed: int, name: str) -> Iterator[int]:
    """Yield indices without end: epoch after epoch, each in an order of its own."""
    epoch = 0
    while True:
        yield from random_stream(seed, name, "order", epoch).permutation(num_items).tolist()
        epoch += 1


def _batches(
    fabric: Fabric, dataset: Dataset[Batch], fit: FitConfig, trainer: TrainerConfig, name: str, seed: int, start: int
) -> Iterator[Batch]:
    """Return the batches of the steps from `start` on; a resumed training sees what it would have seen."""
    order = data_order(len(dataset), seed, name)  # type: ignore[arg-type]
    batches = [[next(order) for _ in range(fit.batch_size)] for _ in range(fit.num_steps)]
    loader = DataLoader(
        dataset,
        batch_sampler=batches[start:],
        num_workers=trainer.num_loader_workers,
        # An iterator draws a seed for its workers: not from the stream that a resumed training goes on with.
        generator=torch.Generator(),
        # A fork after threads have run may hang.
        multiprocessing_context="spawn" if trainer.num_loader_workers else None,
    )
    prepared = fabric.setup_dataloaders(loader, use_distributed_sampler=False)
    return iter(cast(DataLoader[Batch], prepared))


def _step(
    fabric: Fabric,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    loss_function: LossFunction,
    batch: Batch,
    fit: FitConfig,
    step: int,
    name: str,
) -> dict[str, float]:
    """Do one optimiser step and return its loss terms and their sum."""
    for group in optimizer.param_groups:
        group["lr"] = learning_rate(fit, step)
    terms = loss_function(model, batch)
    total = torch.stack(list(terms.values())).sum()
    values = dict(zip([*terms, "loss"], torch.stack([*terms.values(), total]).tolist(), strict=True))
    for term, value in values.items():
        if not math.isfinite(value):
            raise SimsError(
                f"training {name}",
                f"loss term '{term}' is not finite at step {step + 1}",
                found=value,
                remedy=f"lower {name}.lr or {name}.clip_norm, or check the data",
            )
    optimizer.zero_grad()
    fabric.backward(total)
    fabric.clip_gradients(model, optimizer, max_norm=fit.clip_norm, error_if_nonfinite=False)
    optimizer.step()
    return values


def _count(progress: _Progress, losses: dict[str, float]) -> None:
    progress.step += 1
    progress.num_summed += 1
    for term, value in losses.items():
        progress.sums[term] = progress.sums.get(term, 0.0) + value


def _close_interval(progress: _Progress) -> dict[str, float]:
    """Return the mean losses since the last call and start a new interval."""
    means = {term: value / progress.num_summed for term, value in progress.sums.items()}
    progress.history.append((progress.step, means))
    progress.sums, progress.num_summed = {}, 0
    return means


def _log(live: Any, step: int, losses: dict[str, float]) -> None:
    live.step = step
    for term, value in losses.items():
        live.log_metric(f"train/{term}", float(f"{value:.6g}"))
    live.make_summary()


def _save_checkpoint(
    fabric: Fabric, path: Path, model: nn.Module, optimizer: torch.optim.Optimizer, progress: _Progress
) -> None:
    with atomic_file(path) as temporary:
        fabric.save(
            temporary, {"model": model, "optimizer": optimizer, "random": _random_states(), "progress": vars(progress)}
        )


def _load_checkpoint(fabric: Fabric, path: Path, model: nn.Module, optimizer: torch.optim.Optimizer) -> _Progress:
    """Restore everything from the checkpoint, if there is one."""
    if not path.is_file():
        return _Progress()
    try:
        rest = fabric.load(path, {"model": model, "optimizer": optimizer}, weights_only=True)
    except (UnpicklingError, RuntimeError, OSError, EOFError, LookupError, TypeError, ValueError) as error:
        found = str(error).split("\n")[0]
        raise SimsError(path, "checkpoint cannot be read", found=found, remedy="delete it") from error
    torch.set_rng_state(rest["random"]["cpu"])
    if torch.cuda.is_available():
        torch.cuda.set_rng_state_all(rest["random"]["cuda"])
    return _Progress(**rest["progress"])


def _random_states() -> dict[str, Any]:
    return {
        "cpu": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }
