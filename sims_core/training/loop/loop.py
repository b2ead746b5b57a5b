"""The one training loop: batch, losses, gradients, step, log, validation, checkpoint.

A training that was interrupted and is started again with the same data, parameters and code goes on
from its last checkpoint and ends, on a CPU, in the same bits as one that was not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors.torch import load_file, save
from torch import nn
from torch.optim.swa_utils import AveragedModel

from sims_core.base.errors import SimsError
from sims_core.base.files import atomic_file
from sims_core.base.seeding import derive_seed
from sims_core.networks.blocks import recompute_activations
from sims_core.networks.determinism import deterministic_algorithms, fixed_threads, seeded
from sims_core.training.examples.batches import Batch, PortionSampler, WaitClock, load_batches
from sims_core.training.loop.averaging import average_weights
from sims_core.training.loop.launch import check_batch
from sims_core.training.loop.learner import Learner
from sims_core.training.loop.log import TrainingLog
from sims_core.training.loop.phase import LossFunction, Phase, Training
from sims_core.training.loop.progress import Losses, Progress, load_checkpoint, save_checkpoint
from sims_core.training.loop.schedule import learning_rate

if TYPE_CHECKING:
    from lightning_fabric import Fabric

_BEST = "best.safetensors"


@dataclass(frozen=True)
class FitSummary:
    """What a finished training reports.

    Attributes:
        num_steps: Its length.
        final_losses: Means over the last interval of the curves.
        kept_step: After which step the weights were as they are now.
        validation_losses: Of the held-out examples with these weights; empty where there are none.
    """

    num_steps: int
    final_losses: Losses
    kept_step: int
    validation_losses: Losses


def fit(
    fabric: Fabric, network: nn.Module, phase: Phase, training: Training, state_dir: Path, curves_dir: Path
) -> FitSummary:
    """Train a network in place.

    Args:
        fabric: From `start_fabric`.
        network: Takes what the phase's loss function gives it.
        phase: What it learns from and for how long.
        training: Its name, which names its random streams, its seed and trainer.
        state_dir: Holds checkpoint and best weights; the caller removes it (see `state_folder`).
        curves_dir: Receives the curves in dvclive's layout; what lies there is replaced.

    Raises:
        SimsError: There is nothing to train on, a batch cannot be divided, a loss is not finite, or the checkpoint
            cannot be read.
    """
    if len(phase.examples.training) == 0:  # type: ignore[arg-type]
        raise SimsError(training.name, "nothing to train on", expected="at least one example")
    portion_size = check_batch(training.name, phase.config, training.trainer)
    with ExitStack() as stack:
        stack.enter_context(fixed_threads(training.trainer.num_threads))
        stack.enter_context(deterministic_algorithms(warn_only=fabric.device.type != "cpu"))
        # Every step draws from a stream of its own; this keeps torch's state outside as it was.
        stack.enter_context(seeded(0))
        run = _Run(fabric, network, phase, training, state_dir, portion_size)
        log = stack.enter_context(TrainingLog(curves_dir, training.name, phase.config.num_steps, run.progress))
        run.train(log)
        return run.finish()


class _Run:
    """One training under way."""

    def __init__(
        self,
        fabric: Fabric,
        network: nn.Module,
        phase: Phase,
        training: Training,
        state_dir: Path,
        portion_size: int,
    ) -> None:
        self.fabric, self.network, self.state_dir, self.portion_size = fabric, network, state_dir, portion_size
        self.fit, self.examples = phase.config, phase.examples
        self.name, self.seed, self.trainer = training.name, training.seed, training.trainer
        self.learner = self._learner(network, phase.loss_function, phase.adam_beta1)
        self.parts: dict[str, nn.Module | torch.optim.Optimizer] = {
            "network": network,
            "optimizer": self.learner.optimizer,
        }
        self.critic: Learner | None = None
        if phase.critic is not None:
            self.critic = self._learner(phase.critic.network, phase.critic.loss_function, phase.adam_beta1)
            self.parts |= {"critic": self.critic.network, "critic_optimizer": self.critic.optimizer}
        decay = self.fit.ema_decay
        self.average = AveragedModel(network, multi_avg_fn=average_weights(decay)) if decay else None
        if self.average is not None:
            self.parts["average"] = self.average
        self.keeps_best = self.trainer.keep == "best" and self.critic is None
        self.progress: Progress = load_checkpoint(state_dir, self.parts)

    def _learner(self, network: nn.Module, loss_function: LossFunction, adam_beta1: float) -> Learner:
        if self.trainer.recompute_activations:
            recompute_activations(network)
        return Learner(self.fabric, network, loss_function, adam_beta1, self.fit.clip_norm)

    def train(self, log: TrainingLog) -> None:
        """Do all steps that are left."""
        clock = WaitClock()
        batches = clock.timed(self._batches())
        while self.progress.step < self.fit.num_steps:
            self.progress.count(self._step([next(batches) for _ in range(self.trainer.num_portions)]))
            step, last = self.progress.step, self.progress.step == self.fit.num_steps
            if step % self.trainer.log_every_steps == 0 or last:
                log.training(self.progress, self.fit.batch_size, *clock.read())
            if step % self.trainer.checkpoint_every_steps == 0 or last:
                self._check(log)
                clock.read()
            log.advance(step)

    def finish(self) -> FitSummary:
        """Give the network the weights that are kept."""
        progress, kept = self.progress, len(self.progress.validation) - 1
        if self.average is not None:
            self.network.load_state_dict(self.average.module.state_dict())
        if self.keeps_best and progress.best >= 0:
            kept = progress.best
            self.fabric.barrier()
            self.network.load_state_dict(load_file(self.state_dir / _BEST))
        step, losses = progress.validation[kept] if progress.validation else (progress.step, {})
        means = [values for _, values in progress.history if "train/loss" in values][-1]
        final = {term.removeprefix("train/"): value for term, value in means.items()}
        return FitSummary(progress.step, final, step, losses)

    def _batches(self) -> Iterator[Batch]:
        """Return the portions of the steps that are left; a resumed training sees what it would have seen."""
        sampler = PortionSampler(
            num_items=len(self.examples.training),  # type: ignore[arg-type]
            seed=self.seed,
            name=self.name,
            steps=range(self.progress.step, self.fit.num_steps),
            portion_size=self.portion_size,
            num_portions=self.trainer.num_portions,
            rank=self.fabric.global_rank,
            num_processes=self.fabric.world_size,
        )
        return load_batches(self.examples.training, sampler, self.trainer.num_loader_workers)

    def _step(self, portions: list[Batch]) -> Losses:
        """Do one step of the critic, if there is one, and one of the network; return their loss terms and the sums."""
        torch.manual_seed(derive_seed(self.seed, self.name, "step", self.progress.step, self.fabric.global_rank))
        self.learner.model.train()
        if self.critic is None:
            losses = self._update(self.learner, portions)
        else:
            self.critic.model.train()
            losses = self._update(self.critic, portions, self.network, prefix="critic_")
            losses |= self._update(self.learner, portions, self.critic.network)
        if self.average is not None:
            self.average.update_parameters(self.network)
        return losses

    def _update(self, learner: Learner, portions: list[Batch], *others: nn.Module, prefix: str = "") -> Losses:
        found = learner.differentiate(portions, *others)
        losses = self._finite({f"{prefix}{term}": value for term, value in found.items()})
        learner.step(learning_rate(self.fit, self.progress.step))
        return losses

    def _finite(self, losses: Losses) -> Losses:
        for term, value in losses.items():
            if not math.isfinite(value):
                raise SimsError(
                    f"training {self.name}",
                    f"loss term '{term}' is not finite at step {self.progress.step + 1}",
                    found=value,
                    remedy=f"lower {self.name}.lr or {self.name}.clip_norm, or check the data",
                )
        return losses

    def _check(self, log: TrainingLog) -> None:
        """Measure the held-out examples, and save the state and, if they are the best so far, the weights."""
        losses = self._validate()
        is_best = bool(losses) and self.progress.add_validation(losses)
        if losses:
            log.validation(self.progress, losses)
        if not self.fabric.is_global_zero:
            return
        if is_best and self.keeps_best:
            network = self.network if self.average is None else self.average.module
            with atomic_file(self.state_dir / _BEST) as temporary:
                weights = {name: weight.contiguous() for name, weight in network.state_dict().items()}
                temporary.write_bytes(save(weights))
        save_checkpoint(self.state_dir, self.parts, self.progress)

    def _validate(self) -> Losses:
        """Return the mean loss terms of the held-out examples; every process measures all of them."""
        examples = self.examples.validation
        if examples is None:
            return {}
        network = self.network if self.average is None else self.average.module
        critics = [] if self.critic is None else [self.critic.network]
        for module in (network, *critics):
            module.eval()
        # For networks whose noise stays on: the same in every process and every time.
        torch.manual_seed(derive_seed(self.seed, self.name, "validation"))
        sums: Losses = {}
        num_examples = len(examples)  # type: ignore[arg-type]
        size = self.portion_size
        batches = [list(range(start, min(start + size, num_examples))) for start in range(0, num_examples, size)]
        with torch.no_grad():
            for indices, batch in zip(batches, load_batches(examples, batches, 0), strict=True):
                for term, value in self.learner.terms(network, batch, *critics).items():
                    sums[term] = sums.get(term, 0.0) + value.item() * len(indices) / num_examples
        return sums
