"""The rivals: their losses by hand, what a short training learns, and photographs that repeat."""

import json
import math
import shutil

import numpy as np
import pytest
import torch
from torch import nn

from sims_core.base.errors import SimsError
from sims_core.base.seeding import derive_seed
from sims_core.formats.scenes import SceneReader, write_scenes
from sims_core.formats.synthesized import read_images
from sims_core.networks.baselines import Baseline
from sims_core.networks.crn import CascadedRefinementNet
from sims_core.networks.pix2pix import PatchDiscriminator, UNetGenerator
from sims_core.networks.spade import SpadeGenerator
from sims_core.networks.tensors import one_hot, photo_planes
from sims_core.networks.trained.baselines import BaselinePredictor
from sims_core.networks.vgg import VGG19
from sims_core.scenes.classes import VOID
from sims_core.training.examples.photos import encode_scene
from sims_core.training.loop.phase import Critic, Training
from sims_core.training.losses import PerceptualLoss
from sims_core.training.settings.cascade import CrnConfig
from sims_core.training.settings.pix2pix import Pix2PixConfig
from sims_core.training.settings.spade import SpadeConfig
from sims_core.training.tasks.crn import CrnLoss, train_crn
from sims_core.training.tasks.pix2pix import Pix2PixLoss, train_pix2pix
from sims_core.training.tasks.spade import SpadeLoss, train_spade
from tests.support.project import digests, link_data, run_command, run_stages
from tests.support.small_scenes import CAR, CLASSES, ROAD, make_scene
from tests.support.small_training import PHASE, TRAINER, FixedNetwork, fit_network

NUM_CATEGORIES = 5
CRN = {"base_channels": 8, "num_modules": 5, "pixel_weight": 1.0, "perceptual_weight": 1.0}
ADVERSARIAL = {"adam_beta1": 0.5, "adversarial_weight": 1.0, "pixel_weight": 100.0}
PIX2PIX = ADVERSARIAL | {"base_channels": 8, "num_levels": 4, "dropout_percent": 50}
SPADE = ADVERSARIAL | {"base_channels": 4, "critic_channels": 8}


@pytest.fixture
def batch():
    scenes = [encode_scene(make_scene("s", "train", seed)) for seed in (0, 1)]
    return torch.utils.data.default_collate(scenes)


def test_loss_of_the_refinement_network_by_hand(batch):
    torch.manual_seed(0)
    perceptual = PerceptualLoss(VGG19(base_channels=2))
    photo = photo_planes(batch["photo"])
    weights = {"pixel_weight": 2.0, "perceptual_weight": 3.0}
    loss = CrnLoss(CrnConfig(**PHASE | CRN | weights), perceptual, NUM_CATEGORIES)
    assert not any(loss(FixedNetwork(photo), batch).values())
    found = loss(FixedNetwork(photo + 0.1), batch)
    assert found["pixel"].item() == pytest.approx(2 * 25.5, rel=1e-4)
    assert found["perceptual"].item() == pytest.approx(3 * perceptual(photo + 0.1, photo).item())


def test_losses_of_pix2pix_by_hand(batch, classes):
    loss = Pix2PixLoss(Pix2PixConfig(**PHASE | PIX2PIX), classes)
    photo = photo_planes(batch["photo"])
    generator = FixedNetwork(photo - 0.1)
    # Odds of 3 : 1 that every patch is of a photo.
    sure = FixedNetwork(torch.full((2, 1, 2, 6), math.log(3)))
    judged = loss.discriminator_terms(sure, generator, batch)
    assert judged["photo"].item() == pytest.approx(math.log(4 / 3) / 2)
    assert judged["made"].item() == pytest.approx(math.log(4) / 2)
    wanted = loss.generator_terms(generator, sure, batch)
    assert wanted["adversarial"].item() == pytest.approx(math.log(4 / 3))
    assert wanted["pixel"].item() == pytest.approx(100 * 0.2, rel=1e-4)


def test_discriminator_is_shown_layout_and_picture(batch, classes):
    shown = []

    class Seeing(nn.Module):
        def forward(self, layout, picture):
            shown.append((layout, picture))
            return torch.zeros(1)

    made = torch.rand(2, 3, 32, 64)
    loss = Pix2PixLoss(Pix2PixConfig(**PHASE | PIX2PIX), classes)
    loss.discriminator_terms(Seeing(), FixedNetwork(made), batch)
    assert torch.equal(shown[0][1], photo_planes(batch["photo"]))
    assert torch.equal(shown[1][1], made)
    for layout, _ in shown:
        assert torch.allclose(layout[0, :, -1, 0] * 255, torch.tensor(classes.palette[ROAD]).float())


def test_spade_sees_one_hot_layouts_and_its_critic_those_of_pix2pix(batch, classes):
    seen, judged = [], []

    class Generator(nn.Module):
        def forward(self, layout):
            seen.append(layout)
            return torch.zeros(2, 3, 32, 64)

    class Discriminator(nn.Module):
        def forward(self, layout, picture):
            judged.append(layout)
            return torch.zeros(1)

    def terms(loss):
        generator, discriminator = Generator(), Discriminator()
        of_critic = loss.discriminator_terms(discriminator, generator, batch)
        return loss.generator_terms(generator, discriminator, batch) | of_critic

    of_spade = terms(SpadeLoss(SpadeConfig(**PHASE | SPADE), classes))
    assert all(torch.equal(layout, one_hot(batch["labels"], NUM_CATEGORIES)) for layout in seen)
    assert len(seen) == 2
    assert of_spade == terms(Pix2PixLoss(Pix2PixConfig(**PHASE | PIX2PIX), classes))
    assert len(judged) == 6
    assert all(torch.equal(layout, judged[0]) for layout in judged)


def photos():
    return [encode_scene(make_scene("s", "train", seed)) for seed in (0, 1)]


def first_and_last(folder, term):
    lines = (folder / "curves/plots/metrics/train" / f"{term}.tsv").read_text().splitlines()
    return [float(lines[number].split("\t")[-1]) for number in (1, -1)]


def test_refinement_network_learns_two_photos(tmp_path):
    torch.manual_seed(0)
    config = CrnConfig(**PHASE | CRN | {"num_steps": 200, "lr": 1e-2, "clip_norm": 1e6})
    network = CascadedRefinementNet(NUM_CATEGORIES, config.base_channels, config.num_modules)
    loss = CrnLoss(config, PerceptualLoss(VGG19(base_channels=2)), NUM_CATEGORIES)
    fit_network(tmp_path, network, loss, photos(), config, TRAINER.model_copy(update={"checkpoint_every_steps": 200}))
    first, last = first_and_last(tmp_path, "pixel")
    assert last < 0.5 * first


def test_pix2pix_learns_two_photos_while_its_critic_tells_them_apart(tmp_path, classes):
    torch.manual_seed(0)
    config = Pix2PixConfig(**PHASE | PIX2PIX | {"num_steps": 120, "lr": 2e-3, "clip_norm": 1e6})
    network = UNetGenerator(config.base_channels, config.num_levels)
    loss = Pix2PixLoss(config, classes)
    critic = Critic(PatchDiscriminator(config.base_channels), loss.discriminator_terms)
    trainer = TRAINER.model_copy(update={"checkpoint_every_steps": 120})
    fit_network(
        tmp_path, network, loss.generator_terms, photos(), config, trainer, critic=critic, adam_beta1=config.adam_beta1
    )
    first, last = first_and_last(tmp_path, "pixel")
    assert last < 0.5 * first
    first, last = first_and_last(tmp_path, "critic_loss")
    assert last < 0.5 * first


def spade_training(config, classes):
    torch.manual_seed(0)
    network, loss = SpadeGenerator(NUM_CATEGORIES, config.base_channels), SpadeLoss(config, classes)
    return network, loss, Critic(PatchDiscriminator(config.critic_channels), loss.discriminator_terms)


def test_spade_learns_two_photos_from_their_layouts(tmp_path, classes):
    config = SpadeConfig(**PHASE | SPADE | {"num_steps": 60, "lr": 2e-3, "clip_norm": 1e6})
    network, loss, critic = spade_training(config, classes)
    trainer = TRAINER.model_copy(update={"checkpoint_every_steps": 60})
    fit_network(tmp_path, network, loss.generator_terms, photos(), config, trainer, critic=critic, adam_beta1=0.5)
    first, last = first_and_last(tmp_path, "pixel")
    assert last < 0.5 * first
    batch = torch.utils.data.default_collate(photos())
    with torch.no_grad():
        made = network(one_hot(batch["labels"], NUM_CATEGORIES))
    photo = photo_planes(batch["photo"])
    # Each layout got its own photo.
    assert (made - photo).abs().mean() < 0.5 * (made - photo.flip(0)).abs().mean()


def test_a_step_of_spade_moves_every_weight_of_both_networks(tmp_path, classes):
    config = SpadeConfig(**PHASE | SPADE | {"num_steps": 1, "lr": 1e-3, "clip_norm": 1e6})
    network, loss, critic = spade_training(config, classes)
    before = [parameter.clone() for module in (network, critic.network) for parameter in module.parameters()]
    fit_network(tmp_path, network, loss.generator_terms, photos(), config, TRAINER, critic=critic, adam_beta1=0.5)
    after = [parameter for module in (network, critic.network) for parameter in module.parameters()]
    assert all((old != new).any() for old, new in zip(before, after, strict=True))


def test_networks_too_deep_for_the_scenes_are_said_before_anything_is_trained(scenes_folder, tmp_path):
    training = Training(name="crn", trainer=TRAINER, seed=0, out=tmp_path / "o", curves=tmp_path / "c")
    expected = "too many for pictures of 32 x 64, expected at most {}, found {}"
    with pytest.raises(SimsError, match=r"crn\.num_modules: " + expected.format(6, 7)):
        train_crn(training, CrnConfig(**PHASE | CRN | {"num_modules": 7}), scenes_folder, tmp_path)
    training = Training(name="pix2pix", trainer=TRAINER, seed=0, out=tmp_path / "o", curves=tmp_path / "c")
    with pytest.raises(SimsError, match=r"pix2pix\.num_levels: " + expected.format(5, 6)):
        train_pix2pix(training, Pix2PixConfig(**PHASE | PIX2PIX | {"num_levels": 6}), scenes_folder)


def test_scenes_too_small_for_spade_are_said_before_anything_is_trained(tmp_path):
    scenes = [make_scene("t", "train", 0, height_px=16), make_scene("v", "val", 1, height_px=16)]
    write_scenes(tmp_path / "scenes", CLASSES, scenes)
    training = Training(name="spade", trainer=TRAINER, seed=0, out=tmp_path / "o", curves=tmp_path / "c")
    with pytest.raises(SimsError, match=r"spade: cannot be trained on pictures so small, .* found 16 x 64"):
        train_spade(training, SpadeConfig(**PHASE | SPADE), tmp_path / "scenes")


@pytest.mark.parametrize("baseline", Baseline)
def test_every_validation_layout_became_the_picture_that_the_rivals_network_makes_of_it(finished_project, baseline):
    scenes = SceneReader(finished_project / "data/scenes")
    images = read_images(finished_project / "data/baselines" / baseline)
    assert list(images) == [(scene_id, 0) for scene_id in scenes.ids("val")]
    predictor = BaselinePredictor(baseline, finished_project / "data/models" / baseline)
    for (scene_id, variant), image in images.items():
        made = predictor.synthesize(scenes.load(scene_id).labels, derive_seed(0, baseline, scene_id, variant))
        assert np.array_equal(image, made)
    assert len({image.tobytes() for image in images.values()}) == len(images)  # each of its own layout
    metrics = json.loads((finished_project / f"metrics/figures/train_{baseline}.json").read_text())
    assert metrics["num_steps"] == 6
    assert (finished_project / "data/plots" / baseline / "plots/metrics/train/loss.tsv").is_file()


def test_rivals_make_the_same_bytes_again(finished_project, tmp_path):
    link_data(finished_project, tmp_path, "scenes", "models")
    shutil.copy(finished_project / "params.yaml", tmp_path)
    for baseline in Baseline:
        run_stages(tmp_path, [f"synthesize_baseline@{baseline}"])
        folder = f"data/baselines/{baseline}"
        assert digests(tmp_path / folder) == digests(finished_project / folder)


def test_noise_makes_variants_of_pix2pix_alone(finished_project):
    scenes = SceneReader(finished_project / "data/scenes")
    layout = scenes.load(scenes.ids("val")[0]).labels
    for baseline in Baseline:
        predictor = BaselinePredictor(baseline, finished_project / "data/models" / baseline)
        state = torch.get_rng_state()
        one, again, other = (predictor.synthesize(layout, seed) for seed in (0, 0, 1))
        assert torch.equal(torch.get_rng_state(), state)
        assert np.array_equal(one, again)
        assert np.array_equal(one, other) == (baseline is not Baseline.PIX2PIX)


def test_layouts_of_any_size_and_with_void_become_photographs(finished_project):
    labels = np.full((50, 81), CAR, np.uint8)
    labels[:9] = VOID
    for baseline in Baseline:
        made = BaselinePredictor(baseline, finished_project / "data/models" / baseline).synthesize(labels, 0)
        assert made.shape == (50, 81, 3)
        assert made.dtype == np.uint8


def test_missing_rival_is_one_line_that_names_its_stage(finished_project, tmp_path):
    shutil.copy(finished_project / "params.yaml", tmp_path)
    scenes = finished_project / "data/scenes"
    done = run_command(tmp_path, "stages.synthesize_baseline", "crn", "--scenes", str(scenes))
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert "data/models/crn: not found; run stage 'train_baseline@crn' first" in line
