"""Networks of a few numbers in the files that `sims evaluate` reads: TorchScript, transformers, the pipeline's."""

import json

import numpy as np
import torch
from torch import nn

from sims_core.networks.saved import ModelCard
from sims_core.networks.unet import UNet
from sims_core.training.loop.save import save_model
from tests.support.small_project import CLASSES, HEIGHT_PX, WIDTH_PX


class MeanColours(nn.Module):
    """Takes (B, 3, H, W) pictures, as the Inception file of FID does, with its switch."""

    def forward(self, img: torch.Tensor, return_features: bool = False) -> torch.Tensor:
        features = img.float().mean(dim=(2, 3))
        return features if return_features else features.softmax(dim=1)


class Extremes(nn.Module):
    """Gives the least and the largest value of each colour."""

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return torch.cat([pictures.float().amin(dim=(2, 3)), pictures.float().amax(dim=(2, 3))], dim=1)


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
    save_model(folder, folder.name, UNet(**arguments), card)
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


def write_depth_anything(folder, depth_estimation_type, max_depth=None):
    """A Depth Anything with random weights, and a processor that makes pictures 28 pixels high."""
    from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config

    backbone = Dinov2Config(
        hidden_size=8,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=28,
        patch_size=14,
        out_indices=[1, 2],
        reshape_hidden_states=False,
    )
    config = DepthAnythingConfig(
        backbone_config=backbone,
        reassemble_hidden_size=8,
        reassemble_factors=[1, 0.5],
        neck_hidden_sizes=[4, 8],
        fusion_hidden_size=4,
        head_hidden_size=4,
        depth_estimation_type=depth_estimation_type,
        max_depth=max_depth,
    )
    network = _random(DepthAnythingForDepthEstimation, config)
    return _with_processor(folder, network, "DPTImageProcessor", ensure_multiple_of=14, keep_aspect_ratio=True)


def write_dpt(folder):
    """A DPT as of MiDaS, with random weights."""
    from transformers import DPTConfig, DPTForDepthEstimation

    config = DPTConfig(
        hidden_size=8,
        num_hidden_layers=4,
        num_attention_heads=2,
        intermediate_size=8,
        image_size=32,
        patch_size=8,
        is_hybrid=False,
        backbone_out_indices=[0, 1, 2, 3],
        neck_hidden_sizes=[4, 4, 8, 8],
        fusion_hidden_size=4,
    )
    return _with_processor(folder, _random(DPTForDepthEstimation, config), "DPTImageProcessor", size_px=32)


def write_zoedepth(folder):
    """A ZoeDepth with random weights."""
    from transformers import BeitConfig, ZoeDepthConfig, ZoeDepthForDepthEstimation

    backbone = BeitConfig(
        hidden_size=8,
        num_hidden_layers=4,
        num_attention_heads=2,
        intermediate_size=8,
        image_size=32,
        patch_size=8,
        out_features=["stage1", "stage2", "stage3", "stage4"],
        reshape_hidden_states=False,
        use_relative_position_bias=True,
    )
    config = ZoeDepthConfig(
        backbone_config=backbone,
        neck_hidden_sizes=[4, 4, 8, 8],
        fusion_hidden_size=4,
        num_relative_features=4,
        bottleneck_features=4,
        num_attractors=[4, 2, 2, 1],
        bin_embedding_dim=4,
        bin_configurations=[{"n_bins": 8, "min_depth": 0.001, "max_depth": 10.0}],
    )
    network = _random(ZoeDepthForDepthEstimation, config)
    return _with_processor(folder, network, "ZoeDepthImageProcessor", size_px=32, ensure_multiple_of=8)


def _random(network_class, config):
    """A network of which no layer is as small as initialisation makes it, so that what it gives varies."""
    torch.manual_seed(0)
    network = network_class(config)
    for parameter in network.parameters():
        parameter.data = torch.randn_like(parameter) * 0.5
    return network


def _with_processor(folder, network, kind, size_px=28, **options):
    network.save_pretrained(folder)
    content = {
        "image_processor_type": kind,
        "size": {"height": size_px, "width": size_px},
        "image_mean": [0.5, 0.4, 0.3],
        "image_std": [0.25, 0.25, 0.5],
        **options,
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(content))
    return folder
