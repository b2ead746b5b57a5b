"""What the trainings can be told: one section of params.yaml per network, and one that they share."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from sims_core.coarse_layout import CoarsenConfig, LayoutSource
from sims_core.parameters import Section


class TrainerConfig(Section):
    """What every training runs on, and how often it looks up.

    `num_threads` is part of the result: another number of threads changes the last bits of the weights.
    `num_loader_workers` is not, and may change while a training is unfinished: 0 reads the data in a thread of the
    training process.

    `num_portions`: each batch is worked through in so many equal parts whose gradients are added (gradient
    accumulation). `recompute_activations`: spare memory for about a fourth more time (activation checkpointing).

    `num_validation_scenes` of the training photos (never of the evaluation's) are held out of every training. Their
    loss is measured every `checkpoint_every_steps` steps and at the end, when the state is saved as well, and
    `keep` says whether the weights with the `best` of these losses are kept or the `last` ones; a network that is
    trained against a critic keeps the last.
    """

    device: Literal["auto", "cpu", "cuda"]
    precision: Literal["32-true", "bf16-mixed", "16-mixed"]
    num_threads: int = Field(ge=1)
    num_loader_workers: int = Field(ge=0, exclude=True)
    num_portions: int = Field(ge=1)
    recompute_activations: bool
    num_validation_scenes: int = Field(ge=0)
    keep: Literal["best", "last"]
    log_every_steps: int = Field(ge=1)
    checkpoint_every_steps: int = Field(ge=1)


class Ramp(Section):
    """The learning rate of the released code: it grows by a tenth with every epoch up to `lr`, and falls once.

    It begins at `start_lr` and is `drop_lr` from step `drop_step` on.
    """

    start_lr: float = Field(gt=0)
    steps_per_epoch: int = Field(ge=1)
    drop_step: int = Field(ge=0)
    drop_lr: float = Field(gt=0)


class FitConfig(Section):
    """The course of one training, with Adam.

    The learning rate rises linearly over `warmup_steps` to `lr`; afterwards it stays (`constant`) or falls along
    half a cosine, to zero after the last step (`cosine`). With `ramp` it follows the section `ramp` instead.
    Gradients are scaled down to a total norm of `clip_norm`. With an `ema_decay` above 0 the weights that are kept
    are an exponential moving average over the steps. `batch_size` counts the examples of one step, all processes
    together.
    """

    num_steps: int = Field(ge=1)
    batch_size: int = Field(ge=1)
    lr: float = Field(gt=0)
    schedule: Literal["constant", "cosine", "ramp"]
    warmup_steps: int = Field(ge=0)
    ramp: Ramp | None = None
    clip_norm: float = Field(gt=0)
    ema_decay: float = Field(ge=0, lt=1)

    @model_validator(mode="after")
    def _ramp_when_asked(self) -> Self:
        if (self.schedule == "ramp") != (self.ramp is not None):
            raise ValueError("schedule 'ramp' and a section 'ramp' go together")
        return self


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


class PerceptualConfig(FitConfig):
    """The frozen VGG-19 whose features the synthesis network is compared in.

    `weights` is `random` (seeded), `learned` (trained to label the training photos; the course of a training is for
    this one alone), `imagenet` (the file that `sims weights fetch` gets) or the path of such weights in
    torchvision's layout (.safetensors or .pth). `base_channels` is 64 for the last two.
    """

    weights: str = Field(min_length=1)
    base_channels: int = Field(ge=1)


class SynthesisConfig(FitConfig):
    """The synthesis network and the weights of its loss terms; the reference has 64 channels and weights 1, 1, 10.

    `resolutions` are heights in pixels, from coarse to fine: the network is trained at the first, at which its trunk
    stays, and goes on at each further one, twice and four times as high, for the course `finer`.

    `encoder` is that of the `released` code, trained from scratch, or the paper's `vgg19`, which begins with
    `encoder_weights` (`random`, `imagenet` or a path, as in `perceptual.weights`). With `adds_canvas` the network
    starts from the canvas, its gaps filled (see `SynthesisNet`), without it from nothing; without `sees_canvas` it
    has the layout alone, an ablation.

    `canvases` are the `stored` ones of the simulation, or `fresh` ones, simulated while training, so that none is
    seen twice.
    """

    base_channels: int = Field(ge=1)
    resolutions: tuple[int, ...] = Field(min_length=1, max_length=3)
    finer: FitConfig | None = None
    encoder: Literal["released", "vgg19"]
    encoder_weights: str = Field(min_length=1)
    adds_canvas: bool
    sees_canvas: bool
    canvases: Literal["stored", "fresh"]
    pixel_weight: float = Field(ge=0)
    perceptual_weight: float = Field(ge=0)
    semantic_weight: float = Field(ge=0)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        first = self.resolutions[0]
        if self.resolutions != tuple(first * 2**level for level in range(len(self.resolutions))):
            raise ValueError(f"'resolutions' must double from one to the next, e.g. [{first}, {2 * first}]")
        if (len(self.resolutions) > 1) != (self.finer is not None):
            raise ValueError("'resolutions' beyond the first and a section 'finer' go together")
        if self.adds_canvas and not self.sees_canvas:
            raise ValueError("'adds_canvas' needs 'sees_canvas'")
        if self.encoder == "released" and self.encoder_weights != "random":
            raise ValueError("the released encoder has no pretrained weights: 'encoder_weights' must be random")
        return self


class DepthConfig(FitConfig):
    """The depth network: a U-Net of `num_levels` sizes with `base_channels` at the first.

    `source` says what it learns from: the training `scenes` that have depth, or `num_source_scenes`
    rendered ones (`synthetic_street`). A tenth of them is held out for the metric. With `none` nothing is trained, for
    depth that a sensor or another model gives.
    """

    source: Literal["scenes", "synthetic_street", "none"]
    num_source_scenes: int = Field(ge=2)
    base_channels: int = Field(ge=1)
    num_levels: int = Field(ge=1)


class SegmenterConfig(FitConfig):
    """The evaluation's segmenter: a U-Net of `num_levels` sizes with `base_channels` at the first."""

    base_channels: int = Field(ge=1)
    num_levels: int = Field(ge=1)


class CascadeConfig(FitConfig):
    """A cascaded refinement network.

    `base_channels` is the width of the sixth and seventh module, 512 in the paper; the coarser ones have twice as many.
    Of `num_modules` the last is as fine as the scenes and each before it half as fine; the paper has 7 at 256 rows.
    """

    base_channels: int = Field(ge=1)
    num_modules: int = Field(ge=1, le=9)


class LayoutConfig(CascadeConfig):
    """The cascade that makes coarse layouts dense.

    `source` says what it learns from: coarse annotation `simulated` from the layouts, as section `coarse` says, or the
    dataset's own, `annotated` beside the layouts of the same photos.
    """

    source: LayoutSource
    coarse: CoarsenConfig


class CrnConfig(CascadeConfig):
    """The cascade that makes photographs, a rival, and the weights of its two loss terms; the paper has 1 and 1."""

    pixel_weight: float = Field(ge=0)
    perceptual_weight: float = Field(ge=0)


class Pix2PixConfig(FitConfig):
    """Generator and discriminator of pix2pix, a rival, and the weights of the generator's loss terms (paper: 1, 100).

    Both have `base_channels` at their first convolution, 64 in the paper. The generator halves the scenes `num_levels`
    times, 8 in the paper, and `dropout_percent` of the features of its first three decoder layers are left out, when
    generating as well; 50 in the paper. `adam_beta1` is Adam's, of both.
    """

    base_channels: int = Field(ge=1)
    num_levels: int = Field(ge=1)
    dropout_percent: int = Field(ge=0, lt=100)
    adam_beta1: float = Field(ge=0, lt=1)
    adversarial_weight: float = Field(ge=0)
    pixel_weight: float = Field(ge=0)
