"""Where the features of the perceptual loss come from."""

import hashlib

import pytest
import torch
from safetensors.torch import save_file

from sims_core.base.errors import SimsError
from sims_core.formats.scenes import SceneReader
from sims_core.networks import pretrained
from sims_core.networks.efficientnet_lite0 import LITE0_SHA256, load_lite0
from sims_core.networks.perceptual import Lite0Features, load_perceptual
from sims_core.networks.tensors import photo_planes
from sims_core.networks.vgg import REFERENCE_LAYER_WEIGHTS, VGG19, vgg_blocks
from sims_core.training.loop.phase import Training
from sims_core.training.losses import PerceptualLoss, colour_difference
from sims_core.training.settings.perceptual import PerceptualConfig
from sims_core.training.tasks.perceptual import PhotoLabeller, balanced_weights, train_perceptual
from tests.support.small_training import PHASE, TRAINER, files_of
from tests.support.vgg_files import save_weights, vgg_weights


@pytest.fixture
def make(tmp_path, monkeypatch, scenes_folder):
    """Run the training on the six small photos; return network, card and metrics."""
    monkeypatch.setenv("SIMS_STATE_DIR", str(tmp_path / "state"))

    def run(weights, out="perceptual", seed=0, **changes):
        config = PerceptualConfig(**PHASE | {"weights": str(weights), "base_channels": 2} | changes)
        training = Training(
            name="perceptual",
            trainer=TRAINER.model_copy(update={"num_validation_scenes": 1}),
            seed=seed,
            out=tmp_path / out,
            curves=tmp_path / f"{out}-curves",
        )
        metrics = train_perceptual(training, config, scenes_folder)
        return *load_perceptual(tmp_path / out), metrics

    return run


def test_balanced_layers_differ_as_much_as_the_colours_and_the_last_tenfold():
    torch.manual_seed(0)
    vgg = VGG19(base_channels=2)
    pairs = [(torch.rand(1, 3, 32, 32), torch.rand(1, 3, 32, 32)) for _ in range(3)]
    with torch.no_grad():
        vgg.layer_weights.copy_(balanced_weights(vgg, pairs))
        terms = torch.stack(
            [
                vgg.layer_weights
                * torch.stack([(a - b).abs().mean() for a, b in zip(vgg(one), vgg(other), strict=True)])
                for one, other in pairs
            ]
        ).sum(dim=0)
    colours = sum(colour_difference(one, other) for one, other in pairs)
    assert torch.allclose(terms, colours * torch.tensor([1.0, 1, 1, 1, 10]), rtol=1e-5)


def test_random_features_depend_on_the_seed_and_say_what_they_are(make, tmp_path):
    _, card, metrics = make("random", "a")
    make("random", "b")
    assert files_of(tmp_path / "a") == files_of(tmp_path / "b")
    make("random", "c", seed=1)
    assert files_of(tmp_path / "c") != files_of(tmp_path / "a")
    assert card.notes["weights"] == metrics["protocol"]["weights"] == "random weights"
    assert card.num_steps == 0
    assert "final_losses" not in metrics
    assert list((tmp_path / "a-curves").iterdir()) == []


def test_learned_features_are_those_of_a_network_that_labels_the_photos(make, tmp_path):
    learned, card, metrics = make("learned", "learned", num_steps=40, batch_size=5)
    random = make("random", "random")[0]
    assert not torch.equal(learned.stages[0][0].weight, random.stages[0][0].weight)
    assert "learned" in card.notes["weights"]
    assert metrics["final_losses"]["semantic"] < 1.0 < metrics["num_steps"]  # log 5 = 1.61 when nothing is known
    assert metrics["validation_losses"]["semantic"] > 0
    assert not list((tmp_path / "state").rglob("*.pt"))


def test_lite0_has_imagenets_features_and_layers_that_weigh_as_much_as_the_colours(make, tmp_path, scenes_folder):
    features, card, metrics = make("lite0", "a")
    make("lite0", "b")
    assert files_of(tmp_path / "a") == files_of(tmp_path / "b")
    assert isinstance(features, Lite0Features)
    assert card.notes["weights"] == metrics["protocol"]["weights"] == f"EfficientNet-Lite0, sha256 {LITE0_SHA256}"
    scenes = SceneReader(scenes_folder)
    photos = [photo_planes(torch.from_numpy(scenes.load(i).photo)[None]) for i in scenes.ids("train")]
    with torch.no_grad():
        for found, wanted in zip(features(photos[0]), load_lite0().pyramid(photos[0]), strict=True):
            assert torch.equal(found, wanted)
    # Of photos that have nothing to do with one another the four fine layers and the tenfold last count 14 colours.
    pairs = [(one, other) for one in photos for other in photos if one is not other]
    loss = PerceptualLoss(features)
    shares = [loss(one, other) / colour_difference(one, other) for one, other in pairs]
    assert sum(shares).item() / len(shares) == pytest.approx(14, rel=0.25)


def test_pictures_learn_from_lite0s_features(make):
    loss = PerceptualLoss(make("lite0")[0])
    torch.manual_seed(0)
    photo, picture = torch.rand(1, 3, 32, 64), torch.rand(1, 3, 32, 64, requires_grad=True)
    assert loss(photo, photo).item() == 0
    before = loss(picture, photo)
    before.backward()
    assert loss(picture - 0.02 * picture.grad.sign(), photo) < before
    assert not any(weight.requires_grad for weight in loss.network.parameters())


def test_labeller_uses_all_five_maps():
    torch.manual_seed(0)
    labeller = PhotoLabeller(num_categories=4, base_channels=2)
    logits = labeller(torch.rand(2, 3, 24, 40))
    assert logits.shape == (2, 4, 24, 40)
    logits.square().mean().backward()
    assert all(head.weight.grad.any() for head in labeller.heads)


def test_weights_of_a_file_keep_the_layer_weights_of_the_reference(make, tmp_path):
    path = save_weights(tmp_path / "mine.safetensors", vgg_weights())
    network, card, _ = make(path)
    assert card.notes["weights"] == f"mine.safetensors, sha256 {hashlib.sha256(path.read_bytes()).hexdigest()}"
    assert network.layer_weights.tolist() == pytest.approx(REFERENCE_LAYER_WEIGHTS)
    assert torch.equal(network.stages[0][0].weight, vgg_weights()["features.0.weight"])


def test_missing_weights_are_said_before_anything_is_written(make, tmp_path):
    with pytest.raises(SimsError, match=r"none\.pth: VGG-19 weights not found; 'sims weights fetch'"):
        make(tmp_path / "none.pth")
    assert not (tmp_path / "perceptual").exists()


def test_imagenet_is_one_file_and_no_other(tmp_path, monkeypatch):
    blocks = vgg_blocks(3, 2)
    path = save_weights(tmp_path / "vgg.pth", vgg_weights(last_block=4))
    monkeypatch.setattr(pretrained, "IMAGENET_FILE", path)
    with pytest.raises(SimsError, match="is not torchvision's VGG-19, expected dcbb9e9d"):
        pretrained.load_pretrained(blocks, "imagenet")
    monkeypatch.setattr(pretrained, "IMAGENET_SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    assert pretrained.load_pretrained(blocks, "imagenet").startswith("vgg.pth, sha256 ")
    assert pretrained.load_pretrained(blocks, "random") == "random weights"


def test_fetching_asks_for_the_right_file(tmp_path, monkeypatch):
    calls = []

    def download(url, path, hash_prefix):
        calls.append((url, hash_prefix))
        save_file({"x": torch.zeros(1)}, path)

    monkeypatch.setattr("torch.hub.download_url_to_file", download)
    target = tmp_path / "raw" / "vgg.pth"
    assert pretrained.fetch_imagenet(target) == target
    assert calls == [(pretrained.IMAGENET_URL, pretrained.IMAGENET_SHA256)]

    def fail(url, path, hash_prefix):
        raise RuntimeError("invalid hash value")

    monkeypatch.setattr("torch.hub.download_url_to_file", fail)
    with pytest.raises(SimsError, match="could not be fetched, found invalid hash value; put the file at"):
        pretrained.fetch_imagenet(tmp_path / "other.pth")
