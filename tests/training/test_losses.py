import math
from functools import partial

import pytest
import torch
from torch.nn import functional as F

from sims_core.networks.ordering_net import OrderingNet
from sims_core.networks.synthesis_net import Synthesis, SynthesisNet
from sims_core.networks.tensors import one_hot, photo_planes
from sims_core.networks.trained.depth import NUM_INPUT_PLANES
from sims_core.networks.transform_net import TransformNet
from sims_core.networks.unet import UNet
from sims_core.networks.vgg import VGG19
from sims_core.scenes.classes import VOID
from sims_core.scenes.street_categories import CANONICAL
from sims_core.training.examples.photos import encode_scene
from sims_core.training.label_losses import LabellingLoss, lovasz_loss, segmentation_loss
from sims_core.training.losses import (
    PerceptualLoss,
    colour_difference,
    halve,
)
from sims_core.training.settings.synthesis import SynthesisConfig
from sims_core.training.settings.transform import TransformConfig
from sims_core.training.tasks.depth import depth_loss, encode_depth_scene
from sims_core.training.tasks.ordering import OrderingLoss
from sims_core.training.tasks.synthesis import SynthesisLoss
from sims_core.training.tasks.transform import TransformLoss
from tests.support.small_scenes import CAR, ROAD, SKY, TREE, make_scene
from tests.support.small_training import PHASE, TRANSFORM_WEIGHTS, FixedNetwork, fit_network, pair_example, phase


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
    # Of the reference, for features of 0..255 colours; torchvision's features are of colours of unit variance.
    weights = [255 * (0.229 + 0.224 + 0.225) / 3 * weight for weight in (1 / 2.6, 1 / 4.8, 1 / 3.7, 1 / 5.6, 10 / 1.5)]
    expected = sum(weight * value for weight, value in zip(weights, differences, strict=True))
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)
    found.backward()
    assert image.grad.any()
    assert photo.grad is None


def test_colours_are_compared_in_bytes():
    assert colour_difference(torch.full((1, 3, 2, 2), 0.75), torch.full((1, 3, 2, 2), 0.25)) == 127.5


def test_frozen_features_take_no_memory_for_gradients():
    torch.manual_seed(0)
    vgg = VGG19(base_channels=2)
    image = torch.rand(1, 3, 16, 16, requires_grad=True)
    PerceptualLoss(vgg)(image, torch.rand(1, 3, 16, 16)).backward()
    assert not any(parameter.requires_grad or parameter.grad is not None for parameter in vgg.parameters())


def test_features_of_the_photo_are_computed_once():
    class Counting(VGG19):
        calls = 0

        def forward(self, image):
            self.calls += 1
            return super().forward(image)

    vgg = Counting(base_channels=1)
    PerceptualLoss(vgg)(torch.rand(1, 3, 8, 8), torch.rand(1, 3, 8, 8))
    assert vgg.calls == 2  # picture and photo


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
    config = TransformConfig(**PHASE, base_channels=1, window_px=16, **TRANSFORM_WEIGHTS)
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
    plain = TransformLoss(TransformConfig(**PHASE, base_channels=1, window_px=16, **TRANSFORM_WEIGHTS), 5)
    weighted = TransformLoss(TransformConfig(**PHASE, base_channels=1, window_px=16, **weights), 5)
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
        **PHASE,
        base_channels=2,
        resolutions=(32,),
        encoder="released",
        encoder_weights="random",
        adds_canvas=False,
        sees_canvas=True,
        canvases="stored",
        **{"pixel_weight": 1.0, "perceptual_weight": 1.0, "semantic_weight": 10.0} | weights,
    )
    torch.manual_seed(0)
    return SynthesisLoss(config, PerceptualLoss(VGG19(base_channels=1)), 5)


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


def brute_force_lovasz(probabilities, labels, num_categories):
    """Of one photo: the extension of 1 - IoU at the errors, as the sum over their sorted steps (section 3)."""
    pixels = [i for i in range(len(labels)) if labels[i] != VOID]
    losses = []
    for category in sorted({labels[i] for i in pixels}):
        error = {i: abs((labels[i] == category) - probabilities[category][i]) for i in pixels}

        def lost(wrong, category=category):
            true = {i for i in pixels if labels[i] == category}
            predicted = {i for i in pixels if (i in true) != (i in wrong)}
            return 1 - len(true & predicted) / len(true | predicted)

        order = sorted(pixels, key=lambda i: -error[i])
        steps = [lost(set(order[: n + 1])) - lost(set(order[:n])) for n in range(len(order))]
        losses.append(sum(error[i] * step for i, step in zip(order, steps, strict=True)))
    return sum(losses) / len(losses)


def test_lovasz_is_one_less_the_iou_of_sure_labels():
    labels = torch.tensor([[[0, 0, 1, VOID]]], dtype=torch.uint8)
    predicted = torch.tensor([[[0, 1, 1, 2]]])
    logits = 1000.0 * torch.nn.functional.one_hot(predicted, 3).permute(0, 3, 1, 2)
    # Category 0: 1 of 2 pixels; category 1: 1 of 2; category 2 is not shown, and what is void does not count.
    assert lovasz_loss(logits, labels).item() == pytest.approx(1 - 0.5)


def test_lovasz_is_what_its_definition_says():
    torch.manual_seed(0)
    logits, labels = 2 * torch.randn(2, 4, 3, 5), torch.randint(0, 4, (2, 3, 5), dtype=torch.uint8)
    labels[0, 0, :3] = VOID
    labels[1][labels[1] == 2] = 1
    wanted = [
        brute_force_lovasz(photo.flatten(1).tolist(), own.flatten().tolist(), 4)
        for photo, own in zip(logits.double().softmax(dim=1), labels, strict=True)
    ]
    assert lovasz_loss(logits.double(), labels).item() == pytest.approx(sum(wanted) / 2)
    parts = [lovasz_loss(logits[i : i + 1], labels[i : i + 1]).item() for i in range(2)]
    assert lovasz_loss(logits, labels).item() == pytest.approx(sum(parts) / 2)  # portions of a batch have its mean


def test_lovasz_of_a_photo_that_is_all_void_is_nothing_and_has_no_gradient():
    logits = torch.randn(1, 3, 4, 4, requires_grad=True)
    loss = lovasz_loss(logits, torch.full((1, 4, 4), VOID, dtype=torch.uint8))
    loss.backward()
    assert loss.item() == 0
    assert not logits.grad.any()


def test_lovasz_is_a_term_of_its_own_with_its_weight():
    torch.manual_seed(0)
    logits = torch.randn(1, 3, 4, 6)
    batch = {"photo": torch.zeros(1, 4, 6, 3, dtype=torch.uint8), "labels": torch.randint(0, 3, (1, 4, 6)).byte()}
    found = LabellingLoss(0.5)(FixedNetwork(logits), batch)
    assert found["semantic"] == segmentation_loss(FixedNetwork(logits), batch)["semantic"]
    assert found["lovasz"].item() == pytest.approx(
        0.5 * lovasz_loss(logits[..., ::2, ::2], batch["labels"][:, ::2, ::2]).item()
    )
    assert list(LabellingLoss(0.0)(FixedNetwork(logits), batch)) == ["semantic"]


def learning_task(name, classes):
    """A tiny network, its loss and one batch."""
    scene = make_scene("s", "train", 0)
    if name == "transform":
        config = TransformConfig(**PHASE, base_channels=2, window_px=16, **TRANSFORM_WEIGHTS)
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
    config = phase(num_steps=40, batch_size=1, schedule="constant")
    dataset = [{key: planes[0] for key, planes in batch.items()}]
    fit_network(tmp_path, network, loss, dataset, config)
    assert total() < share * before
