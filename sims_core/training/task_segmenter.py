"""Training the segmenter of the evaluation on real photos: the measuring stick, no part of the synthesis."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn
from torch.nn import functional as F

from sims_core.classes import VOID
from sims_core.formats.scenes import SceneReader
from sims_core.networks.tensors import photo_planes
from sims_core.networks.unet import UNet
from sims_core.scene import Scene
from sims_core.training.data import Example, SceneDataset, SceneSource, tensor
from sims_core.training.loop import Batch
from sims_core.training.run import Material, Training, train_and_save
from sims_core.training.settings import SegmenterConfig


def segmentation_loss(network: nn.Module, batch: Batch) -> dict[str, Tensor]:
    """Return the cross-entropy of a batch from `encode_scene`, void pixels left out."""
    logits: Tensor = network(photo_planes(batch["photo"]))
    labels = batch["labels"].long()
    # A sum over counted pixels: the mean of a batch without any would be 0 / 0.
    total = F.cross_entropy(logits, labels, ignore_index=VOID, reduction="sum")
    return {"semantic": total / (labels != VOID).sum().clamp(min=1)}


def encode_scene(scene: Scene) -> Example:
    """Return photo and labels of a scene as tensors."""
    return {"photo": tensor(scene.photo), "labels": tensor(scene.labels)}


def train_segmenter(training: Training, config: SegmenterConfig, scenes: Path) -> None:
    """Train on the training photos and write model and curves; see `fit` for errors."""
    reader = SceneReader(scenes)
    scene_ids = reader.ids("train")
    height_px, width_px = reader.load(scene_ids[0]).labels.shape
    train_and_save(
        training,
        config,
        UNet,
        {
            "in_channels": 3,
            "out_channels": len(reader.classes),
            "base_channels": config.base_channels,
            "num_levels": config.num_levels,
        },
        segmentation_loss,
        Material(
            dataset=SceneDataset(SceneSource(scenes), scene_ids, encode_scene),
            files=sorted(scenes.glob("train-*.parquet")),
            classes=reader.classes,
            frame=(height_px, width_px),
        ),
    )
