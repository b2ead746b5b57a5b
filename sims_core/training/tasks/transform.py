"""Training the transformation network on perturbed segments whose way back is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sims_core.base.errors import SimsError
from sims_core.base.pictures import decode_mask, decode_png, resize_nearest, resize_photo
from sims_core.formats.scenes import read_classes
from sims_core.formats.simulated import TRANSFORM_PAIRS
from sims_core.formats.tables import TableReader
from sims_core.networks.spatial_transformer import sampling_grid, warp
from sims_core.networks.tensors import mask_plane, one_hot, photo_planes
from sims_core.networks.transform_net import TransformNet, encode_segment
from sims_core.scenes.boxes import box_slices, mask_box
from sims_core.scenes.window import joint_window, to_window
from sims_core.training.examples.batches import Batch
from sims_core.training.examples.pairs import train_on_pairs
from sims_core.training.examples.tables import tensor
from sims_core.training.loop.phase import Training
from sims_core.training.settings.transform import TransformConfig


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
            one_hot(batch["layout"], self.num_categories, torch.channels_last),
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
    grid = sampling_grid(theta - truth, *target_mask.shape[2:])
    return _mean_over(grid.abs().sum(dim=3)[:, None], target_mask)


def _mean_over(values: Tensor, mask: Tensor) -> Tensor:
    """Mean of (B, 1, H, W) values over a mask, then over the batch; a pixel is added so that none is no fault."""
    return ((values * mask).sum(dim=(1, 2, 3)) / (mask.sum(dim=(1, 2, 3)) + 1)).mean()


def _relative_area(values: Tensor, mask: Tensor) -> Tensor:
    return (values.sum(dim=(1, 2, 3)) / (mask.sum(dim=(1, 2, 3)) + 1)).mean()


def decode_pair(row: dict[str, Any], window_px: int) -> Batch:
    """Return one row of the table as tensors, all in the window of segment and place."""
    segment_mask, target_mask = decode_mask(row["segment_mask"]["bytes"]), decode_mask(row["target_mask"]["bytes"])
    frame = (target_mask.shape[0], target_mask.shape[1])
    window = joint_window(mask_box(segment_mask), mask_box(target_mask), frame)
    size = (window_px, window_px)
    pictures = {
        name: resize_photo(decode_png(row[name]["bytes"])[box_slices(window)], *size) for name in ("segment", "target")
    }
    labels = {"segment_mask": segment_mask, "target_mask": target_mask, "layout": decode_png(row["layout"]["bytes"])}
    planes = {name: resize_nearest(array[box_slices(window)], *size) for name, array in labels.items()}
    theta = to_window(np.array(row["theta"]).reshape(2, 3), window, frame)
    return {
        **{name: tensor(array) for name, array in (pictures | planes).items()},
        "theta": tensor(theta.astype(np.float32)),
    }


def train_transform(training: Training, config: TransformConfig, pairs: Path, scenes: Path) -> dict[str, Any]:
    """Train on the pairs of training scenes, write model and curves, and return the metrics.

    Raises:
        SimsError: `pairs`, data/simulated/transform, is missing, damaged or without training pairs; or see `fit`.
    """
    classes = read_classes(scenes)
    table = TableReader(pairs, TRANSFORM_PAIRS).columns("scene_id", "split")
    rows: dict[str, list[int]] = {}
    for index, row in enumerate(table.to_pylist()):
        if row["split"] == "train":
            rows.setdefault(row["scene_id"], []).append(index)
    if not rows:
        raise SimsError(pairs, "no transform pairs of training scenes", remedy="see section 'simulation'")
    return train_on_pairs(
        training,
        TransformNet,
        config,
        arguments={"num_categories": len(classes)},
        loss_function=TransformLoss(config, len(classes)),
        source=(pairs, TRANSFORM_PAIRS),
        rows_by_scene=rows,
        decode=decode_pair,
        scenes=scenes,
        task=__name__,
    )
