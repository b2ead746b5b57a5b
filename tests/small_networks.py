"""Networks of a few numbers in the files that `sims evaluate` reads: TorchScript, transformers, the pipeline's."""

import json

import numpy as np
import torch
from torch import nn

from sims_core.networks.unet import UNet
from sims_core.training.models import ModelCard, save_model
from tests.small_project import CLASSES, HEIGHT_PX, WIDTH_PX


class MeanColours(nn.Module):
    """Takes (B, 3, H, W) pictures, as the Inception file of FID does, with its switch."""

    def forward(self, img: torch.Tensor, return_features: bool = False) -> torch.Tensor:
        features = img.float().mean(dim=(2, 3))
        return features if return_features else features.softmax(dim=1)


class Planes(nn.Module):
    """Gives planes instead of features."""

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return pictures.float()


def write_torchscript(path, network):
    torch.jit.script(network).save(str(path))
    return path


def write_segmenter(folder, classes=CLASSES):
    """A segmenter of the pipeline with random weights."""
    arguments = {"in_channels": 3, "out_channels": len(classes), "base_channels": 4, "num_levels": 2}
    torch.manual_seed(0)
    numbers = {"seed": 0, "num_steps": 0, "kept_step": 0, "num_parameters": 1, "num_threads": 1}
    losses = {"final_losses": {}, "validation_losses": {}, "settings": {}}
    frame = {"height_px": HEIGHT_PX, "width_px": WIDTH_PX}
    card = ModelCard(network="UNet", arguments=arguments, categories=classes, **frame, **numbers, **losses)
    save_model(folder, UNet(**arguments), card)
    return folder


def write_segformer(folder, names):
    """A segmenter of `transformers` with random weights and labels of these names."""
    from transformers import SegformerConfig, SegformerForSemanticSegmentation

    config = SegformerConfig(
        depths=[1, 1, 1, 1],
        hidden_sizes=[4, 4, 8, 8],
        num_attention_heads=[1, 1, 1, 1],
        decoder_hidden_size=8,
        id2label=dict(enumerate(names)),
        label2id={name: index for index, name in enumerate(names)},
    )
    torch.manual_seed(0)
    SegformerForSemanticSegmentation(config).save_pretrained(folder)
    normalisation = {"image_mean": [0.5, 0.4, 0.3], "image_std": [0.25, 0.25, 0.5]}
    (folder / "preprocessor_config.json").write_text(json.dumps(normalisation))
    return folder


def write_dinov2(folder):
    """A DINOv2 with random weights."""
    from transformers import Dinov2Config, Dinov2Model

    torch.manual_seed(0)
    config = Dinov2Config(hidden_size=8, num_hidden_layers=1, num_attention_heads=2, image_size=56, patch_size=14)
    Dinov2Model(config).save_pretrained(folder)
    return folder


def pictures(count=3, shape=(HEIGHT_PX, WIDTH_PX)):
    return np.random.default_rng(0).integers(0, 256, (count, *shape, 3)).astype(np.uint8)
