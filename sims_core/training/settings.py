"""What the trainings can be told: one section of params.yaml per network, and two that they share."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sims_core.parameters import Section


class TrainerConfig(Section):
    """What every training runs on.

    `num_threads` is part of the result: another number of threads changes the last bits of the weights.
    `num_loader_workers` is not: 0 reads the data in the training process.
    """

    device: Literal["auto", "cpu", "cuda"]
    precision: Literal["32-true", "bf16-mixed"]
    num_threads: int = Field(ge=1)
    num_loader_workers: int = Field(ge=0)


class FitConfig(Section):
    """The course of one training, with Adam.

    The learning rate rises linearly over `warmup_steps` to `lr`; afterwards it stays (`constant`) or
    falls along half a cosine, to zero after the last step (`cosine`). Gradients are scaled down to a total
    norm of `clip_norm`. Losses are logged as means over `log_every_steps` steps.
    """

    num_steps: int = Field(ge=1)
    batch_size: int = Field(ge=1)
    lr: float = Field(gt=0)
    schedule: Literal["constant", "cosine"]
    warmup_steps: int = Field(ge=0)
    clip_norm: float = Field(gt=0)
    log_every_steps: int = Field(ge=1)
    checkpoint_every_steps: int = Field(ge=1)


class TransformConfig(FitConfig):
    """The transformation network and the weights of its three loss terms (see `task_transform`).

    `base_channels` is the width of the first convolution; the reference has 64. `window_px` is the side of the
    square that the surroundings of segment and place are resized to (see `window`).
    """

    base_channels: int = Field(ge=1)
    window_px: int = Field(ge=16)
    photometric_weight: float = Field(ge=0)
    mask_weight: float = Field(ge=0)
    displacement_weight: float = Field(ge=0)


class OrderingConfig(FitConfig):
    """The ordering network; `base_channels` and `window_px` as in `TransformConfig`.

    `dropout_percent` of the last features are left out in training; the reference has 50.
    """

    base_channels: int = Field(ge=1)
    window_px: int = Field(ge=16)
    dropout_percent: int = Field(ge=0, lt=100)


class PerceptualConfig(Section):
    """The frozen VGG-19 whose features the synthesis network is compared in.

    `weights` is `random`, or the path of ImageNet weights in torchvision's layout (.safetensors or .pth);
    `base_channels` is 64 for those.
    """

    weights: str = Field(min_length=1)
    base_channels: int = Field(ge=1)


class SynthesisConfig(FitConfig):
    """The synthesis network and the weights of its loss terms; the reference has 64 channels and weights 1, 1, 10.

    `output_scale` is the size of the photograph over the size at which the trunk works (1, 2 or 4). With
    `adds_canvas` the network starts from the canvas, its gaps filled (see `SynthesisNet`), without it from nothing.
    """

    base_channels: int = Field(ge=1)
    output_scale: Literal[1, 2, 4]
    adds_canvas: bool
    pixel_weight: float = Field(ge=0)
    perceptual_weight: float = Field(ge=0)
    semantic_weight: float = Field(ge=0)


class DepthConfig(FitConfig):
    """The depth network: a U-Net of `num_levels` sizes with `base_channels` at the first.

    `source` says what it learns from: the training `scenes` that have depth, or `num_source_scenes`
    rendered ones (`synthetic_street`). A tenth of them is held out for the metric.
    """

    source: Literal["scenes", "synthetic_street"]
    num_source_scenes: int = Field(ge=2)
    base_channels: int = Field(ge=1)
    num_levels: int = Field(ge=1)


class SegmenterConfig(FitConfig):
    """The evaluation's segmenter: a U-Net of `num_levels` sizes with `base_channels` at the first."""

    base_channels: int = Field(ge=1)
    num_levels: int = Field(ge=1)
