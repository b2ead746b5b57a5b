"""Training the segmenter of the evaluation on real photos: the measuring stick, no part of the synthesis."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sims_core.base.parameters import Section
from sims_core.formats.scenes import SceneReader
from sims_core.networks.efficientnet_lite0 import LITE0_WEIGHTS, fill_lite0
from sims_core.networks.pyramid_segmenter import PyramidSegmenter
from sims_core.networks.unet import UNet
from sims_core.training.examples.batches import Examples
from sims_core.training.examples.photos import photo_examples
from sims_core.training.label_losses import LabellingLoss
from sims_core.training.loop.phase import Phase, Training
from sims_core.training.loop.run import Origin, train_and_save
from sims_core.training.settings.segmenter import SegmenterConfig


def train_segmenter(
    training: Training,
    config: SegmenterConfig,
    scenes: Path,
    examples: Examples | None = None,
    also: Mapping[str, Section] = MappingProxyType({}),
) -> dict[str, Any]:
    """Train on the training photos, write model and curves, and return the metrics; see `fit` for errors.

    Args:
        training: Names, places and trainer.
        config: Section `segmenter`.
        scenes: Folder of the scenes.
        examples: What to learn from instead; items as `encode_scene` makes them.
        also: Further sections that shape the examples.
    """
    reader = SceneReader(scenes)
    arguments = {
        "out_channels": len(reader.classes),
        "base_channels": config.base_channels,
        "num_levels": config.num_levels,
    }
    phase = Phase(
        config=config,
        arguments=arguments if config.encoder == "lite0" else {"in_channels": 3, **arguments},
        loss_function=LabellingLoss(config.lovasz_weight),
        examples=photo_examples(training, reader) if examples is None else examples,
        frame=reader.frame(),
    )
    origin = Origin(
        classes=reader.classes,
        made_from=[scenes],
        settings={training.name: config, **also},
        notes={"encoder": LITE0_WEIGHTS} if config.encoder == "lite0" else {},
        task=__name__,
    )
    if config.encoder == "lite0":
        return train_and_save(training, PyramidSegmenter, [phase], origin, lambda network: fill_lite0(network.encoder))
    return train_and_save(training, UNet, [phase], origin)
