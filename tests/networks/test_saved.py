import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from sims_core.base.errors import SimsError
from sims_core.networks.blocks import num_parameters
from sims_core.networks.ordering_net import OrderingNet
from sims_core.networks.saved import load_model, read_card
from sims_core.networks.synthesis_net import SynthesisNet
from sims_core.networks.transform_net import TransformNet
from sims_core.networks.unet import UNet
from sims_core.training.examples.batches import Examples
from sims_core.training.examples.photos import encode_scene
from sims_core.training.label_losses import segmentation_loss
from sims_core.training.loop.phase import Phase, Training
from sims_core.training.loop.run import Origin, save_trained, train_phases
from sims_core.training.loop.save import build_network, save_model
from tests.support.artifacts import sign
from tests.support.small_scenes import make_scene
from tests.support.small_training import TRAINER, files_of, phase


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
    save_model(tmp_path / "again", "ordering", network, card, [tmp_path / "pairs"])
    assert files_of(tmp_path / "again") == files_of(tmp_path / "ordering")


def test_trained_network_is_returned_as_it_is_saved(tmp_path, monkeypatch, classes):
    monkeypatch.setenv("SIMS_STATE_DIR", str(tmp_path / "state"))
    training = Training(
        name="segmenter", trainer=TRAINER, seed=0, out=tmp_path / "segmenter", curves=tmp_path / "curves"
    )
    segmenter_phase = Phase(
        config=phase(num_steps=2),
        arguments={"in_channels": 3, "out_channels": 5, "base_channels": 2, "num_levels": 2},
        loss_function=segmentation_loss,
        examples=Examples([encode_scene(make_scene("s", "train", 0))]),
        frame=(32, 64),
    )
    origin = Origin(
        classes=classes, made_from=[], settings={}, notes={"why": "test"}, task=segmentation_loss.__module__
    )
    trained = train_phases(training, UNet, [segmenter_phase], origin)
    # Processes wait for each other before the state goes, for the slowest may still be reading it, and afterwards.
    state_at_waits = []
    monkeypatch.setattr(
        "sims_core.training.loop.run.wait_for_all", lambda: state_at_waits.append(trained.state.exists())
    )
    metrics = save_trained(training, trained, segmenter_phase.arguments, (32, 64), origin)
    assert state_at_waits == [True, False]
    loaded, card = load_model(tmp_path / "segmenter", UNet)
    assert card == read_card(tmp_path / "segmenter")
    assert card.notes == {"why": "test"}
    assert metrics["protocol"]["why"] == "test"
    assert (metrics["num_steps"], metrics["num_parameters"]) == (2, num_parameters(loaded))
    picture = torch.rand(1, 3, 8, 8)
    assert torch.equal(trained.network(picture), loaded(picture))
    assert not trained.state.exists()


def test_switches_of_a_network_stay_switches(train, tmp_path):
    train("ordering")
    card = load_model(tmp_path / "ordering", OrderingNet)[1]
    arguments = {"num_categories": 5, "base_channels": 1, "output_scale": 2, "adds_canvas": True}
    network = build_network(SynthesisNet, arguments, 0, "synthesis")
    save_model(
        tmp_path / "s", "s", network, card.model_copy(update={"network": "SynthesisNet", "arguments": arguments})
    )
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
        ({"format_version": 1}, "'format_version'"),
    ):
        card_path.write_text(json.dumps(card | changed))
        sign(folder)
        refused(pattern)
    card_path.write_text("{")
    refused(r"card\.json: is damaged or another file: its SHA-256 .* run `dvc checkout --force")
    sign(folder)
    refused(r"card\.json: is not valid JSON")
    card_path.write_text(json.dumps(card | {"arguments": {"num_categories": 4, "base_channels": 2}}))
    sign(folder)
    refused(r"weights\.safetensors: weights are damaged.*size mismatch.*run stage 'train_ordering' again")
    card_path.write_text(json.dumps(card))
    save_file({name: weight * torch.nan for name, weight in weights.items()}, weights_path)
    sign(folder)
    refused(r"weights\.safetensors: weights '.*' are not finite; run stage 'train_ordering' again")
    save_file({name: weight for name, weight in weights.items() if name != "head.bias"}, weights_path)
    sign(folder)
    refused("weights are damaged.*head.bias")
    weights_path.write_bytes(b"text")
    refused(r"weights\.safetensors: is damaged or another file")
    sign(folder)
    refused("weights are damaged")
    weights_path.unlink()
    refused(r"weights\.safetensors: not found; run stage 'train_ordering' first")
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
