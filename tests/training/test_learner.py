"""One network under training: terms, gradients, and steps, by hand on networks of one number."""

import pytest
import torch

from sims_core.training.loop.launch import start_fabric
from sims_core.training.loop.learner import Learner
from tests.support.small_training import TRAINER, Weight


def learner(network, loss, clip_norm=1e9):
    return Learner(start_fabric(TRAINER), network, loss, 0.9, clip_norm)


def two_terms(network, batch):
    made = network(batch["x"])
    return {"size": made.mean(), "square": made.square().mean()}


def test_terms_come_with_their_sum_of_whichever_network():
    learning = learner(Weight(2.0), two_terms)
    batch = {"x": torch.tensor([1.0, 3.0])}
    assert learning.terms(learning.model, batch) == {"size": 4.0, "square": 20.0, "loss": 24.0}
    assert learning.terms(Weight(1.0), batch) == {"size": 2.0, "square": 5.0, "loss": 7.0}


def test_portions_give_the_mean_of_their_terms_and_gradients():
    learning = learner(Weight(2.0), two_terms)
    portions = [{"x": torch.tensor([value])} for value in (1.0, 3.0)]
    assert learning.differentiate(portions) == {"size": 4.0, "square": 20.0, "loss": 24.0}
    # d/dw of the means of w x and w^2 x^2, at w = 2.
    assert learning.network.weight.grad.item() == (1 + 3) / 2 + 2 * 2 * (1 + 9) / 2
    learning.differentiate(portions[:1])
    assert learning.network.weight.grad.item() == 1 + 2 * 2  # of this batch alone


@pytest.mark.parametrize("fails", [False, True])
def test_others_take_part_and_learn_nothing(fails):
    other = Weight(3.0)

    def loss(network, beside, batch):
        made = beside(network(batch["x"]))
        assert not beside.weight.requires_grad
        if fails:
            raise ZeroDivisionError
        return {"size": made.mean()}

    learning = learner(Weight(2.0), loss)
    if fails:
        with pytest.raises(ZeroDivisionError):
            learning.differentiate([{"x": torch.ones(1)}], other)
    else:
        assert learning.differentiate([{"x": torch.ones(1)}], other)["size"] == 6.0
        assert learning.network.weight.grad.item() == 3.0
    assert other.weight.grad is None
    assert other.weight.requires_grad


def test_a_step_clips_the_gradient_and_has_the_learning_rate_it_is_given():
    learning = learner(Weight(2.0), lambda network, batch: {"size": 1000 * network(batch["x"]).mean()}, clip_norm=0.5)
    batch = [{"x": torch.ones(1)}]
    for lr, expected in ((0.25, 1.75), (0.125, 1.625)):  # Adam moves by the rate while gradients stay the same
        learning.differentiate(batch)
        learning.step(lr)
        assert learning.network.weight.item() == pytest.approx(expected, abs=1e-6)
        assert learning.network.weight.grad.norm().item() == pytest.approx(0.5, rel=1e-4)
