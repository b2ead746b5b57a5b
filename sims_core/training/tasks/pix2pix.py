"""Training pix2pix, a rival, on training photos: a generator against a discriminator (Isola et al., CVPR 2017)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
from sims_core.training.settings.adversarial import AdversarialConfig
from sims_core.training.settings.pix2pix import Pix2PixConfig

# The paper's colours are -1..1, twice as far apart as those of 0..1.
_COLOUR_RANGE = 2


class Pix2PixLoss:
    """What generator and discriminator of pix2pix want of a batch from `encode_scene` (paper, sections 3.1 and 3.3)."""

    def __init__(self, config: AdversarialConfig, classes: ClassTable) -> None:
        self.config = config
        self.palette = tensor(classes.palette)
        self.num_categories = len(classes)

    def seen(self, labels: Tensor) -> Tensor:
        """(B, H, W) label ids -> (B, 3, H, W): what the generator makes a picture of, the layout in palette colours."""
        return self._coloured(labels)

    def generator_terms(self, generator: nn.Module, discriminator: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """Return how little a picture looks like a photo, and how far its colours are from the photo's, weighted.

        The first is the cross-entropy of the discriminator's wrong answer, which does not saturate.
        """
        made: Tensor = generator(self.seen(batch["labels"]))
        judged = discriminator(self._coloured(batch["labels"]), made)
        return {
            "adversarial": self.config.adversarial_weight * _cross_entropy(judged, of_photo=True),
            "pixel": self.config.pixel_weight * _COLOUR_RANGE * (made - photo_planes(batch["photo"])).abs().mean(),
        }

    def discriminator_terms(self, discriminator: nn.Module, generator: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """Return the cross-entropies of the answers for photo and picture, each halved to slow the discriminator."""
        layout = self._coloured(batch["labels"])
        of_photo = discriminator(layout, photo_planes(batch["photo"]))
        of_made = discriminator(layout, generator(self.seen(batch["labels"])))
        return {
            "photo": _cross_entropy(of_photo, of_photo=True) / 2,
            "made": _cross_entropy(of_made, of_photo=False) / 2,
        }

    def _coloured(self, labels: Tensor) -> Tensor:
        return palette_planes(labels, self.palette.to(labels.device))


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
    rival = PatchTraining(
        UNetGenerator,
        {
            "base_channels": config.base_channels,
            "num_levels": config.num_levels,
            "dropout_percent": config.dropout_percent,
        },
        critic_channels=config.base_channels,
        loss=Pix2PixLoss(config, reader.classes),
        task=__name__,
    )
    return rival.run(training, reader)


@dataclass(frozen=True)
class PatchTraining:
    """A generator to be trained on photos against a new discriminator of patches.

    Attributes:
        generator: Its class.
        arguments: Of its constructor.
        critic_channels: Width of the discriminator.
        loss: What both want; its `config` is the section of params.yaml.
        task: The module that trains; see `Origin`.
    """

    generator: type[nn.Module]
    arguments: Mapping[str, int]
    critic_channels: int
    loss: Pix2PixLoss
    task: str

    def run(self, training: Training, reader: SceneReader) -> dict[str, Any]:
        """Train on the training photos, write the generator and curves, and return the metrics; see `fit`."""
        width = {"base_channels": self.critic_channels}
        discriminator = build_network(PatchDiscriminator, width, training.seed, f"{training.name} discriminator")
        phase = Phase(
            config=self.loss.config,
            arguments=self.arguments,
            loss_function=self.loss.generator_terms,
            examples=photo_examples(training, reader),
            frame=reader.frame(),
            critic=Critic(discriminator, self.loss.discriminator_terms),
            adam_beta1=self.loss.config.adam_beta1,
        )
        origin = Origin(
            classes=reader.classes,
            made_from=[reader.folder],
            settings={training.name: self.loss.config},
            notes={"kept": "the last"},
            task=self.task,
        )
        return train_and_save(training, self.generator, [phase], origin)
