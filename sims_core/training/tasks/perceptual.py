"""The network of the perceptual loss: random, pretrained, or trained here to label the training photos."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from sims_core.base.pictures import resize_photo
from sims_core.base.seeding import random_stream
from sims_core.formats.scenes import SceneReader
from sims_core.networks.blocks import linear_head, resize
from sims_core.networks.determinism import fixed_threads
from sims_core.networks.efficientnet_lite0 import LITE0_WEIGHTS, fill_lite0
from sims_core.networks.perceptual import Lite0Features, PerceptualNet
from sims_core.networks.pretrained import LEARNED, LITE0, RANDOM, load_pretrained
from sims_core.networks.tensors import photo_planes
from sims_core.networks.vgg import VGG19
from sims_core.training.examples.photos import photo_examples
from sims_core.training.examples.tables import tensor
from sims_core.training.label_losses import segmentation_loss
from sims_core.training.loop.loop import FitSummary
from sims_core.training.loop.phase import Phase, Training
from sims_core.training.loop.run import Origin, Trained, save_trained, train_phases
from sims_core.training.loop.save import build_network
from sims_core.training.losses import colour_difference, layer_differences
from sims_core.training.settings.perceptual import PerceptualConfig

# How much each layer counts beside the colours, in the reference: the last one tenfold.
_SHARES = (1.0, 1.0, 1.0, 1.0, 10.0)
_NUM_PAIRS = 16
# Photos are compared at this height at most; how far features are apart hardly depends on it.
_MAX_HEIGHT_PX = 256


class PhotoLabeller(nn.Module):
    """A VGG-19 that labels every pixel from all five of its feature maps, so that each learns what is in a photo."""

    def __init__(self, num_categories: int, base_channels: int) -> None:
        super().__init__()
        self.vgg = VGG19(base_channels)
        self.heads = nn.ModuleList(linear_head(width, num_categories) for width in self.vgg.widths)

    def forward(self, photo: Tensor) -> Tensor:
        """(B, 3, H, W) RGB in [0, 1] -> (B, num_categories, H, W) logits."""
        maps = zip(self.heads, self.vgg(photo), strict=True)
        return torch.stack([resize(head(features), photo.shape[-2:]) for head, features in maps]).sum(dim=0)


def train_perceptual(training: Training, config: PerceptualConfig, scenes: Path) -> dict[str, Any]:
    """Make the network that `config.weights` names, write it and, where it was trained, its curves; return the metrics.

    Raises:
        SimsError: Missing or damaged scenes or weight file; or see `fit`.
    """
    reader = SceneReader(scenes)
    frame = reader.frame()
    arguments = {} if config.weights == LITE0 else {"base_channels": config.base_channels}
    origin = Origin(
        classes=reader.classes, made_from=[scenes], settings={training.name: config}, notes={}, task=__name__
    )
    training.curves.mkdir(parents=True, exist_ok=True)
    made: Trained[PerceptualNet]
    if config.weights == LEARNED:
        made = _learn(training, config, reader, origin, frame)
    elif config.weights == LITE0:
        lite0 = Lite0Features()
        fill_lite0(lite0)
        made = _as_it_is(lite0, LITE0_WEIGHTS)
    else:
        vgg = build_network(VGG19, arguments, training.seed, training.name)
        made = _as_it_is(vgg, load_pretrained(vgg, config.weights))
    if config.weights in (RANDOM, LEARNED, LITE0):
        with fixed_threads(training.trainer.num_threads):
            made.network.layer_weights.copy_(balanced_weights(made.network, _pairs(reader, training.seed)))
    return save_trained(training, made, arguments, frame, origin)


def _as_it_is(network: PerceptualNet, weights: str) -> Trained[PerceptualNet]:
    return Trained(network=network, summary=FitSummary(0, {}, 0, {}), notes={"weights": weights}, state=None)


def _learn(
    training: Training, config: PerceptualConfig, reader: SceneReader, origin: Origin, frame: tuple[int, int]
) -> Trained[PerceptualNet]:
    phase = Phase(
        config=config,
        arguments={"num_categories": len(reader.classes), "base_channels": config.base_channels},
        loss_function=segmentation_loss,
        examples=photo_examples(training, reader),
        frame=frame,
    )
    labeller = train_phases(training, PhotoLabeller, [phase], origin)
    notes = {"weights": "learned from the label maps of the training photos"}
    return Trained(network=labeller.network.vgg, summary=labeller.summary, notes=notes, state=labeller.state)


@torch.no_grad()
def balanced_weights(network: PerceptualNet, pairs: Iterable[tuple[Tensor, Tensor]]) -> Tensor:
    """Return (5,) weights with which each layer's differences are as large as the colours', and the last tenfold.

    The weights of the reference do that for ImageNet weights; other weights have features of other sizes.

    Args:
        network: Its features.
        pairs: Photos that have nothing to do with one another, (1, 3, H, W) in [0, 1].
    """
    colours, features = torch.zeros(()), torch.zeros(len(_SHARES))
    for photo, other in pairs:
        colours += colour_difference(photo, other)
        features += layer_differences(network(photo), network(other))
    return torch.tensor(_SHARES) * colours / features.clamp(min=torch.finfo(torch.float32).tiny)


def _pairs(reader: SceneReader, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield random pairs of training photos."""
    scene_ids = reader.ids("train")
    stream = random_stream(seed, "perceptual", "pairs")
    for _ in range(_NUM_PAIRS):
        photos = [reader.load(scene_ids[int(index)]).photo for index in stream.choice(len(scene_ids), 2)]
        height_px = min(_MAX_HEIGHT_PX, photos[0].shape[0])
        width_px = round(photos[0].shape[1] * height_px / photos[0].shape[0])
        planes = [photo_planes(tensor(resize_photo(photo, height_px, width_px))[None]) for photo in photos]
        yield planes[0], planes[1]
