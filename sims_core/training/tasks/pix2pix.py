"""Training pix2pix, a rival, on training photos: a generator against a discriminator (Isola et al., CVPR 2017)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

from sims_core.formats.scenes import SceneReader
from sims_core.networks.pix2pix import PatchDiscriminator, UNetGenerator
from sims_core.networks.tensors import palette_planes, photo_planes
from sims_core.scenes.classes import ClassTable
from sims_core.scenes.halvings import most_halvings
from sims_core.training.examples.batches import Batch
from sims_core.training.examples.photos import check_fits, photo_examples
from sims_core.training.examples.tables import tensor
from sims_core.training.loop.phase import Critic, Phase, Training
from sims_core.training.loop.run import Origin, train_and_save
from sims_core.training.loop.save import build_network
from sims_core.training.settings.pix2pix import Pix2PixConfig

# The paper's colours are -1..1, twice as far apart as those of 0..1.
_COLOUR_RANGE = 2


class Pix2PixLoss:
    """What generator and discriminator of pix2pix want of a batch from `encode_scene` (paper, sections 3.1 and 3.3)."""

    def __init__(self, config: Pix2PixConfig, classes: ClassTable) -> None:
        self.config = config
        self.palette = tensor(classes.palette)

    def generator_terms(self, generator: nn.Module, discriminator: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """Return how little a picture looks like a photo, and how far its colours are from the photo's, weighted.

        The first is the cross-entropy of the discriminator's wrong answer, which does not saturate.
        """
        layout, photo = self._planes(batch)
        made: Tensor = generator(layout)
        return {
            "adversarial": self.config.adversarial_weight * _cross_entropy(discriminator(layout, made), of_photo=True),
            "pixel": self.config.pixel_weight * _COLOUR_RANGE * (made - photo).abs().mean(),
        }

    def discriminator_terms(self, discriminator: nn.Module, generator: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """Return the cross-entropies of the answers for photo and picture, each halved to slow the discriminator."""
        layout, photo = self._planes(batch)
        return {
            "photo": _cross_entropy(discriminator(layout, photo), of_photo=True) / 2,
            "made": _cross_entropy(discriminator(layout, generator(layout)), of_photo=False) / 2,
        }

    def _planes(self, batch: Batch) -> tuple[Tensor, Tensor]:
        labels = batch["labels"]
        return palette_planes(labels, self.palette.to(labels.device)), photo_planes(batch["photo"])


def _cross_entropy(logits: Tensor, of_photo: bool) -> Tensor:
    """Mean over the patches of -log of the probability that the answer should have had."""
    return F.softplus(-logits if of_photo else logits).mean()


def train_pix2pix(training: Training, config: Pix2PixConfig, scenes: Path) -> dict[str, Any]:
    """Train on the training photos, write the generator and curves, and return the metrics.

    Raises:
        SimsError: Missing or damaged data, or too many levels for the scenes; or see `fit`.
    """
    reader = SceneReader(scenes)
    frame = reader.frame()
    check_fits(f"{training.name}.num_levels", config.num_levels, most_halvings(frame), frame)
    loss = Pix2PixLoss(config, reader.classes)
    width = {"base_channels": config.base_channels}
    discriminator = build_network(PatchDiscriminator, width, training.seed, f"{training.name} discriminator")
    phase = Phase(
        config=config,
        arguments={**width, "num_levels": config.num_levels, "dropout_percent": config.dropout_percent},
        loss_function=loss.generator_terms,
        examples=photo_examples(training, reader),
        frame=frame,
        critic=Critic(discriminator, loss.discriminator_terms),
        adam_beta1=config.adam_beta1,
    )
    origin = Origin(
        classes=reader.classes,
        made_from=[scenes],
        settings={training.name: config},
        notes={"kept": "the last"},
        task=__name__,
    )
    return train_and_save(training, UNetGenerator, [phase], origin)
