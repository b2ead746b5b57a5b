"""Training the cascaded refinement network, a rival, on training photos (Chen and Koltun, ICCV 2017)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import Tensor, nn

from sims_core.formats.scenes import SceneReader
from sims_core.networks.blocks import recompute_activations
from sims_core.networks.crn import CascadedRefinementNet
from sims_core.networks.perceptual import load_perceptual
from sims_core.networks.tensors import one_hot, photo_planes
from sims_core.training.examples.batches import Batch
from sims_core.training.examples.photos import cascade_arguments, photo_examples
from sims_core.training.loop.phase import Phase, Training
from sims_core.training.loop.run import Origin, train_and_save
from sims_core.training.losses import PerceptualLoss, colour_difference
from sims_core.training.settings.cascade import CrnConfig


class CrnLoss:
    """Colours and features against the photo (paper, section 4, with the picture itself as the first of the layers)."""

    def __init__(self, config: CrnConfig, perceptual: PerceptualLoss, num_categories: int) -> None:
        self.config = config
        self.perceptual = perceptual
        self.num_categories = num_categories

    def __call__(self, network: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """Return the weighted terms of a batch from `encode_scene`."""
        image: Tensor = network(one_hot(batch["labels"], self.num_categories))
        photo = photo_planes(batch["photo"])
        return {
            "pixel": self.config.pixel_weight * colour_difference(image, photo),
            "perceptual": self.config.perceptual_weight * self.perceptual(image, photo),
        }


def train_crn(training: Training, config: CrnConfig, scenes: Path, perceptual: Path) -> dict[str, Any]:
    """Train on the training photos, write model and curves, and return the metrics.

    Args:
        training: Names, places and trainer.
        config: Its section.
        scenes: data/scenes.
        perceptual: data/models/perceptual, the network of the perceptual loss.

    Raises:
        SimsError: Missing or damaged data or weights, or too many modules for the scenes; or see `fit`.
    """
    reader = SceneReader(scenes)
    arguments = cascade_arguments(training.name, config, reader)
    features, card = load_perceptual(perceptual)
    if training.trainer.recompute_activations:
        recompute_activations(features)
    phase = Phase(
        config=config,
        arguments=arguments,
        loss_function=CrnLoss(config, PerceptualLoss(features), len(reader.classes)),
        examples=photo_examples(training, reader),
        frame=reader.frame(),
    )
    origin = Origin(
        classes=reader.classes,
        made_from=[scenes, perceptual],
        settings={training.name: config},
        notes={"perceptual_weights": card.notes["weights"]},
        task=__name__,
    )
    return train_and_save(training, CascadedRefinementNet, [phase], origin)
