"""Training SPADE's generator, a rival, as pix2pix is trained (Park et al., CVPR 2019; Isola et al., CVPR 2017).

Critic, loss and optimiser are pix2pix's, so that of the two rivals the generators alone differ.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import Tensor

from sims_core.base.errors import SimsError
from sims_core.formats.scenes import SceneReader
from sims_core.networks.spade import SpadeGenerator, is_large_enough
from sims_core.networks.tensors import one_hot
from sims_core.training.loop.phase import Training
from sims_core.training.settings.spade import SpadeConfig
from sims_core.training.tasks.pix2pix import PatchTraining, Pix2PixLoss


class SpadeLoss(Pix2PixLoss):
    """Pix2pix's loss of a generator that sees one-hot layouts; the critic sees palette colours, as pix2pix's does."""

    def seen(self, labels: Tensor) -> Tensor:
        """(B, H, W) label ids -> (B, num_categories + 1, H, W)."""
        return one_hot(labels, self.num_categories)


def train_spade(training: Training, config: SpadeConfig, scenes: Path) -> dict[str, Any]:
    """Train on the training photos, write the generator and curves, and return the metrics.

    Raises:
        SimsError: Missing or damaged data, or scenes that are too small; or see `fit`.
    """
    reader = SceneReader(scenes)
    height_px, width_px = reader.frame()
    if not is_large_enough((height_px, width_px)):
        raise SimsError(
            training.name,
            "cannot be trained on pictures so small",
            expected="32 pixels at least, and more in one direction",
            found=f"{height_px} x {width_px}",
        )
    rival = PatchTraining(
        SpadeGenerator,
        {"num_categories": len(reader.classes), "base_channels": config.base_channels},
        critic_channels=config.critic_channels,
        loss=SpadeLoss(config, reader.classes),
        task=__name__,
    )
    return rival.run(training, reader)
