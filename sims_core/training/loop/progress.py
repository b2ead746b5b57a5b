"""All that changes during a training: its step, its curves, its best weights; saved so that it can go on."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import nn

from sims_core.base.errors import SimsError
from sims_core.base.files import atomic_file

_CHECKPOINT = "checkpoint.pt"
Losses = dict[str, float]


@dataclass
class Progress:
    """Where a training is.

    Attributes:
        step: Steps done.
        sums: Sums of the loss terms since the curves' last point.
        num_summed: Steps in them.
        history: The curves' points: (step, values by name).
        validation: Loss terms of the held-out examples: (step, terms).
        best: Index in `validation` of the lowest loss.
    """

    step: int = 0
    sums: Losses = field(default_factory=dict)
    num_summed: int = 0
    history: list[tuple[int, Losses]] = field(default_factory=list)
    validation: list[tuple[int, Losses]] = field(default_factory=list)
    best: int = -1

    def count(self, losses: Losses) -> None:
        """Add the losses of one step."""
        self.step += 1
        self.num_summed += 1
        for term, value in losses.items():
            self.sums[term] = self.sums.get(term, 0.0) + value

    def close_interval(self) -> Losses:
        """Return the mean losses since the last call."""
        means = {term: value / self.num_summed for term, value in self.sums.items()}
        self.sums, self.num_summed = {}, 0
        return means

    def add_validation(self, losses: Losses) -> bool:
        """Note the losses of the held-out examples; return whether their sum is the lowest so far."""
        self.validation.append((self.step, losses))
        is_best = self.best < 0 or losses["loss"] < self.validation[self.best][1]["loss"]
        if is_best:
            self.best = len(self.validation) - 1
        return is_best


def save_checkpoint(folder: Path, parts: dict[str, nn.Module | torch.optim.Optimizer], progress: Progress) -> None:
    """Save the states of modules and optimisers, by name, with the progress."""
    with atomic_file(folder / _CHECKPOINT) as temporary:
        states = {name: part.state_dict() for name, part in parts.items()}
        # By way of memory: Python says why a disk refuses, torch's own writer does not.
        content = BytesIO()
        torch.save(states | {"progress": vars(progress)}, content)
        temporary.write_bytes(content.getbuffer())


def load_checkpoint(folder: Path, parts: dict[str, nn.Module | torch.optim.Optimizer]) -> Progress:
    """Restore everything from the checkpoint; where there is none, return a new beginning.

    Raises:
        SimsError: The checkpoint cannot be read.
    """
    path = folder / _CHECKPOINT
    if not path.is_file():
        return Progress()
    try:
        # On the CPU: modules and optimisers copy their states to where they are.
        states: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        for name, part in parts.items():
            part.load_state_dict(states[name])
        return Progress(**states["progress"])
    except (UnpicklingError, RuntimeError, OSError, EOFError, LookupError, TypeError, ValueError) as error:
        found = str(error).split("\n")[0]
        raise SimsError(path, "checkpoint cannot be read", found=found, remedy="delete it") from error
