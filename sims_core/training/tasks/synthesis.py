"""Training the synthesis network on simulated canvases and the photos they were made from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

from sims_core.base.errors import SimsError
from sims_core.formats.scenes import SceneReader
from sims_core.formats.simulated import SIMULATED_CANVASES, read_stencils
from sims_core.formats.tables import TableReader
from sims_core.networks.blocks import recompute_activations
from sims_core.networks.perceptual import load_perceptual
from sims_core.networks.pretrained import load_pretrained
from sims_core.networks.synthesis_net import Synthesis, SynthesisNet
from sims_core.networks.tensors import mask_plane, one_hot, photo_planes
from sims_core.simulation.simulator import CanvasSimulator
from sims_core.training.examples.batches import Batch, Examples
from sims_core.training.examples.canvases import Frame, FreshCanvases, StoredCanvases
from sims_core.training.examples.tables import split_scenes
from sims_core.training.loop.phase import Phase, Training
from sims_core.training.loop.run import Origin, train_and_save
from sims_core.training.losses import PerceptualLoss, colour_difference, halve
from sims_core.training.settings.synthesis import SynthesisConfig
from sims_core.training.settings.trainer import FitConfig


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
        """Return the weighted terms of a batch of `canvas_example`s."""
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


@dataclass(frozen=True, kw_only=True)
class SynthesisData:
    """Where the training reads.

    Attributes:
        canvases: data/simulated/canvases.
        stencils: data/simulated/stencils, for fresh canvases.
        perceptual: data/models/perceptual, the network of the perceptual loss.
        simulator: Makes fresh canvases, and knows where scenes, bank and depth are.
    """

    canvases: Path
    stencils: Path
    perceptual: Path
    simulator: CanvasSimulator

    def inputs(self) -> list[Path]:
        """Return the artifacts that the training may read."""
        simulator = self.simulator
        return [self.canvases, self.stencils, simulator.scenes, simulator.bank, simulator.depth, self.perceptual]


def train_synthesis(training: Training, config: SynthesisConfig, data: SynthesisData) -> dict[str, Any]:
    """Train at every resolution, write model and curves, and return the metrics.

    Raises:
        SimsError: Missing or damaged data or weights; or see `fit`.
    """
    reader = SceneReader(data.simulator.scenes)
    features, card = load_perceptual(data.perceptual)
    if training.trainer.recompute_activations:
        recompute_activations(features)
    loss = SynthesisLoss(config, PerceptualLoss(features), len(reader.classes))
    height_px, width_px = reader.frame()
    phases = []
    for level, height in enumerate(config.resolutions):
        phase = config if level == 0 or config.finer is None else config.finer
        frame = (height, round(width_px * height / height_px))
        phases.append(
            Phase(
                config=phase,
                arguments={
                    "num_categories": len(reader.classes),
                    "base_channels": config.base_channels,
                    "output_scale": 2**level,
                    "adds_canvas": config.adds_canvas,
                    "sees_canvas": config.sees_canvas,
                    "vgg_encoder": config.encoder == "vgg19",
                },
                loss_function=loss,
                examples=_examples(training, config, phase, data, frame),
                frame=frame,
            )
        )
    origin = Origin(
        classes=reader.classes,
        made_from=data.inputs(),
        settings={training.name: config},
        notes={"perceptual_weights": card.notes["weights"], "canvases": config.canvases},
        task=__name__,
    )
    return train_and_save(training, SynthesisNet, phases, origin, partial(_begin, config=config))


def _begin(network: SynthesisNet, config: SynthesisConfig) -> None:
    if config.encoder == "vgg19":
        load_pretrained(network.encoder, config.encoder_weights, colours=network.colours)


def _examples(
    training: Training, config: SynthesisConfig, phase: FitConfig, data: SynthesisData, frame: Frame
) -> Examples:
    scenes = data.simulator.scenes
    row_scenes = TableReader(data.canvases, SIMULATED_CANVASES).column("scene_id")
    if not row_scenes:
        raise SimsError(data.canvases, "no simulated canvases", remedy="see section 'simulation'")
    learned, held_out = split_scenes(
        list(dict.fromkeys(row_scenes)), training.trainer.num_validation_scenes, training.seed
    )
    stored = [
        StoredCanvases(data.canvases, scenes, [row for row, i in enumerate(row_scenes) if i in part], frame)
        for part in (set(learned), set(held_out))
    ]
    validation = stored[1] if held_out else None
    if config.canvases == "stored":
        return Examples(stored[0], validation)
    # So many that none is seen twice.
    num_variants = -(-phase.num_steps * phase.batch_size // len(learned))
    stencils = read_stencils(data.stencils)
    return Examples(FreshCanvases(data.simulator, stencils, learned, num_variants, frame), validation)
