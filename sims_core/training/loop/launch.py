"""Where a training runs: one process, or several that `torchrun` or `fabric run` started, on one machine or many."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sims_core.base.errors import SimsError
from sims_core.base.processes import environment_count, is_first_process
from sims_core.training.settings.trainer import FitConfig, TrainerConfig

if TYPE_CHECKING:
    from lightning_fabric import Fabric


def start_fabric(trainer: TrainerConfig) -> Fabric:
    """Return Fabric on the device asked for, connected to the other processes of the run, if there are any.

    Raises:
        SimsError: The device is not there, or the precision needs another one.
    """
    import torch

    # Some 3 seconds; nothing else needs it. Fabric imports torchmetrics for its version alone: another 2.5 s.
    with _not_installed("torchmetrics"):
        from lightning_fabric import Fabric

    if trainer.device == "cuda" and not torch.cuda.is_available():
        raise SimsError("trainer.device", "there is no CUDA device", remedy="set it to auto or cpu")
    num_local = environment_count("LOCAL_WORLD_SIZE", 1)
    if _num_processes() % num_local:
        raise SimsError(
            "WORLD_SIZE",
            "environment variable",
            expected=f"a multiple of {num_local} (LOCAL_WORLD_SIZE)",
            found=_num_processes(),
            remedy="unset both",
        )
    on_cpu = trainer.device == "cpu" or not torch.cuda.is_available()
    if on_cpu and trainer.precision == "16-mixed":
        raise SimsError("trainer.precision", "16-mixed needs a CUDA device", remedy="set it to 32-true")
    fabric = Fabric(
        accelerator="cpu" if on_cpu else "cuda",
        devices=num_local,
        num_nodes=_num_processes() // num_local,
        strategy="ddp" if _num_processes() > 1 else "auto",
        precision=trainer.precision,
    )
    # `fabric run` has connected the processes already.
    if os.environ.get("LT_CLI_USED") != "1":
        fabric.launch()
    return fabric


def check_batch(name: str, fit: FitConfig, trainer: TrainerConfig) -> int:
    """Return the number of examples in one portion of one process.

    Raises:
        SimsError: The batch cannot be divided evenly.
    """
    parts = _num_processes() * trainer.num_portions
    if fit.batch_size % parts:
        raise SimsError(
            f"{name}.batch_size",
            "a batch must divide evenly into the portions of all processes",
            expected=f"a multiple of {_num_processes()} processes x {trainer.num_portions} portions",
            found=fit.batch_size,
        )
    return fit.batch_size // parts


def wait_for_all() -> None:
    """Wait until every process of the run has come here."""
    from torch import distributed

    if distributed.is_available() and distributed.is_initialized():
        distributed.barrier()


def say(text: str) -> None:
    """Print a line to stderr, once per run."""
    if is_first_process():
        print(text, file=sys.stderr)  # noqa: T201


@contextmanager
def _not_installed(package: str) -> Iterator[None]:
    """Let a package that is not imported yet seem not to be installed."""
    if package in sys.modules:
        yield
        return
    sys.modules[package] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[package]


def _num_processes() -> int:
    return environment_count("WORLD_SIZE", 1)
