"""What the trainer can be told: portions, recomputed activations, averages, held-out examples, precision, workers."""

import json

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from sims_core.base.errors import SimsError
from sims_core.networks.blocks import ConvUnit, Stage, recompute_activations
from sims_core.networks.synthesis_net import SynthesisNet
from sims_core.training.examples.batches import PortionSampler, WaitClock, load_batches
from sims_core.training.examples.tables import split_scenes
from sims_core.training.loop.averaging import average_weights
from sims_core.training.loop.launch import start_fabric
from tests.support.small_training import TRAINER, InterruptedTrainingError, fit_network, pair_example, phase


def trainer(**changes):
    return TRAINER.model_copy(update=changes)


class Regression:
    """y = 2 x + 1 with a little noise, learnt by a network of one weight."""

    examples = [  # noqa: RUF012
        {"x": torch.tensor([x]), "y": torch.tensor([2 * x + 1 + noise])}
        for x, noise in ((-1.0, 0.1), (0.0, -0.2), (0.5, 0.0), (1.0, 0.3), (2.0, -0.1), (3.0, 0.05))
    ]

    @staticmethod
    def network():
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(1, 4), nn.Tanh(), nn.Linear(4, 1))

    @staticmethod
    def loss(network, batch):
        return {"square": (network(batch["x"]) - batch["y"]).square().mean()}


def fitted(folder, config, trainer=TRAINER, validation=None):
    network = Regression.network()
    summary = fit_network(folder, network, Regression.loss, Regression.examples, config, trainer, validation)
    return torch.cat([parameter.detach().flatten() for parameter in network.parameters()]), summary


def test_portions_of_a_batch_give_the_gradients_of_the_batch(tmp_path):
    config = phase(num_steps=20, batch_size=4, schedule="constant")
    whole, summary = fitted(tmp_path, config)
    for num_portions in (2, 4):
        parts, other = fitted(tmp_path, config, trainer(num_portions=num_portions))
        assert torch.allclose(parts, whole, rtol=1e-5, atol=1e-6)
        assert other.final_losses == pytest.approx(summary.final_losses, rel=1e-4)


def test_batch_that_cannot_be_divided_is_said(tmp_path):
    expected = r"scale\.batch_size: .*expected a multiple of 1 processes x 3 portions, found 4"
    with pytest.raises(SimsError, match=expected):
        fitted(tmp_path, phase(batch_size=4), trainer(num_portions=3))


def test_number_of_loader_workers_changes_nothing(train, tmp_path):
    expected = train("thread")
    assert train("processes", trainer=trainer(num_loader_workers=2)) == expected


def test_loader_reads_ahead_in_order_and_raises_where_the_item_is_due():
    class Broken(list):
        def __getitem__(self, index):
            if index == 3:
                raise SimsError("item 3", "is broken")
            return super().__getitem__(index)

    items = Broken({"x": torch.tensor(float(index))} for index in range(6))
    batches = load_batches(items, [[0, 2], [1, 1], [3, 0], [4, 4]], num_workers=0)
    assert [next(batches)["x"].tolist() for _ in range(2)] == [[0, 2], [1, 1]]
    with pytest.raises(SimsError, match="item 3: is broken"):
        next(batches)
    assert len(list(load_batches(items, [[0], [1]], num_workers=0))) == 2


@pytest.mark.parametrize(("num_processes", "num_portions"), [(1, 1), (2, 1), (1, 3), (2, 3)])
def test_batches_hold_the_same_examples_however_they_are_cut(num_processes, num_portions):
    def batches(processes, portions, steps):
        parts = [
            list(
                PortionSampler(
                    num_items=7,
                    seed=0,
                    name="net",
                    steps=steps,
                    portion_size=12 // processes // portions,
                    num_portions=portions,
                    rank=rank,
                    num_processes=processes,
                )
            )
            for rank in range(processes)
        ]
        return [
            [i for part in parts for portion in part[step * portions : (step + 1) * portions] for i in portion]
            for step in range(len(steps))
        ]

    whole = batches(1, 1, range(5))
    assert batches(num_processes, num_portions, range(5)) == whole
    assert batches(num_processes, num_portions, range(3, 5)) == whole[3:]


def test_wait_clock_counts_only_the_waiting():
    clock = WaitClock()
    list(clock.timed(iter([{}, {}])))
    seconds, share = clock.read()
    assert seconds > 0
    assert 0 <= share <= 1
    assert clock.read()[1] == 0


def test_recomputed_activations_change_no_weight(train):
    assert train("kept") == train("recomputed", trainer=trainer(recompute_activations=True))


def test_recomputed_stage_keeps_less_and_gives_the_same_gradients():
    torch.manual_seed(0)
    network = SynthesisNet(3, base_channels=2, output_scale=2)
    inputs = [torch.rand(1, channels, 32, 48) for channels in (3, 1, 4)]

    def step():
        kept = 0

        def count(tensor):
            nonlocal kept
            kept += tensor.numel()
            return tensor

        network.zero_grad()
        with torch.autograd.graph.saved_tensors_hooks(count, lambda tensor: tensor):
            made = network(*inputs)
        (made.image.square().mean() + made.semantics.square().mean()).backward()
        return kept, [parameter.grad.clone() for parameter in network.parameters()]

    kept, gradients = step()
    recompute_activations(network)
    kept_less, again = step()
    assert kept_less < 0.6 * kept
    assert all(torch.equal(one, other) for one, other in zip(gradients, again, strict=True))


def test_stage_is_the_sequence_of_its_layers():
    torch.manual_seed(0)
    stage = Stage(ConvUnit(3, 4), ConvUnit(4, 2))
    planes = torch.randn(1, 3, 6, 8)
    assert torch.equal(stage(planes), nn.Sequential(*stage)(planes))
    assert list(stage.state_dict()) == list(nn.Sequential(*stage).state_dict())


def test_average_of_weights_by_hand():
    averages, weights = [torch.tensor([1.0, 3.0])], [torch.tensor([2.0, 3.0])]
    update = average_weights(0.99)
    update(averages, weights, torch.tensor(2))  # moves by 1 - 3 / 12
    assert averages[0].tolist() == [1.75, 3.0]
    update(averages, weights, torch.tensor(10**6))  # moves by 1 - 0.99
    assert averages[0].tolist() == pytest.approx([1.7525, 3.0])


def test_averaged_training_keeps_the_average(tmp_path):
    config = phase(num_steps=30, schedule="constant", lr=0.05)
    plain, averaged = fitted(tmp_path, config)[0], fitted(tmp_path, config.model_copy(update={"ema_decay": 0.9}))[0]
    assert not torch.allclose(plain, averaged)
    assert torch.allclose(plain, averaged, atol=0.5)  # it follows them


def test_interrupted_training_with_averages_and_held_out_pairs_ends_in_the_same_bits(train, tmp_path):
    held_out = [pair_example(seed) for seed in (20, 21, 22)]
    changes = {"validation": held_out, "ema_decay": 0.9}
    expected = train("whole", **changes)
    for last in (3, 4):
        with pytest.raises(InterruptedTrainingError):
            train("parts", last=last + 3 * (last // 2), **changes)
    assert train("parts", **changes) == expected
    cards = [json.loads((tmp_path / name / "card.json").read_text()) for name in ("whole", "parts")]
    assert cards[0] == cards[1]
    assert set(cards[0]["validation_losses"]) == {"front", "loss"}


@pytest.mark.parametrize("keep", ["best", "last"])
def test_weights_with_the_lowest_held_out_loss_are_kept(tmp_path, keep):
    # The held-out example wants the opposite of the others: the loss is lowest at the first look, after two steps.
    opposite = [{"x": torch.tensor([1.0]), "y": torch.tensor([-30.0])}]
    config = phase(num_steps=40, schedule="constant", lr=0.05)
    weights, summary = fitted(tmp_path, config, trainer(keep=keep), opposite)
    assert summary.kept_step == (2 if keep == "best" else 40)
    network = Regression.network()
    nn.utils.vector_to_parameters(weights, network.parameters())
    assert summary.validation_losses["loss"] == pytest.approx(Regression.loss(network, opposite[0])["square"].item())
    if keep == "best":
        stored = load_file(tmp_path / "state" / "best.safetensors")
        assert torch.equal(stored["0.weight"], network[0].weight)


def test_held_out_examples_are_measured_without_being_learnt(tmp_path):
    modes = []

    class Loss:
        def __call__(self, network, batch):
            modes.append((network.training, torch.is_grad_enabled()))
            return Regression.loss(network, batch)

    network = Regression.network()
    fit_network(tmp_path, network, Loss(), Regression.examples, phase(num_steps=4), TRAINER, Regression.examples[:3])
    # Two steps, two batches of the held-out three (2 + 1), and again.
    assert modes == ([(True, True)] * 2 + [(False, False)] * 2) * 2
    assert (tmp_path / "curves/plots/metrics/val/loss.tsv").read_text().count("\n") == 3


def test_mixed_precision_learns_too(tmp_path):
    config = phase(num_steps=60, batch_size=6, schedule="constant", lr=0.05)
    _, summary = fitted(tmp_path, config, trainer(precision="bf16-mixed"))
    assert summary.final_losses["loss"] < 0.1


def test_precision_and_device_that_are_not_there_are_said(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SimsError, match="16-mixed needs a CUDA device; set it to 32-true"):
        start_fabric(trainer(precision="16-mixed"))
    with pytest.raises(SimsError, match="there is no CUDA device; set it to auto or cpu"):
        start_fabric(trainer(device="cuda"))


def test_scenes_are_held_out_by_chance_and_alike_for_every_training():
    scene_ids = [f"scene-{index}" for index in range(40)]
    learned, held_out = split_scenes(scene_ids, 5, seed=0)
    assert (len(learned), len(held_out)) == (35, 5)
    assert sorted(learned + held_out) == sorted(scene_ids)
    assert learned == [i for i in scene_ids if i in learned]  # in the order given
    assert split_scenes(scene_ids, 5, seed=1)[1] != held_out
    without_one = [i for i in scene_ids if i != learned[0]]
    assert split_scenes(without_one, 5, seed=0)[1] == held_out
    assert len(split_scenes(scene_ids[:6], 5, seed=0)[1]) == 1  # a fourth at most
    assert split_scenes(scene_ids[:3], 5, seed=0) == (scene_ids[:3], [])
