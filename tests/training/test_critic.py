"""A training against a critic: what the trainer does for one network it does for two."""

import json
import math
from functools import partial

import pytest
import torch
from safetensors.torch import load_file

from sims_core.base.errors import SimsError
from sims_core.training.loop.phase import Critic, Training
from sims_core.training.settings.pix2pix import Pix2PixConfig
from sims_core.training.tasks.pix2pix import Pix2PixLoss, train_pix2pix
from tests.support.small_training import (
    PHASE,
    TRAINER,
    Failing,
    InterruptedTrainingError,
    Weight,
    files_of,
    fit_network,
    phase,
)

ONE_EXAMPLE = [{"x": torch.ones(1)}]


def fit_pair(folder, network_loss, critic_loss, start=(1.0, 0.0), trainer=TRAINER, config=None, **against):
    """Fit two networks of one number against each other, and return both with the summary."""
    network, critic = (Weight(value) for value in start)
    summary = fit_network(
        folder,
        network,
        network_loss,
        ONE_EXAMPLE,
        config or phase(num_steps=1, schedule="constant", warmup_steps=0),
        trainer,
        critic=Critic(critic, critic_loss),
        **against,
    )
    return network.weight.item(), critic.weight.item(), summary


def praise(critic, network, batch):
    """A critic that wants to give high marks."""
    return {"mark": -critic(network(batch["x"])).mean()}


def modesty(network, critic, batch):
    """A network that wants low marks."""
    return {"mark": critic(network(batch["x"])).mean()}


def test_critic_takes_its_step_before_the_network(tmp_path):
    # The network learns nothing from a critic of weight 0; one that has taken a step makes it smaller.
    network, critic, summary = fit_pair(tmp_path, modesty, praise)
    assert critic == pytest.approx(0.01)
    assert network == pytest.approx(1 - 0.01)
    assert summary.final_losses == pytest.approx(
        {"critic_mark": 0.0, "critic_loss": 0.0, "mark": 0.01, "loss": 0.01}, abs=1e-7
    )


def test_neither_loss_gives_gradients_to_the_other_network(tmp_path):
    seen = []

    def record(learning, other, batch):
        seen.append((learning.training, other.training, learning.weight.requires_grad, other.weight.requires_grad))
        return {"mark": learning(other(batch["x"])).mean()}

    network, critic, _ = fit_pair(
        tmp_path, record, record, config=phase(num_steps=3, batch_size=2), trainer=portions(2), start=(1.0, 1.0)
    )
    assert seen == [(True, True, True, False)] * (3 * 2 * 2)  # steps, networks, portions
    assert network != 1
    assert critic != 1


def portions(num_portions):
    return TRAINER.model_copy(update={"num_portions": num_portions})


def test_gradients_of_the_critic_are_scaled_down_too(tmp_path):
    def critic_loss(gradients):
        values = iter(gradients)
        return lambda critic, network, batch: {"mark": critic(batch["x"]).mean() * next(values)}

    critics = [
        fit_pair(
            tmp_path,
            modesty,
            critic_loss(gradients),
            config=phase(num_steps=2, schedule="constant", warmup_steps=0, clip_norm=clip),
        )[1]
        for gradients, clip in (((1000.0, 0.5), 2.0), ((2.0, 0.5), 1e9), ((1000.0, 0.5), 1e9))
    ]
    assert critics[0] == pytest.approx(critics[1], abs=1e-6)
    assert critics[0] != pytest.approx(critics[2], abs=1e-5)


def test_first_moment_of_adam_is_that_of_the_phase_for_both(tmp_path):
    def swinging():
        values = iter((1.0, -1.0))
        return lambda learning, other, batch: {"mark": learning(batch["x"]).mean() * next(values)}

    config = phase(num_steps=2, schedule="constant", warmup_steps=0, clip_norm=1e9)
    # Without memory the second step takes the first one back; with it, it hardly moves.
    for beta1, expected in ((0.0, 0.0), (0.9, -0.01 + 0.01 * 0.01 / 0.19)):
        network, critic, _ = fit_pair(
            tmp_path, swinging(), swinging(), start=(0.0, 0.0), config=config, adam_beta1=beta1
        )
        assert network == pytest.approx(expected, abs=1e-6)
        assert critic == pytest.approx(expected, abs=1e-6)


def test_loss_of_the_critic_that_is_not_finite_is_named(tmp_path):
    values = iter([1.0, 1.0, math.nan])

    def critic_loss(critic, network, batch):
        return {"odd": critic(batch["x"]).mean() * next(values)}

    with pytest.raises(SimsError, match="training scale: loss term 'critic_odd' is not finite at step 3, found nan"):
        fit_pair(tmp_path, modesty, critic_loss, config=phase())


def test_last_weights_are_kept_and_held_out_examples_are_judged_without_learning(tmp_path):
    judged = []

    def loss(network, critic, batch):
        judged.append((network.training, critic.training, torch.is_grad_enabled()))
        return {"mark": network(batch["x"]).mean().square() + 0 * critic.weight}

    summary = fit_pair(
        tmp_path, loss, praise, config=phase(num_steps=4), validation=ONE_EXAMPLE, trainer=TRAINER, start=(-3.0, 0.0)
    )[2]
    assert judged == ([(True, True, True)] * 2 + [(False, False, False)]) * 2
    assert TRAINER.keep == "best"
    assert summary.kept_step == 4
    assert set(summary.validation_losses) == {"mark", "loss"}
    assert not (tmp_path / "state" / "best.safetensors").exists()
    curves = {path.name for path in (tmp_path / "curves/plots/metrics/train").iterdir()}
    assert {"critic_mark.tsv", "critic_loss.tsv", "mark.tsv", "loss.tsv"} <= curves


@pytest.fixture
def train(scenes_folder, tmp_path, monkeypatch):
    """Train pix2pix on six scenes of 32 x 64 pixels; return the bytes of its weights."""
    monkeypatch.setenv("SIMS_STATE_DIR", str(tmp_path / "state"))

    def run(out, *, seed=0, last=None, trainer=TRAINER, **changes):
        training = Training(name="pix2pix", trainer=trainer, seed=seed, out=tmp_path / out, curves=tmp_path / "c")
        settings = {"base_channels": 2, "num_levels": 4, "dropout_percent": 50, "adam_beta1": 0.5}
        settings |= {"adversarial_weight": 1.0, "pixel_weight": 100.0}
        terms = Pix2PixLoss.generator_terms
        with monkeypatch.context() as patched:
            if last is not None:
                patched.setattr(Pix2PixLoss, "generator_terms", interrupted(terms, last))
            train_pix2pix(training, Pix2PixConfig(**PHASE | settings | changes), scenes_folder)
        return (tmp_path / out / "weights.safetensors").read_bytes()

    return run


def interrupted(terms, last):
    """Break off when the generator's loss is asked for the n-th time: after the critic's step."""
    failing = Failing(None, last)

    def broken(self, *arguments):
        failing.loss = lambda network, batch: terms(self, *arguments)
        return failing(None, None)

    return broken


def test_interrupted_training_against_a_critic_ends_in_the_same_bits(train, tmp_path):
    trainer = TRAINER.model_copy(update={"num_validation_scenes": 1})
    again = partial(train, trainer=trainer, ema_decay=0.9)
    expected = again("whole")
    # Every second step the held-out scene takes a call as well: in the critic's third step, and in the look after six.
    for last in (3, 5):
        with pytest.raises(InterruptedTrainingError):
            again("parts", last=last)
    assert list((tmp_path / "state").rglob("checkpoint.pt"))
    assert again("parts") == expected
    assert files_of(tmp_path / "parts") == files_of(tmp_path / "whole")
    card = json.loads((tmp_path / "parts" / "card.json").read_text())
    assert card["network"] == "UNetGenerator"
    assert card["kept_step"] == card["num_steps"] == 8
    assert {"critic_photo", "critic_made", "critic_loss"} <= set(card["final_losses"])


def test_average_is_of_the_network_and_is_what_is_kept(train, tmp_path):
    def flat(name):
        weights = load_file(tmp_path / name / "weights.safetensors")
        return torch.cat([weights[key].flatten() for key in sorted(weights)])

    train("plain", schedule="constant")
    train("averaged", schedule="constant", ema_decay=0.9)
    assert not torch.equal(flat("plain"), flat("averaged"))
    assert torch.allclose(flat("plain"), flat("averaged"), atol=0.1)
    assert (
        load_file(tmp_path / "plain/weights.safetensors").keys()
        == load_file(tmp_path / "averaged/weights.safetensors").keys()
    )


def test_portions_of_a_batch_give_both_networks_the_gradients_of_the_batch(train, tmp_path):
    settings = {"batch_size": 4, "dropout_percent": 0, "num_steps": 4, "lr": 1e-3}
    train("whole", **settings)
    train("parts", trainer=portions(2), **settings)
    whole, parts = (load_file(tmp_path / name / "weights.safetensors") for name in ("whole", "parts"))
    assert all(torch.allclose(parts[name], weight, atol=1e-4) for name, weight in whole.items())
    finals = [json.loads((tmp_path / name / "card.json").read_text())["final_losses"] for name in ("whole", "parts")]
    assert finals[1] == pytest.approx(finals[0], rel=1e-3)


def test_seed_decides_the_weights(train):
    assert train("one") == train("two")
    assert train("other", seed=1) != train("one")
