"""Training the synthesis network on simulated canvases and the photos they were made from."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import Dataset

from sims_core.errors import SimsError
from sims_core.formats.scenes import open_scenes, read_classes
from sims_core.formats.simulated import SIMULATED_CANVASES
from sims_core.formats.tables import TableReader
from sims_core.images import decode_mask, decode_png
from sims_core.networks.synthesis_net import Synthesis, SynthesisNet
from sims_core.networks.tensors import mask_plane, one_hot, photo_planes
from sims_core.training.data import Example, LazyTable, tensor
from sims_core.training.loop import Batch
from sims_core.training.losses import PerceptualLoss, build_perceptual_loss, colour_difference, halve
from sims_core.training.run import Material, Training, train_and_save
from sims_core.training.settings import PerceptualConfig, SynthesisConfig

_PATTERN = "canvas-*.parquet"


class SynthesisLoss:
    """Colours and features against the photo, semantics against its layout (reference, section 6.4).

    The layout that goes in carries simulated noise; the one that is asked back does not. Void is a
    category of its own there.
    """

    def __init__(self, config: SynthesisConfig, perceptual: PerceptualLoss, num_categories: int) -> None:
        self.config = config
        self.perceptual = perceptual
        self.num_categories = num_categories

    def __call__(self, network: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """Return the weighted terms of a batch from `CanvasDataset`."""
        made: Synthesis = network(
            photo_planes(batch["canvas"]), mask_plane(batch["known"]), one_hot(batch["layout"], self.num_categories)
        )
        photo, image, labels = photo_planes(batch["photo"]), made.image, batch["labels"]
        colours = colour_difference(image, photo)
        if made.semantics.shape[2:] != photo.shape[2:]:
            # At output scale 4 features and semantics are compared at half size.
            image, photo, labels = halve(image), halve(photo), labels[:, ::2, ::2]
        semantics = F.cross_entropy(made.semantics, labels.long().clamp(max=self.num_categories))
        return {
            "pixel": self.config.pixel_weight * colours,
            "perceptual": self.config.perceptual_weight * self.perceptual(image, photo),
            "semantic": self.config.semantic_weight * semantics,
        }


class CanvasDataset(Dataset[Example]):
    """Simulated canvases with the photo and the true layout of their scene."""

    def __init__(self, simulated: Path, scenes: Path) -> None:
        self._table = LazyTable(simulated, SIMULATED_CANVASES, _PATTERN)
        self._num_rows = len(TableReader(simulated, SIMULATED_CANVASES, _PATTERN))
        self._scenes = scenes

    def __len__(self) -> int:
        return self._num_rows

    def __getitem__(self, index: int) -> Example:
        row = self._table.row(index)
        scene = open_scenes(self._scenes).load(row["scene_id"])
        return {
            "canvas": tensor(decode_png(row["canvas"]["bytes"])),
            "known": tensor(decode_mask(row["known"]["bytes"])),
            "layout": tensor(decode_png(row["layout"]["bytes"])),
            "photo": tensor(scene.photo),
            "labels": tensor(scene.labels),
        }


def train_synthesis(
    training: Training, config: SynthesisConfig, perceptual: PerceptualConfig, simulated: Path, scenes: Path
) -> None:
    """Train on all simulated canvases and write model and curves.

    Raises:
        SimsError: Missing or damaged data or perceptual weights; or see `fit`.
    """
    classes = read_classes(scenes)
    dataset = CanvasDataset(simulated, scenes)
    if len(dataset) == 0:
        raise SimsError(simulated, "no simulated canvases", remedy="see section 'simulation'")
    loss, origin = build_perceptual_loss(perceptual, training.seed)
    height_px, width_px = dataset[0]["layout"].shape
    train_and_save(
        training,
        config,
        SynthesisNet,
        {
            "num_categories": len(classes),
            "base_channels": config.base_channels,
            "output_scale": config.output_scale,
            "adds_canvas": config.adds_canvas,
        },
        SynthesisLoss(config, loss, len(classes)),
        Material(
            dataset=dataset,
            files=[*sorted(simulated.glob(_PATTERN)), *sorted(scenes.glob("train-*.parquet"))],
            classes=classes,
            frame=(height_px, width_px),
        ),
        more_settings={"perceptual": perceptual},
        notes={"perceptual_weights": origin},
    )
