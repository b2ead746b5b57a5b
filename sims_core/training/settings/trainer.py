"""What every training can be told: section `trainer` of params.yaml, and the phase of one training."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from sims_core.base.parameters import LearningRate, Section, Steps


class TrainerConfig(Section):
    """What every training runs on, and how often it logs and saves.

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
    num_threads: int = Field(ge=1, le=1024)
    num_loader_workers: int = Field(ge=0, le=1024, exclude=True)
    num_portions: int = Field(ge=1, le=65536)
    recompute_activations: bool
    num_validation_scenes: int = Field(ge=0, le=10**6)
    keep: Literal["best", "last"]
    log_every_steps: Steps
    checkpoint_every_steps: Steps


class Ramp(Section):
    """The learning rate of the released code: it grows by a tenth with every epoch up to `lr`, and falls once.

    It begins at `start_lr` and is `drop_lr` from step `drop_step` on.
    """

    start_lr: LearningRate
    steps_per_epoch: Steps
    drop_step: int = Field(ge=0, le=10**9)
    drop_lr: LearningRate


class FitConfig(Section):
    """The phase of one training, with Adam.

    The learning rate rises linearly over `warmup_steps` to `lr`; afterwards it stays (`constant`) or falls along
    half a cosine, to zero after the last step (`cosine`). With `ramp` it follows the section `ramp` instead.
    Gradients are scaled down to a total norm of `clip_norm`. With an `ema_decay` above 0 the weights that are kept
    are an exponential moving average over the steps. `batch_size` counts the examples of one step, all processes
    together.
    """

    num_steps: Steps
    batch_size: int = Field(ge=1, le=65536)
    lr: LearningRate
    schedule: Literal["constant", "cosine", "ramp"]
    warmup_steps: int = Field(ge=0, le=10**9)
    ramp: Ramp | None = None
    clip_norm: float = Field(gt=0, le=1e9)
    ema_decay: float = Field(ge=0, lt=1)

    @model_validator(mode="after")
    def _ramp_when_asked(self) -> Self:
        if (self.schedule == "ramp") != (self.ramp is not None):
            raise ValueError("schedule 'ramp' and a section 'ramp' go together")
        return self
