"""Training the network that turns coarse layouts into dense ones, on coarse annotation simulated or the dataset's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor, nn
from torch.utils.data import Dataset

from sims_core.base.seeding import random_stream
from sims_core.formats.scenes import SceneReader, open_scenes
from sims_core.layouts.coarse import CoarsenConfig, LayoutSource, coarse_layout, no_coarse_annotation
from sims_core.networks.crn import LayoutRefinementNet
from sims_core.networks.tensors import one_hot
from sims_core.training.examples.batches import Batch, Examples
from sims_core.training.examples.photos import cascade_arguments
from sims_core.training.examples.tables import split_scenes, tensor
from sims_core.training.label_losses import label_loss
from sims_core.training.loop.phase import Phase, Training
from sims_core.training.loop.run import Origin, train_and_save
from sims_core.training.settings.layout import LayoutConfig


class CoarseLayouts(Dataset[Batch]):
    """Label maps and what somebody in a hurry paints of them; every second variant is mirrored.

    Simulated coarse layouts are new in each variant, annotated ones the same in all.
    """

    def __init__(
        self,
        scenes: Path,
        scene_ids: list[str],
        num_variants: int,
        source: LayoutSource,
        config: CoarsenConfig,
        seed: int,
    ) -> None:
        self._scenes = scenes
        self._scene_ids = scene_ids
        self._num_variants = num_variants
        self._source = source
        self._config = config
        self._seed = seed

    def __len__(self) -> int:
        return self._num_variants * len(self._scene_ids)

    def __getitem__(self, index: int) -> Batch:
        variant, position = divmod(index, len(self._scene_ids))
        reader, scene_id = open_scenes(self._scenes), self._scene_ids[position]
        scene = reader.load(scene_id)
        stream = random_stream(self._seed, "layout", "coarse", scene_id, variant)
        coarse = coarse_layout(scene, reader.classes, self._source, self._config, stream)
        step = -1 if variant % 2 else 1
        return {
            "coarse": tensor(np.ascontiguousarray(coarse[:, ::step])),
            "labels": tensor(np.ascontiguousarray(scene.labels[:, ::step])),
        }


class LayoutLoss:
    """Cross-entropy of the fine layout's categories, void pixels left out."""

    def __init__(self, num_categories: int) -> None:
        self.num_categories = num_categories

    def __call__(self, network: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """Return the only term for a batch of `CoarseLayouts`."""
        return {"semantic": label_loss(network(one_hot(batch["coarse"], self.num_categories)), batch["labels"])}


def train_layout(training: Training, config: LayoutConfig, scenes: Path) -> dict[str, Any]:
    """Train on the training label maps, write model and curves, and return the metrics.

    Raises:
        SimsError: Missing or damaged data, scenes without the coarse annotation that is asked for, or too many modules
            for the scenes; or see `fit`.
    """
    reader = SceneReader(scenes)
    arguments = cascade_arguments(training.name, config, reader)
    lacking = reader.without_coarse_labels() if config.source == "annotated" else []
    if lacking:
        raise no_coarse_annotation(lacking[0])
    learned, held_out = split_scenes(reader.ids("train"), training.trainer.num_validation_scenes, training.seed)
    # So many that no simulated one is seen twice.
    num_variants = -(-config.num_steps * config.batch_size // len(learned))
    examples = [
        CoarseLayouts(scenes, part, variants, config.source, config.coarse, training.seed)
        for part, variants in ((learned, num_variants), (held_out, 1))
    ]
    phase = Phase(
        config=config,
        arguments=arguments,
        loss_function=LayoutLoss(len(reader.classes)),
        examples=Examples(examples[0], examples[1] if held_out else None),
        frame=reader.frame(),
    )
    origin = Origin(
        classes=reader.classes, made_from=[scenes], settings={training.name: config}, notes={}, task=__name__
    )
    return train_and_save(training, LayoutRefinementNet, [phase], origin)
