"""Training the ordering network on adjacent segments of which depth, or a rule, says the front one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sims_core.base.errors import SimsError
from sims_core.base.pictures import decode_mask, decode_png, resize_nearest
from sims_core.formats.class_prior import CLASS_PRIOR, class_prior_content, count_pairs
from sims_core.formats.scenes import read_classes
from sims_core.formats.simulated import ORDERING_PAIRS
from sims_core.formats.tables import TableReader
from sims_core.networks.ordering_net import OrderingNet, front_margin, pair_picture
from sims_core.networks.tensors import palette_planes
from sims_core.scenes.boxes import box_slices, mask_box
from sims_core.scenes.classes import ClassTable
from sims_core.scenes.window import joint_window
from sims_core.training.examples.batches import Batch
from sims_core.training.examples.pairs import train_on_pairs
from sims_core.training.examples.tables import tensor
from sims_core.training.loop.phase import Training
from sims_core.training.settings.ordering import OrderingConfig


class OrderingLoss:
    """Cross-entropy of the category in front, between the two categories of the pair.

    The reference spreads it over all categories (section 4.4), though the pair is known and only the logits of
    its two categories are compared afterwards; a network then first has to learn which two it is looking at.
    """

    def __init__(self, classes: ClassTable) -> None:
        self.palette = tensor(classes.palette)

    def __call__(self, network: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """Return the only term for a batch from `decode_pair`."""
        palette = self.palette.to(batch["layout"].device)
        pair = pair_picture(batch["mask_a"], batch["mask_b"], batch["category_a"], batch["category_b"], palette)
        logits: Tensor = network(pair, palette_planes(batch["layout"], palette))
        margin = front_margin(logits, batch["category_a"], batch["category_b"])
        return {"front": F.binary_cross_entropy_with_logits(margin, batch["b_in_front"].to(margin.dtype))}


def decode_pair(row: dict[str, Any], window_px: int) -> Batch:
    """Return one row of the table as tensors, in the window of the two segments."""
    mask_a, mask_b = decode_mask(row["mask_a"]["bytes"]), decode_mask(row["mask_b"]["bytes"])
    frame = (mask_a.shape[0], mask_a.shape[1])
    window = box_slices(joint_window(mask_box(mask_a), mask_box(mask_b), frame))
    planes = {"mask_a": mask_a, "mask_b": mask_b, "layout": decode_png(row["layout"]["bytes"])}
    return {
        **{name: tensor(resize_nearest(array[window], window_px, window_px)) for name, array in planes.items()},
        "category_a": torch.tensor(row["category_a"]),
        "category_b": torch.tensor(row["category_b"]),
        "b_in_front": torch.tensor(row["b_in_front"]),
    }


def train_ordering(training: Training, config: OrderingConfig, pairs: Path, scenes: Path) -> dict[str, Any]:
    """Train on the pairs of training scenes, write model and curves, and return the metrics.

    The class prior, counted on the same pairs, is written beside the weights: whoever uses the network needs both.
    Pairs of one category are left out: a network that names the category in front cannot tell them apart.

    Raises:
        SimsError: `pairs`, data/simulated/ordering, is missing, damaged or without training pairs; or see `fit`.
    """
    columns = ("scene_id", "split", "category_a", "category_b", "b_in_front")
    classes = read_classes(scenes)
    table = TableReader(pairs, ORDERING_PAIRS).columns(*columns).to_pylist()
    learned = {index: row for index, row in enumerate(table) if row["split"] == "train"}
    counts = count_pairs(
        len(classes), ((row["category_a"], row["category_b"], row["b_in_front"]) for row in learned.values())
    )
    rows: dict[str, list[int]] = {}
    for index, row in learned.items():
        if row["category_a"] != row["category_b"]:
            rows.setdefault(row["scene_id"], []).append(index)
    if not rows:
        raise SimsError(
            pairs, "no ordering pairs of two categories in training scenes", remedy="see section 'simulation'"
        )
    return train_on_pairs(
        training,
        OrderingNet,
        config,
        arguments={"num_categories": len(classes), "dropout_percent": config.dropout_percent},
        loss_function=OrderingLoss(classes),
        source=(pairs, ORDERING_PAIRS),
        rows_by_scene=rows,
        decode=decode_pair,
        scenes=scenes,
        task=__name__,
        beside={CLASS_PRIOR: class_prior_content(counts, classes)},
    )
