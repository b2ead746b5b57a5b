"""A training small enough to be run dozens of times: five pairs of segments, eight steps."""

import shutil

import numpy as np
import torch
from torch import nn

from sims_core.networks.ordering_net import OrderingNet
from sims_core.training.examples.batches import Examples
from sims_core.training.loop.launch import start_fabric
from sims_core.training.loop.loop import fit
from sims_core.training.loop.phase import Phase, Training
from sims_core.training.loop.run import Origin, train_and_save
from sims_core.training.settings.ordering import OrderingConfig
from sims_core.training.settings.trainer import FitConfig, TrainerConfig
from sims_core.training.tasks.ordering import OrderingLoss

TRAINER = TrainerConfig(
    device="cpu",
    precision="32-true",
    num_threads=1,
    num_loader_workers=0,
    num_portions=1,
    recompute_activations=False,
    num_validation_scenes=0,
    keep="best",
    log_every_steps=3,
    checkpoint_every_steps=2,
)
PHASE = {
    "num_steps": 8,
    "batch_size": 2,
    "lr": 0.01,
    "schedule": "cosine",
    "warmup_steps": 2,
    "clip_norm": 1.0,
    "ema_decay": 0.0,
}
TRANSFORM_WEIGHTS = {"photometric_weight": 1.0, "mask_weight": 1.0, "displacement_weight": 1.0}


class InterruptedTrainingError(Exception):
    """A training that was cut off."""


def phase(**changes):
    return FitConfig(**PHASE | changes)


def fit_network(folder, network, loss, examples, config, trainer=TRAINER, validation=None, **against):
    """Fit a network in this process, from the beginning, with its state and its curves in `folder`.

    `against`: `critic` and `adam_beta1` of the phase.
    """
    shutil.rmtree(folder / "state", ignore_errors=True)
    training = Training(name="scale", trainer=trainer, seed=0, out=folder / "model", curves=folder / "curves")
    phase = Phase(
        config=config,
        arguments={},
        loss_function=loss,
        examples=Examples(examples, validation),
        frame=(1, 1),
        **against,
    )
    return fit(start_fabric(trainer), network, phase, training, folder / "state", training.curves)


def pair_example(seed, num_categories=5, size=(16, 16)):
    rng = np.random.default_rng(seed)
    category_a, category_b = rng.choice(num_categories, 2, replace=False)
    return {
        "mask_a": torch.from_numpy(rng.random(size) > 0.5),
        "mask_b": torch.from_numpy(rng.random(size) > 0.5),
        "layout": torch.from_numpy(rng.integers(0, num_categories, size).astype(np.uint8)),
        "category_a": torch.tensor(category_a),
        "category_b": torch.tensor(category_b),
        "b_in_front": torch.tensor(bool(rng.integers(2))),
    }


class FixedNetwork(nn.Module):
    """Answers what it is told, whatever it is asked."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    def forward(self, *_):
        return self.answer


class Weight(nn.Module):
    """Multiplies by its only number."""

    def __init__(self, start):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(start))

    def forward(self, values):
        return self.weight * values


class Failing:
    """A loss that breaks off when it is asked for the n-th time."""

    def __init__(self, loss, last):
        self.loss, self.left = loss, last

    def __call__(self, network, batch):
        if not self.left:
            raise InterruptedTrainingError
        self.left -= 1
        return self.loss(network, batch)


def files_of(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def train_ordering_network(folder, classes, out, *, seed=0, last=None, trainer=TRAINER, validation=None, **changes):
    """Train an ordering network, whose dropout draws random numbers, on five pairs; return its bytes."""
    training = Training(name="ordering", trainer=trainer, seed=seed, out=folder / out, curves=folder / f"{out}-curves")
    config = OrderingConfig(**PHASE | {"base_channels": 2, "window_px": 16, "dropout_percent": 50} | changes)
    loss = OrderingLoss(classes)
    train_and_save(
        training,
        OrderingNet,
        [
            Phase(
                config=config,
                arguments={"num_categories": len(classes), "base_channels": 2},
                loss_function=loss if last is None else Failing(loss, last),
                examples=Examples([pair_example(i) for i in range(5)], validation),
                frame=(16, 16),
            )
        ],
        Origin(
            classes=classes,
            made_from=[folder / "pairs"],
            settings={"ordering": config},
            notes={"why": "test"},
            task=OrderingLoss.__module__,
        ),
    )
    return (training.out / "weights.safetensors").read_bytes()
