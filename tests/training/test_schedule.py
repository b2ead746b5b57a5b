import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sims_core.training.loop.schedule import learning_rate
from tests.support.small_training import phase


def test_constant_learning_rate_by_hand():
    rates = [learning_rate(phase(schedule="constant", warmup_steps=4), step) for step in range(7)]
    assert rates == pytest.approx([0.0025, 0.005, 0.0075, 0.01, 0.01, 0.01, 0.01])
    assert learning_rate(phase(schedule="constant", warmup_steps=0), 0) == 0.01


def test_cosine_learning_rate_by_hand():
    falling = phase(warmup_steps=0, num_steps=6)
    expected = [1, (1 + math.sqrt(3) / 2) / 2, 0.75, 0.5, 0.25]
    assert [learning_rate(falling, step) for step in range(5)] == pytest.approx([0.01 * share for share in expected])
    warm = phase(warmup_steps=2, num_steps=8)
    expected = [0.5, 1, 1, (1 + math.sqrt(3) / 2) / 2, 0.75]
    assert [learning_rate(warm, step) for step in range(5)] == pytest.approx([0.01 * share for share in expected])


@given(num_steps=st.integers(1, 40), warmup_steps=st.integers(0, 50), schedule=st.sampled_from(["constant", "cosine"]))
def test_learning_rate_rises_then_falls_and_stays_in_its_range(num_steps, warmup_steps, schedule):
    config = phase(num_steps=num_steps, warmup_steps=warmup_steps, schedule=schedule)
    rates = [learning_rate(config, step) for step in range(num_steps)]
    assert all(0 < rate <= config.lr for rate in rates)
    assert rates[:warmup_steps] == sorted(rates[:warmup_steps])
    after = rates[warmup_steps:]
    assert after == sorted(after, reverse=True)


# The synthesis network of the released code at 256 x 512: 2975 photos an epoch, epochs counted from 1.
RELEASED = {"start_lr": 1e-6, "steps_per_epoch": 2975, "drop_step": 112 * 2975, "drop_lr": 1e-4}


@pytest.mark.parametrize("epoch", [1, 2, 30, 73, 74, 112, 113, 800])
def test_ramp_is_that_of_the_released_code(epoch):
    config = phase(lr=1e-3, num_steps=800 * 2975, warmup_steps=0, schedule="ramp", ramp=RELEASED)
    expected = min(1e-6 * 1.1 ** (epoch - 1), 1e-3 if epoch <= 112 else 1e-4)
    for step in ((epoch - 1) * 2975, epoch * 2975 - 1):
        assert learning_rate(config, step) == pytest.approx(expected, rel=1e-9)


def test_ramp_of_a_week_stays_a_number():
    config = phase(lr=1e-3, warmup_steps=0, schedule="ramp", ramp=RELEASED | {"steps_per_epoch": 1, "drop_step": 10**9})
    assert learning_rate(config, 10**8) == 1e-3


def test_ramp_and_its_section_go_together():
    with pytest.raises(ValidationError, match="go together"):
        phase(schedule="ramp")
    with pytest.raises(ValidationError, match="go together"):
        phase(ramp=RELEASED)
