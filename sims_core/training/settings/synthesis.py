"""The synthesis network: section `synthesis` of params.yaml."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sims_core.base.parameters import Channels, Weight
from sims_core.training.settings.trainer import FitConfig


class SynthesisConfig(FitConfig):
    """The synthesis network and the weights of its loss terms; the reference has 64 channels and weights 1, 1, 10.

    `resolutions` are heights in pixels, from coarse to fine: the network is trained at the first, at which its trunk
    stays, and goes on at each further one, twice and four times as high, for the phase `finer`.

    `encoder` is that of the `released` code, trained from scratch, or the paper's `vgg19`, which begins with
    `encoder_weights` (`random`, `imagenet` or a path, as in `perceptual.weights`). With `adds_canvas` the network
    starts from the canvas, its gaps filled (see `SynthesisNet`), without it from nothing; without `sees_canvas` it
    has the layout alone, an ablation.

    `canvases` are the `stored` ones of the simulation, or `fresh` ones, simulated while training, so that none is
    seen twice.
    """

    base_channels: Channels
    resolutions: tuple[Annotated[int, Field(ge=1, le=4096)], ...] = Field(min_length=1, max_length=3)
    finer: FitConfig | None = None
    encoder: Literal["released", "vgg19"]
    encoder_weights: str = Field(min_length=1, max_length=1024)
    adds_canvas: bool
    sees_canvas: bool
    canvases: Literal["stored", "fresh"]
    pixel_weight: Weight
    perceptual_weight: Weight
    semantic_weight: Weight

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
