"""Training the transformation network on perturbed segments whose way back is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sims_core.classes import ClassTable
from sims_core.errors import SimsError
from sims_core.formats.simulated import TRANSFORM_PAIRS
from sims_core.formats.tables import TableReader
from sims_core.images import decode_mask, decode_png
from sims_core.networks.spatial_transformer import warp
from sims_core.networks.tensors import mask_plane, one_hot, photo_planes
from sims_core.networks.transform_net import TransformNet, encode_segment
from sims_core.training.data import Example, LazyTable, TableDataset, tensor
from sims_core.training.loop import Batch
from sims_core.training.run import Material, Training, train_and_save
from sims_core.training.settings import TransformConfig

_PATTERN = "transform-*.parquet"


class TransformLoss:
    """How far a warped segment is from its place.

    `photometric`: mean colour difference over the place (reference, section 3.6). `mask`: area in only one of
    warped mask and place, over the area of the place. `displacement`: mean distance of the predicted from the
    true sampling points over the place, in half frame sides; the reference lacks it, and learns far slower.
    """

    def __init__(self, config: TransformConfig, num_categories: int) -> None:
        self.config = config
        self.num_categories = num_categories

    def __call__(self, network: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """Return the weighted terms of a batch from `decode_pair`."""
        segment_mask, target_mask = mask_plane(batch["segment_mask"]), mask_plane(batch["target_mask"])
        theta: Tensor = network(
            encode_segment(batch["segment"], batch["segment_mask"]),
            target_mask,
            one_hot(batch["layout"], self.num_categories),
        )
        source = torch.cat([photo_planes(batch["segment"]) * segment_mask, segment_mask], dim=1)
        warped = warp(source, theta)
        difference = (warped[:, :3] - photo_planes(batch["target"])).abs().mean(dim=1, keepdim=True)
        return {
            "photometric": self.config.photometric_weight * _mean_over(difference, target_mask),
            "mask": self.config.mask_weight * _relative_area((warped[:, 3:] - target_mask).abs(), target_mask),
            "displacement": self.config.displacement_weight * displacement(theta, batch["theta"], target_mask),
        }


def displacement(theta: Tensor, truth: Tensor, target_mask: Tensor) -> Tensor:
    """Return the mean L1 distance of sampling points over the place.

    Args:
        theta: (B, 2, 3) predicted.
        truth: (B, 2, 3).
        target_mask: (B, 1, H, W).
    """
    grid = F.affine_grid(theta - truth, [len(theta), 1, *target_mask.shape[2:]], align_corners=False)
    return _mean_over(grid.abs().sum(dim=3)[:, None], target_mask)


def _mean_over(values: Tensor, mask: Tensor) -> Tensor:
    """Mean of (B, 1, H, W) values over a mask, then over the batch; a pixel is added so that none is no fault."""
    return ((values * mask).sum(dim=(1, 2, 3)) / (mask.sum(dim=(1, 2, 3)) + 1)).mean()


def _relative_area(values: Tensor, mask: Tensor) -> Tensor:
    return (values.sum(dim=(1, 2, 3)) / (mask.sum(dim=(1, 2, 3)) + 1)).mean()


def decode_pair(row: dict[str, Any]) -> Example:
    """Return one row of the table as tensors."""
    return {
        "segment": tensor(decode_png(row["segment"]["bytes"])),
        "segment_mask": tensor(decode_mask(row["segment_mask"]["bytes"])),
        "target": tensor(decode_png(row["target"]["bytes"])),
        "target_mask": tensor(decode_mask(row["target_mask"]["bytes"])),
        "layout": tensor(decode_png(row["layout"]["bytes"])),
        "theta": torch.tensor(row["theta"], dtype=torch.float32).view(2, 3),
    }


def train_transform(training: Training, config: TransformConfig, simulated: Path, classes: ClassTable) -> None:
    """Train on the pairs of training scenes and write model and curves.

    Raises:
        SimsError: `simulated` is missing, damaged or without training pairs; or see `fit`.
    """
    splits = TableReader(simulated, TRANSFORM_PAIRS, _PATTERN).column("split")
    rows = [index for index, split in enumerate(splits) if split == "train"]
    if not rows:
        raise SimsError(simulated, "no transform pairs of training scenes", remedy="see section 'simulation'")
    dataset = TableDataset(LazyTable(simulated, TRANSFORM_PAIRS, _PATTERN), rows, decode_pair)
    height_px, width_px = dataset[0]["layout"].shape
    train_and_save(
        training,
        config,
        TransformNet,
        {"num_categories": len(classes), "base_channels": config.base_channels},
        TransformLoss(config, len(classes)),
        Material(
            dataset=dataset,
            files=sorted(simulated.glob(_PATTERN)),
            classes=classes,
            frame=(height_px, width_px),
        ),
    )
