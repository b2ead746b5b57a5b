import math

import pytest
import torch
from pydantic import ValidationError
from torch import nn

from sims_core.base.errors import SimsError
from sims_core.training.examples.batches import data_order
from sims_core.training.loop import state
from sims_core.training.loop.state import state_folder
from tests.support.artifacts import sign
from tests.support.small_training import TRAINER, InterruptedTrainingError, files_of, fit_network, phase

TASK = "sims_core.training.tasks.segmenter"


def curves_of(folder):
    return {name: [line.split("\t") for line in text.decode().splitlines()] for name, text in files_of(folder).items()}


def test_interrupted_training_ends_in_the_same_bits(train, tmp_path):
    expected = train("whole")
    for last in (1, 2, 5, 1):  # before the first checkpoint, right after it, after that of step 6, once more there
        with pytest.raises(InterruptedTrainingError):
            train("parts", last=last)
    assert not (tmp_path / "parts").exists()
    assert list((tmp_path / "state").rglob("checkpoint.pt"))
    assert train("parts", last=2) == expected  # steps 7 and 8 were left: those after the checkpoint of step 6
    assert files_of(tmp_path / "parts") == files_of(tmp_path / "whole")
    assert not list((tmp_path / "state").rglob("checkpoint.pt"))


def test_curves_of_an_interrupted_training_are_whole(train, tmp_path):
    train("whole")
    with pytest.raises(InterruptedTrainingError):
        train("parts", last=5)
    train("parts")
    for name, lines in curves_of(tmp_path / "whole-curves").items():
        found = curves_of(tmp_path / "parts-curves")[name]
        if name.endswith(".tsv"):
            steps, values = [line[lines[0].index("step")] for line in lines], [line[-1] for line in lines]
            assert steps == ["step", "3", "6", "8"]
            assert [line[-1] for line in found] == values
            assert [line[lines[0].index("step")] for line in found] == steps


def test_training_with_other_data_or_parameters_starts_anew(train, tmp_path):
    with pytest.raises(InterruptedTrainingError):
        train("other", last=5, lr=0.02)
    with pytest.raises(InterruptedTrainingError):
        train("other", last=5)
    (tmp_path / "pairs/pairs").write_bytes(b"other pairs")
    sign(tmp_path / "pairs")
    with pytest.raises(InterruptedTrainingError):
        train("other", last=7)


def test_damaged_checkpoint_is_named(train, tmp_path):
    with pytest.raises(InterruptedTrainingError):
        train("model", last=5)
    (checkpoint,) = (tmp_path / "state").rglob("checkpoint.pt")
    for content in (b"", b"text", checkpoint.read_bytes()[:1000]):
        checkpoint.write_bytes(content)
        with pytest.raises(SimsError, match=r"checkpoint\.pt: checkpoint cannot be read.*delete it"):
            train("model")


def test_seed_decides_the_weights(train):
    assert train("a") == train("b")
    assert train("c", seed=1) != train("a")


def test_state_folder_depends_on_all_that_shapes_the_result(monkeypatch):
    monkeypatch.delenv("SIMS_STATE_DIR", raising=False)
    data = {"scenes": "1"}
    first = state_folder("net", 0, data, [phase()], TASK)
    assert first.parts[:3] == (".sims", "state", "net")
    assert state_folder("net", 0, data, [phase()], TASK) == first
    assert state_folder("net", 0, data, [TRAINER], TASK) == state_folder(
        "net", 0, data, [TRAINER.model_copy(update={"num_loader_workers": 3})], TASK
    )
    others = [
        state_folder("other", 0, data, [phase()], TASK),
        state_folder("net", 1, data, [phase()], TASK),
        state_folder("net", 0, data, [phase(lr=0.02)], TASK),
        state_folder("net", 0, {}, [phase()], TASK),
        state_folder("net", 0, data, [phase()], "sims_core.training.tasks.layout"),
    ]
    others.append(state_folder("net", 0, {"bank": "1"}, [phase()], TASK))
    others.append(state_folder("net", 0, {"scenes": "2"}, [phase()], TASK))
    assert len({first, *others}) == len(others) + 1


def test_state_folder_depends_on_the_code_that_the_task_runs(tmp_path, monkeypatch):
    library = tmp_path / "sims_core"
    library.mkdir()
    (library / "task.py").write_text("from sims_core import losses\n")
    (library / "losses.py").write_text("weight = 1\n")
    (library / "report.py").write_text("title = 1\n")
    monkeypatch.setattr(state, "INSTALLED_ROOT", tmp_path)

    def folder():
        return state.state_folder("net", 0, {}, [phase()], "sims_core.task")

    first = folder()
    (library / "report.py").write_text("title = 2\n")
    assert folder() == first
    (library / "losses.py").write_text("weight = 2\n")
    second = folder()
    (library / "task.py").write_text("from sims_core import losses as terms\n")
    assert len({first, second, folder()}) == 3


def test_state_of_what_is_no_module_is_refused():
    with pytest.raises(ValueError, match=r"no module of this project: sims_core\.training\.tasks\.unknown"):
        state_folder("net", 0, [], [phase()], "sims_core.training.tasks.unknown")


def fit_scale(tmp_path, loss, config, examples=3):
    """Fit a network of one weight."""
    torch.manual_seed(0)
    network = nn.Linear(1, 1, bias=False)
    nn.init.ones_(network.weight)
    dataset = [{"x": torch.tensor([float(index + 1)])} for index in range(examples)]
    return network, fit_network(tmp_path, network, loss, dataset, config)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_loss_that_is_not_finite_stops_with_step_and_term(tmp_path, bad):
    values = iter([1.0, 1.0, bad])

    def loss(network, batch):
        return {"good": network(batch["x"]).mean(), "odd": network(batch["x"]).mean() * next(values)}

    pattern = f"training scale: loss term 'odd' is not finite at step 3, found {bad}; lower scale.lr"
    with pytest.raises(SimsError, match=pattern):
        fit_scale(tmp_path, loss, phase())


def test_first_step_of_adam_moves_by_the_learning_rate(tmp_path):
    def loss(network, batch):
        return {"size": network(batch["x"]).mean() * 1000}

    config = phase(num_steps=1, schedule="constant", warmup_steps=4)
    network, summary = fit_scale(tmp_path, loss, config)
    assert network.weight.item() == pytest.approx(1 - 0.01 / 4)
    assert summary.num_steps == 1


def test_large_gradients_are_scaled_down_and_small_ones_are_not(tmp_path):
    def loss_of(gradients):
        values = iter(gradients)
        return lambda network, batch: {"size": (network(torch.ones_like(batch["x"])) * next(values)).mean()}

    weights = [
        fit_scale(tmp_path, loss_of(gradients), phase(num_steps=2, clip_norm=clip))[0].weight.item()
        for gradients, clip in (((1000.0, 0.5), 2.0), ((2.0, 0.5), 1e9), ((1000.0, 0.5), 1e9))
    ]
    assert weights[0] == pytest.approx(weights[1], abs=1e-6)
    assert weights[0] != pytest.approx(weights[2], abs=1e-5)


def test_network_is_trained_in_training_mode(tmp_path):
    seen = []

    def loss(network, batch):
        seen.append(network.training)
        return {"size": network(batch["x"]).mean()}

    network = nn.Linear(1, 1).eval()
    fit_network(tmp_path, network, loss, [{"x": torch.ones(1)}], phase(num_steps=2))
    assert seen == [True, True]


def test_final_losses_are_means_over_the_last_interval(tmp_path):
    values = iter(range(8))

    def loss(network, batch):
        return {"a": network(batch["x"]).mean() * 0 + next(values), "b": network(batch["x"]).mean() * 0 + 1}

    summary = fit_scale(tmp_path, loss, phase())[1]
    assert summary.final_losses == {"a": 6.5, "b": 1, "loss": 7.5}  # of steps 7 and 8


def test_nothing_to_train_on_is_said(tmp_path):
    with pytest.raises(SimsError, match="scale: nothing to train on, expected at least one example"):
        fit_scale(tmp_path, None, phase(), examples=0)


def test_batches_may_be_larger_than_the_data(tmp_path):
    sizes = []

    def loss(network, batch):
        sizes.append(len(batch["x"]))
        return {"size": network(batch["x"]).mean()}

    fit_scale(tmp_path, loss, phase(batch_size=7), examples=2)
    assert sizes == [7] * 8


def test_every_epoch_has_every_item_once_in_an_order_of_its_own():
    order = data_order(7, 0, "net")
    epochs = [[next(order) for _ in range(7)] for _ in range(20)]
    assert all(sorted(epoch) == list(range(7)) for epoch in epochs)
    assert len(set(map(tuple, epochs))) > 15
    again, other, seeded = data_order(7, 0, "net"), data_order(7, 0, "other"), data_order(7, 1, "net")
    assert [next(again) for _ in range(7)] == epochs[0]
    assert [next(other) for _ in range(7)] != epochs[0]
    assert [next(seeded) for _ in range(7)] != epochs[0]


def test_settings_are_checked():
    for wrong in ({"lr": 0}, {"num_steps": 0}, {"schedule": "step"}, {"clip_norm": -1}, {"momentum": 1}):
        with pytest.raises(ValidationError):
            phase(**wrong)
