import json
import math
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F

from sims_core.categories import CANONICAL
from sims_core.classes import VOID
from sims_core.depth_network import NUM_INPUT_PLANES
from sims_core.errors import SimsError
from sims_core.networks.blocks import num_parameters
from sims_core.networks.ordering_net import OrderingNet
from sims_core.networks.synthesis_net import Synthesis, SynthesisNet
from sims_core.networks.tensors import one_hot, photo_planes
from sims_core.networks.transform_net import TransformNet
from sims_core.networks.unet import UNet
from sims_core.networks.vgg import FEATURE_SCALE, VGG19
from sims_core.training.loop import data_order, fit, learning_rate
from sims_core.training.losses import (
    LAYER_WEIGHTS,
    PerceptualLoss,
    build_perceptual_loss,
    colour_difference,
    halve,
)
from sims_core.training.models import build_network, load_model, save_model
from sims_core.training.run import Material, Training, train_and_save
from sims_core.training.settings import (
    FitConfig,
    OrderingConfig,
    PerceptualConfig,
    SynthesisConfig,
    TrainerConfig,
    TransformConfig,
)
from sims_core.training.state import state_folder
from sims_core.training.task_depth import depth_loss
from sims_core.training.task_depth import encode_scene as encode_depth_scene
from sims_core.training.task_ordering import OrderingLoss
from sims_core.training.task_segmenter import encode_scene, segmentation_loss
from sims_core.training.task_synthesis import SynthesisLoss
from sims_core.training.task_transform import TransformLoss
from tests.conftest import CAR, ROAD, SKY, TREE, make_scene

TRAINER = TrainerConfig(device="cpu", precision="32-true", num_threads=1, num_loader_workers=0)
COURSE = {
    "num_steps": 8,
    "batch_size": 2,
    "lr": 0.01,
    "schedule": "cosine",
    "warmup_steps": 2,
    "clip_norm": 1.0,
    "log_every_steps": 3,
    "checkpoint_every_steps": 2,
}
TRANSFORM_WEIGHTS = {"photometric_weight": 1.0, "mask_weight": 1.0, "displacement_weight": 1.0}


class InterruptedTrainingError(Exception):
    """A training that was cut off."""


class FixedNetwork(nn.Module):
    """Answers what it is told, whatever it is asked."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    def forward(self, *_):
        return self.answer


def course(**changes):
    return FitConfig(**COURSE | changes)


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


class Failing:
    """A loss that breaks off when it is asked for the n-th time."""

    def __init__(self, loss, last):
        self.loss, self.left = loss, last

    def __call__(self, network, batch):
        if not self.left:
            raise InterruptedTrainingError
        self.left -= 1
        return self.loss(network, batch)


@pytest.fixture
def train(tmp_path, monkeypatch, classes):
    """Train an ordering network, whose dropout draws random numbers, on five pairs; return its bytes."""
    monkeypatch.setenv("SIMS_STATE_DIR", str(tmp_path / "state"))
    data = tmp_path / "pairs"
    data.write_bytes(b"five pairs")
    examples = [pair_example(index) for index in range(5)]

    def run(out, *, seed=0, last=None, **changes):
        training = Training(
            name="ordering", trainer=TRAINER, seed=seed, out=tmp_path / out, curves=tmp_path / f"{out}-curves"
        )
        loss = OrderingLoss(classes)
        train_and_save(
            training,
            OrderingConfig(**COURSE | changes, base_channels=2, window_px=16),
            OrderingNet,
            {"num_categories": len(classes), "base_channels": 2},
            loss if last is None else Failing(loss, last),
            Material(dataset=examples, files=[data], classes=classes, frame=(16, 16)),
        )
        return (training.out / "weights.safetensors").read_bytes()

    return run


def files_of(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


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
    (tmp_path / "pairs").write_bytes(b"other pairs")
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


def test_state_folder_depends_on_all_that_shapes_the_result(tmp_path, monkeypatch):
    monkeypatch.delenv("SIMS_STATE_DIR", raising=False)
    data = tmp_path / "data"
    data.mkdir()
    (data / "a").write_bytes(b"1")
    first = state_folder("net", 0, [data], [course()])
    assert first.parts[:3] == (".sims", "state", "net")
    assert state_folder("net", 0, [data], [course()]) == first
    moved = data.rename(tmp_path / "moved")
    assert state_folder("net", 0, [moved], [course()]) == first
    others = [
        state_folder("other", 0, [moved], [course()]),
        state_folder("net", 1, [moved], [course()]),
        state_folder("net", 0, [moved], [course(lr=0.02)]),
        state_folder("net", 0, [], [course()]),
    ]
    (moved / "a").rename(moved / "b")
    others.append(state_folder("net", 0, [moved], [course()]))
    (moved / "b").write_bytes(b"2")
    others.append(state_folder("net", 0, [moved], [course()]))
    assert len({first, *others}) == len(others) + 1


def fit_scale(tmp_path, loss, config, examples=3):
    """Fit a network of one weight."""
    torch.manual_seed(0)
    network = nn.Linear(1, 1, bias=False)
    nn.init.ones_(network.weight)
    dataset = [{"x": torch.tensor([float(index + 1)])} for index in range(examples)]
    places = {"state_dir": tmp_path / "state", "curves_dir": tmp_path / "curves"}
    return network, fit(network, loss, dataset, config, TRAINER, name="scale", seed=0, **places)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_loss_that_is_not_finite_stops_with_step_and_term(tmp_path, bad):
    values = iter([1.0, 1.0, bad])

    def loss(network, batch):
        return {"good": network(batch["x"]).mean(), "odd": network(batch["x"]).mean() * next(values)}

    pattern = f"training scale: loss term 'odd' is not finite at step 3, found {bad}; lower scale.lr"
    with pytest.raises(SimsError, match=pattern):
        fit_scale(tmp_path, loss, course())


def test_first_step_of_adam_moves_by_the_learning_rate(tmp_path):
    def loss(network, batch):
        return {"size": network(batch["x"]).mean() * 1000}

    config = course(num_steps=1, schedule="constant", warmup_steps=4)
    network, summary = fit_scale(tmp_path, loss, config)
    assert network.weight.item() == pytest.approx(1 - 0.01 / 4)
    assert summary.num_steps == 1


def test_large_gradients_are_scaled_down_and_small_ones_are_not(tmp_path):
    def loss_of(gradients):
        values = iter(gradients)
        return lambda network, batch: {"size": (network(torch.ones_like(batch["x"])) * next(values)).mean()}

    weights = [
        fit_scale(tmp_path, loss_of(gradients), course(num_steps=2, clip_norm=clip))[0].weight.item()
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
    places = {"state_dir": tmp_path / "state", "curves_dir": tmp_path / "curves"}
    fit(network, loss, [{"x": torch.ones(1)}], course(num_steps=2), TRAINER, name="scale", seed=0, **places)
    assert seen == [True, True]


def test_final_losses_are_means_over_the_last_interval(tmp_path):
    values = iter(range(8))

    def loss(network, batch):
        return {"a": network(batch["x"]).mean() * 0 + next(values), "b": network(batch["x"]).mean() * 0 + 1}

    summary = fit_scale(tmp_path, loss, course())[1]
    assert summary.final_losses == {"a": 6.5, "b": 1, "loss": 7.5}  # of steps 7 and 8


def test_nothing_to_train_on_is_said(tmp_path):
    with pytest.raises(SimsError, match="scale: nothing to train on, expected at least one example"):
        fit_scale(tmp_path, None, course(), examples=0)


def test_batches_may_be_larger_than_the_data(tmp_path):
    sizes = []

    def loss(network, batch):
        sizes.append(len(batch["x"]))
        return {"size": network(batch["x"]).mean()}

    fit_scale(tmp_path, loss, course(batch_size=7), examples=2)
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


def test_constant_learning_rate_by_hand():
    rates = [learning_rate(course(schedule="constant", warmup_steps=4), step) for step in range(7)]
    assert rates == pytest.approx([0.0025, 0.005, 0.0075, 0.01, 0.01, 0.01, 0.01])
    assert learning_rate(course(schedule="constant", warmup_steps=0), 0) == 0.01


def test_cosine_learning_rate_by_hand():
    falling = course(warmup_steps=0, num_steps=6)
    expected = [1, (1 + math.sqrt(3) / 2) / 2, 0.75, 0.5, 0.25]
    assert [learning_rate(falling, step) for step in range(5)] == pytest.approx([0.01 * share for share in expected])
    warm = course(warmup_steps=2, num_steps=8)
    expected = [0.5, 1, 1, (1 + math.sqrt(3) / 2) / 2, 0.75]
    assert [learning_rate(warm, step) for step in range(5)] == pytest.approx([0.01 * share for share in expected])


@given(num_steps=st.integers(1, 40), warmup_steps=st.integers(0, 50), schedule=st.sampled_from(["constant", "cosine"]))
def test_learning_rate_rises_then_falls_and_stays_in_its_range(num_steps, warmup_steps, schedule):
    config = course(num_steps=num_steps, warmup_steps=warmup_steps, schedule=schedule)
    rates = [learning_rate(config, step) for step in range(num_steps)]
    assert all(0 < rate <= config.lr for rate in rates)
    assert rates[:warmup_steps] == sorted(rates[:warmup_steps])
    after = rates[warmup_steps:]
    assert after == sorted(after, reverse=True)


def test_settings_are_checked():
    for wrong in ({"lr": 0}, {"num_steps": 0}, {"schedule": "step"}, {"clip_norm": -1}, {"momentum": 1}):
        with pytest.raises(ValidationError):
            course(**wrong)


def test_saved_model_comes_back_with_its_card(train, tmp_path, classes):
    train("ordering")
    network, card = load_model(tmp_path / "ordering", OrderingNet)
    assert not network.training
    stored = load_file(tmp_path / "ordering" / "weights.safetensors")
    assert stored.keys() == network.state_dict().keys()
    assert all(torch.equal(weight, stored[name]) for name, weight in network.state_dict().items())
    assert card.network == "OrderingNet"
    assert card.arguments == {"num_categories": 5, "base_channels": 2}
    assert card.categories == classes
    assert (card.height_px, card.width_px, card.seed, card.num_steps, card.num_threads) == (16, 16, 0, 8, 1)
    assert card.num_parameters == num_parameters(network)
    assert card.final_losses.keys() == {"front", "loss"}
    assert card.settings.keys() == {"ordering", "trainer"}
    assert card.settings["ordering"]["lr"] == 0.01
    save_model(tmp_path / "again", network, card)
    assert files_of(tmp_path / "again") == files_of(tmp_path / "ordering")


def test_trained_network_is_returned_as_it_is_saved(tmp_path, monkeypatch, classes):
    monkeypatch.setenv("SIMS_STATE_DIR", str(tmp_path / "state"))
    network = train_and_save(
        Training(name="segmenter", trainer=TRAINER, seed=0, out=tmp_path / "segmenter", curves=tmp_path / "curves"),
        course(num_steps=2),
        UNet,
        {"in_channels": 3, "out_channels": 5, "base_channels": 2, "num_levels": 2},
        segmentation_loss,
        Material(dataset=[encode_scene(make_scene("s", "train", 0))], files=[], classes=classes, frame=(32, 64)),
        notes={"why": "test"},
    )
    loaded, card = load_model(tmp_path / "segmenter", UNet)
    assert card.notes == {"why": "test"}
    assert not network.training
    picture = torch.rand(1, 3, 8, 8)
    assert torch.equal(network(picture), loaded(picture))


def test_switches_of_a_network_stay_switches(train, tmp_path):
    train("ordering")
    card = load_model(tmp_path / "ordering", OrderingNet)[1]
    arguments = {"num_categories": 5, "base_channels": 1, "output_scale": 2, "adds_canvas": True}
    network = build_network(SynthesisNet, arguments, 0, "synthesis")
    save_model(tmp_path / "s", network, card.model_copy(update={"network": "SynthesisNet", "arguments": arguments}))
    loaded, card = load_model(tmp_path / "s", SynthesisNet)
    assert card.arguments == arguments
    assert (loaded.output_scale, loaded.adds_canvas) == (2, True)
    assert isinstance(card.arguments["adds_canvas"], bool)


def test_model_that_cannot_be_read_is_named_with_its_stage(train, tmp_path):
    train("ordering")
    folder = tmp_path / "ordering"
    card_path, weights_path = folder / "card.json", folder / "weights.safetensors"
    card, weights = json.loads(card_path.read_text()), load_file(weights_path)

    def refused(pattern, network_class=OrderingNet):
        with pytest.raises(SimsError, match=pattern):
            load_model(folder, network_class)

    refused("another network, expected TransformNet, found OrderingNet", TransformNet)
    for changed, pattern in (
        ({"height_px": 0}, "'height_px' .*run stage 'train_ordering' again"),
        ({"surprise": 1}, "'surprise' Extra inputs"),
        ({"format_version": 2}, "'format_version'"),
    ):
        card_path.write_text(json.dumps(card | changed))
        refused(pattern)
    card_path.write_text("{")
    refused(r"card\.json: is not valid JSON")
    card_path.write_text(json.dumps(card | {"arguments": {"num_categories": 4, "base_channels": 2}}))
    refused(r"weights\.safetensors: weights are damaged.*size mismatch.*run stage 'train_ordering' again")
    card_path.write_text(json.dumps(card))
    save_file({name: weight for name, weight in weights.items() if name != "head.bias"}, weights_path)
    refused("weights are damaged.*head.bias")
    weights_path.write_bytes(b"text")
    refused("weights are damaged")
    weights_path.unlink()
    refused(r"weights\.safetensors: weights not found; run stage 'train_ordering' first")
    card_path.unlink()
    refused(r"card\.json: not found; run stage 'train_ordering' first")


def test_new_weights_depend_on_seed_and_name_alone():
    arguments = {"num_categories": 3, "base_channels": 1}

    def first_weight(seed, name):
        return next(build_network(OrderingNet, arguments, seed, name).parameters())

    torch.manual_seed(5)
    state = torch.get_rng_state()
    expected = first_weight(0, "ordering")
    assert torch.equal(torch.get_rng_state(), state)
    torch.rand(3)
    assert torch.equal(first_weight(0, "ordering"), expected)
    assert not torch.equal(first_weight(1, "ordering"), expected)
    assert not torch.equal(first_weight(0, "other"), expected)


def test_equal_pictures_have_no_perceptual_difference():
    torch.manual_seed(0)
    loss = PerceptualLoss(VGG19(base_channels=2))
    picture = torch.rand(2, 3, 16, 24)
    assert loss(picture, picture.clone()) == 0
    assert colour_difference(picture, picture.clone()) == 0
    assert loss(picture, 1 - picture) > 0


def test_perceptual_loss_is_a_weighted_sum_that_trains_the_picture_only():
    torch.manual_seed(0)
    vgg = VGG19(base_channels=2)
    image, photo = torch.rand(1, 3, 16, 16, requires_grad=True), torch.rand(1, 3, 16, 16, requires_grad=True)
    found = PerceptualLoss(vgg)(image, photo)
    differences = [(a - b).abs().mean() for a, b in zip(vgg(image), vgg(photo), strict=True)]
    assert len(differences) == len(LAYER_WEIGHTS) == 5
    expected = FEATURE_SCALE * sum(weight * value for weight, value in zip(LAYER_WEIGHTS, differences, strict=True))
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)
    found.backward()
    assert image.grad.any()
    assert photo.grad is None


def test_colours_are_compared_in_bytes():
    assert colour_difference(torch.full((1, 3, 2, 2), 0.75), torch.full((1, 3, 2, 2), 0.25)) == 127.5


def test_perceptual_weights_name_their_origin(tmp_path):
    random, origin = build_perceptual_loss(PerceptualConfig(weights="random", base_channels=1), 3)
    assert origin == "random weights, seed 3"
    layout = {name.replace("convolutions", "features"): w for name, w in random.vgg.state_dict().items() if "." in name}
    save_file(layout, tmp_path / "mine.safetensors")
    config = PerceptualConfig(weights=str(tmp_path / "mine.safetensors"), base_channels=1)
    loaded, origin = build_perceptual_loss(config, 4)
    assert origin.startswith("mine.safetensors, sha256 ")
    picture, other = torch.rand(1, 3, 8, 8), torch.rand(1, 3, 8, 8)
    assert loaded(picture, other) == random(picture, other)
    with pytest.raises(SimsError, match="weights not found"):
        build_perceptual_loss(PerceptualConfig(weights=str(tmp_path / "none.pth"), base_channels=1), 0)


def test_halved_picture_is_means_of_four():
    picture = torch.rand(1, 2, 6, 8)
    assert torch.allclose(halve(picture), F.avg_pool2d(picture, 2))
    assert halve(torch.rand(1, 2, 5, 7)).shape == (1, 2, 3, 4)


def moved_square():
    """A 2x2 square of (200, 100, 50) in an 8x8 frame that belongs two pixels to the right."""
    colour = torch.tensor([200, 100, 50], dtype=torch.uint8)
    segment_mask, target_mask = torch.zeros(1, 8, 8, dtype=torch.bool), torch.zeros(1, 8, 8, dtype=torch.bool)
    segment_mask[:, 3:5, 1:3] = True
    target_mask[:, 3:5, 3:5] = True
    return {
        "segment": segment_mask[..., None] * colour,
        "segment_mask": segment_mask,
        "target": target_mask[..., None] * colour,
        "target_mask": target_mask,
        "layout": torch.zeros(1, 8, 8, dtype=torch.uint8),
        "theta": torch.tensor([[[1, 0, -0.5], [0, 1, 0]]]),  # two pixels are half of half the frame
    }


def test_transform_loss_by_hand():
    batch = moved_square()
    config = TransformConfig(**COURSE, base_channels=1, window_px=16, **TRANSFORM_WEIGHTS)
    exact = TransformLoss(config, 5)(FixedNetwork(batch["theta"]), batch)
    assert exact["displacement"] == 0
    assert exact["photometric"] == pytest.approx(0, abs=1e-6)
    assert exact["mask"] == pytest.approx(0, abs=1e-6)
    still = TransformLoss(config, 5)(FixedNetwork(torch.eye(2, 3)[None]), batch)
    # Means over the four pixels of the place and the one that is added.
    assert still["displacement"] == pytest.approx(0.5 * 4 / 5)
    assert still["photometric"] == pytest.approx((200 + 100 + 50) / 3 / 255 * 4 / 5)
    assert still["mask"] == pytest.approx(8 / 5)


def test_transform_loss_weights_its_terms_and_stands_an_empty_place():
    batch = moved_square()
    weights = {"photometric_weight": 2.0, "mask_weight": 3.0, "displacement_weight": 0.0}
    plain = TransformLoss(TransformConfig(**COURSE, base_channels=1, window_px=16, **TRANSFORM_WEIGHTS), 5)
    weighted = TransformLoss(TransformConfig(**COURSE, base_channels=1, window_px=16, **weights), 5)
    network = FixedNetwork(torch.eye(2, 3)[None])
    found, expected = weighted(network, batch), plain(network, batch)
    assert found["photometric"] == 2 * expected["photometric"]
    assert found["mask"] == pytest.approx(3 * expected["mask"].item())
    assert found["displacement"] == 0
    batch["target_mask"] = torch.zeros_like(batch["target_mask"])
    assert all(term.isfinite() for term in plain(network, batch).values())


def test_ordering_loss_by_hand(classes):
    batch = torch.utils.data.default_collate([pair_example(0), pair_example(1)])
    batch |= {"category_a": torch.tensor([ROAD, CAR]), "category_b": torch.tensor([CAR, SKY])}
    batch["b_in_front"] = torch.tensor([True, False])
    logits = torch.full((2, 6), 7.0)
    logits[0, ROAD], logits[0, CAR] = 0.0, math.log(3)  # odds of 3 : 1 for the car, which is in front
    logits[1, CAR], logits[1, SKY] = 1.0, 1.0  # undecided
    found = OrderingLoss(classes)(FixedNetwork(logits), batch)["front"]
    assert found.item() == pytest.approx((math.log(4 / 3) + math.log(2)) / 2)


def test_depth_and_segmentation_losses_leave_out_what_is_not_known():
    scene = make_scene("s", "train", 0)
    depth_batch = {name: planes[None] for name, planes in encode_depth_scene(scene, CANONICAL).items()}
    depth_batch["depth_m"] = torch.full_like(depth_batch["depth_m"], torch.inf)
    depth_batch["depth_m"][0, 0, :4] = torch.tensor([15.0, 15 * math.e, 15 / math.e**2, 0])
    found = depth_loss(FixedNetwork(torch.zeros(1, 1, 32, 64)), depth_batch)["log_depth"]
    assert found.item() == pytest.approx((0 + 1 + 2) / 3)
    batch = {name: planes[None] for name, planes in encode_scene(scene).items()}
    batch["labels"] = torch.full_like(batch["labels"], VOID)
    logits = torch.zeros(1, 5, 32, 64)
    assert segmentation_loss(FixedNetwork(logits), batch)["semantic"] == 0
    batch["labels"][0, 0, 0] = TREE
    logits[0, TREE, 0, 0] = math.log(4)
    assert segmentation_loss(FixedNetwork(logits), batch)["semantic"].item() == pytest.approx(math.log(2))
    batch["labels"][0, 0, 1] = CAR
    expected = (math.log(2) + math.log(5)) / 2
    assert segmentation_loss(FixedNetwork(logits), batch)["semantic"].item() == pytest.approx(expected)


def test_scene_without_depth_is_no_example():
    scene = make_scene("s7", "train", 0)
    with pytest.raises(ValueError, match="s7 has no depth"):
        encode_depth_scene(type(scene)(**vars(scene) | {"depth_m": None}), CANONICAL)


def synthesis_loss(**weights):
    config = SynthesisConfig(
        **COURSE,
        base_channels=2,
        output_scale=1,
        adds_canvas=False,
        **{"pixel_weight": 1.0, "perceptual_weight": 1.0, "semantic_weight": 10.0} | weights,
    )
    return SynthesisLoss(config, build_perceptual_loss(PerceptualConfig(weights="random", base_channels=1), 0)[0], 5)


def canvas_batch():
    scene = make_scene("s", "train", 0)
    photo, labels = torch.from_numpy(scene.photo)[None], torch.from_numpy(scene.labels)[None]
    known = labels != CAR
    return {"canvas": photo * known[..., None], "known": known, "layout": labels, "photo": photo, "labels": labels}


@pytest.mark.parametrize("semantic_size", [(32, 64), (16, 32)])
def test_synthesis_loss_of_the_photo_itself_is_that_of_the_semantics(semantic_size):
    batch = canvas_batch()
    logits = torch.zeros(1, 6, *semantic_size)
    perfect = FixedNetwork(Synthesis(photo_planes(batch["photo"]), logits))
    found = synthesis_loss()(perfect, batch)
    assert (found["pixel"], found["perceptual"]) == (0, 0)
    assert found["semantic"].item() == pytest.approx(10 * math.log(6))
    darker = FixedNetwork(Synthesis(photo_planes(batch["photo"]) - 0.2, logits))
    assert synthesis_loss(pixel_weight=2.0)(darker, batch)["pixel"].item() == pytest.approx(2 * 51, rel=1e-5)


@pytest.mark.parametrize("step", [1, 2])
def test_synthesis_loss_asks_back_the_layout_at_the_size_of_the_logits(step):
    batch = canvas_batch()
    logits = 50 * one_hot(batch["labels"][:, ::step, ::step], 5)
    found = synthesis_loss()(FixedNetwork(Synthesis(photo_planes(batch["photo"]), logits)), batch)
    assert found["semantic"].item() == pytest.approx(0, abs=1e-6)


def learning_task(name, classes):
    """A tiny network, its loss and one batch."""
    scene = make_scene("s", "train", 0)
    if name == "transform":
        config = TransformConfig(**COURSE, base_channels=2, window_px=16, **TRANSFORM_WEIGHTS)
        return TransformNet, (5, 2), TransformLoss(config, 5), moved_square()
    if name == "ordering":
        return OrderingNet, (5, 2), OrderingLoss(classes), {k: v[None] for k, v in pair_example(0).items()}
    if name == "synthesis":
        return SynthesisNet, (5, 2), synthesis_loss(), canvas_batch()
    encode, network, loss = {
        "depth": (partial(encode_depth_scene, classes=classes), (NUM_INPUT_PLANES, 1, 4, 3), depth_loss),
        "segmenter": (encode_scene, (3, 5, 4, 3), segmentation_loss),
    }[name]
    return UNet, network, loss, {k: v[None] for k, v in encode(scene).items()}


@pytest.mark.parametrize(
    ("name", "share"), [("transform", 0.5), ("ordering", 0.5), ("synthesis", 0.8), ("depth", 0.5), ("segmenter", 0.5)]
)
def test_one_example_is_learnt(tmp_path, classes, name, share):
    network_class, arguments, loss, batch = learning_task(name, classes)
    torch.manual_seed(0)
    network = network_class(*arguments)

    def total():
        with torch.no_grad():
            return sum(loss(network.eval(), batch).values()).item()

    before = total()
    config = course(num_steps=40, batch_size=1, schedule="constant", checkpoint_every_steps=100)
    dataset = [{key: planes[0] for key, planes in batch.items()}]
    places = {"state_dir": tmp_path / "state", "curves_dir": tmp_path / "curves"}
    fit(network, loss, dataset, config, TRAINER, name=name, seed=0, **places)
    assert total() < share * before
