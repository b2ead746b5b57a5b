"""A network under training: its loss, its gradients and its own optimiser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn

from sims_core.training.examples.batches import Batch
from sims_core.training.loop.phase import LossFunction
from sims_core.training.loop.progress import Losses

if TYPE_CHECKING:
    from lightning_fabric import Fabric

_ADAM_BETA2 = 0.999


class Learner:
    """One network that is trained, alone or against another.

    Attributes:
        network: Itself, to be looked at, validated, saved.
        model: The network as it is trained: on the device, in all processes.
        optimizer: Adam.
    """

    def __init__(
        self, fabric: Fabric, network: nn.Module, loss_function: LossFunction, adam_beta1: float, clip_norm: float
    ) -> None:
        """Bring a network to the device of the training."""
        self.network = network
        optimizer = torch.optim.Adam(network.parameters(), betas=(adam_beta1, _ADAM_BETA2))
        self.model, self.optimizer = fabric.setup(network, optimizer)
        self._fabric, self._loss_function, self._clip_norm = fabric, loss_function, clip_norm

    def terms(self, network: nn.Module, batch: Batch, *others: nn.Module) -> dict[str, Tensor]:
        """Return the loss terms of a network and their sum, computed at the precision of the training.

        Args:
            network: The model, the network or an average of it.
            batch: Of examples.
            others: The networks beside it that its loss function takes.
        """
        batch = self._fabric.to_device(batch)
        with self._fabric.autocast():
            terms = {name: term.float() for name, term in self._loss_function(network, *others, batch).items()}
        return terms | {"loss": torch.stack(list(terms.values())).sum()}

    def differentiate(self, portions: Sequence[Batch], *others: nn.Module) -> Losses:
        """Compute the gradients of a batch, and return its loss terms and their sum, means over all processes.

        Args:
            portions: The parts of this process.
            others: See `terms`; none of them receives gradients.
        """
        self.optimizer.zero_grad()
        values: list[Tensor] = []
        terms: dict[str, Tensor] = {}
        for number, batch in enumerate(portions, start=1):
            with _frozen(others), self._fabric.no_backward_sync(self.model, enabled=number < len(portions)):
                terms = self.terms(self.model, batch, *others)
                self._fabric.backward(terms["loss"] / len(portions))
            values.append(torch.stack([term.detach() for term in terms.values()]))
        means = cast(Tensor, self._fabric.all_reduce(torch.stack(values).mean(dim=0)))
        return dict(zip(terms, means.tolist(), strict=True))

    def step(self, lr: float) -> None:
        """Move the weights by their clipped gradients."""
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        self._fabric.clip_gradients(self.model, self.optimizer, max_norm=self._clip_norm, error_if_nonfinite=False)
        self.optimizer.step()


@contextmanager
def _frozen(networks: Sequence[nn.Module]) -> Iterator[None]:
    """Compute no gradients for the weights of networks; what goes through them keeps its own."""
    weights = [weight for network in networks for weight in network.parameters() if weight.requires_grad]
    for weight in weights:
        weight.requires_grad_(False)
    try:
        yield
    finally:
        for weight in weights:
            weight.requires_grad_(True)
