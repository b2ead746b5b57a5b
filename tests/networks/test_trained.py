from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from sims_core.base.errors import SimsError
from sims_core.networks.ordering_net import OrderingNet
from sims_core.networks.pyramid_segmenter import PyramidSegmenter
from sims_core.networks.saved import ModelCard
from sims_core.networks.synthesis_net import SynthesisNet
from sims_core.networks.trained.depth import NUM_INPUT_PLANES, DepthPredictor
from sims_core.networks.trained.ordering import OrderingPredictor
from sims_core.networks.trained.segmenter import SegmenterPredictor
from sims_core.networks.trained.synthesis import SynthesisPredictor
from sims_core.networks.trained.transform import TransformPredictor
from sims_core.networks.transform_net import TransformNet
from sims_core.networks.unet import UNet
from sims_core.scenes.affine import from_pixels, identity, to_pixels
from sims_core.scenes.classes import VOID
from sims_core.scenes.street_categories import CANONICAL
from sims_core.scenes.window import to_frame
from sims_core.training.loop.save import build_network, save_model
from tests.support.frames import cut, cut_segment
from tests.support.small_scenes import CAR, ROAD, SKY, TREE, make_scene

FRAME = (32, 64)
WINDOW_PX = 16
MANY = 19  # more than a network sees at once

NO_PRIOR = np.zeros((5, 5), dtype=np.float32)


@pytest.fixture
def saved(tmp_path, classes):
    """Save a new network, changed by hand if wanted, and return its folder."""

    def save(network_class, change=None, frame=(WINDOW_PX, WINDOW_PX), table=classes, **arguments):
        network = build_network(network_class, arguments, 0, "test")
        if change is not None:
            change(network)
        card = ModelCard(
            network=network_class.__name__,
            arguments=arguments,
            categories=table,
            height_px=frame[0],
            width_px=frame[1],
            seed=0,
            num_steps=1,
            kept_step=1,
            num_parameters=1,
            final_losses={},
            validation_losses={},
            num_threads=1,
            settings={},
        )
        save_model(tmp_path / "model", "model", network, card)
        return tmp_path / "model"

    return save


def boxes(num_boxes, seed=0):
    """(N, H, W) masks of random boxes."""
    rng = np.random.default_rng(seed)
    masks = np.zeros((num_boxes, *FRAME), dtype=bool)
    for mask in masks:
        top, left = rng.integers(0, 20), rng.integers(0, 40)
        mask[top : top + rng.integers(3, 12), left : left + rng.integers(3, 24)] = True
    return masks


def places(masks):
    """The masks with the boxes around their pixels."""
    return [cut(mask) for mask in masks]


def segments(rgb, masks):
    """The pixels of the masks with the boxes around them."""
    return [cut_segment(*pair) for pair in zip(rgb, masks, strict=True)]


def layout():
    return make_scene("s", "train", 0).labels


def photos(num_photos, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (num_photos, *FRAME, 3)).astype(np.uint8)


def answer(theta):
    """Let a transformation network say the same whatever it sees."""

    def change(network):
        with torch.no_grad():
            network.head.bias.copy_(torch.as_tensor(theta).flatten())

    return change


def random_head(network):
    torch.manual_seed(0)
    nn.init.normal_(network.head.weight)


def twice(array):
    return array.repeat(2, axis=1).repeat(2, axis=2)


def test_untrained_transform_is_the_identity_of_the_frame(saved):
    predictor = TransformPredictor(saved(TransformNet, num_categories=5, base_channels=2))
    found = predictor.predict(segments(photos(MANY), boxes(MANY)), places(boxes(MANY, 1)), layout())
    assert found.shape == (MANY, 2, 3)
    assert found.dtype == np.float32
    assert np.allclose(found, identity(), atol=1e-6)


def test_transform_of_a_window_is_told_in_the_frame(saved):
    masks = np.zeros((1, *FRAME), dtype=bool)
    masks[0, 8:16, 16:32] = True
    window = (7, 14, 17, 34)  # grown by one row and two columns on each side
    theta = np.array([[0.9, 0.1, 0.3], [-0.2, 1.1, -0.4]])
    change = answer(theta.astype(np.float32))
    found = TransformPredictor(saved(TransformNet, change, num_categories=5, base_channels=2)).predict(
        segments(photos(1), masks), places(masks), layout()
    )
    assert np.allclose(found[0], to_frame(theta, window, FRAME), atol=1e-6)
    # A quarter of the window's 20 columns are five pixels.
    change = answer(from_pixels(np.array([[1.0, 0, 5], [0, 1, 0]]), (10, 20)).astype(np.float32))
    found = TransformPredictor(saved(TransformNet, change, num_categories=5, base_channels=2)).predict(
        segments(photos(1), masks), places(masks), layout()
    )
    assert np.allclose(to_pixels(found[0], FRAME), [[1, 0, 5], [0, 1, 0]], atol=1e-4)


def test_many_transforms_are_each_one_alone(saved):
    predictor = TransformPredictor(saved(TransformNet, random_head, num_categories=5, base_channels=2))
    asked, wanted = segments(photos(MANY), boxes(MANY)), places(boxes(MANY, 1))
    together = predictor.predict(asked, wanted, layout())
    alone = [predictor.predict(asked[i : i + 1], wanted[i : i + 1], layout())[0] for i in range(MANY)]
    assert np.allclose(together, alone, atol=1e-4)
    assert len(np.unique(together.round(4), axis=0)) == MANY
    assert predictor.predict([], [], layout()).shape == (0, 2, 3)


def test_transform_does_not_depend_on_the_resolution(saved):
    predictor = TransformPredictor(saved(TransformNet, random_head, num_categories=5, base_channels=2))
    masks = np.zeros((1, *FRAME), dtype=bool)
    masks[0, 8:24, 16:48] = True  # windows of both resolutions have whole pixels
    rgb = np.full((1, *FRAME, 3), (200, 90, 10), dtype=np.uint8)
    small = predictor.predict(segments(rgb, masks), places(masks), layout())
    large = predictor.predict(segments(twice(rgb), twice(masks)), places(twice(masks)), twice(layout()[None])[0])
    assert np.allclose(small, large, atol=1e-4)


def test_transform_sees_segments_only_inside_their_masks(saved):
    predictor = TransformPredictor(saved(TransformNet, random_head, num_categories=5, base_channels=2))
    masks = np.zeros((1, *FRAME), dtype=bool)
    masks[0, 2:14, 2:14] = True  # with its margin as large as the network's window
    masks[0, 4:6, 4:6] = False
    rgb, other = photos(1), photos(1, 1)
    other[masks] = rgb[masks]
    assert np.array_equal(*(predictor.predict(segments(seen, masks), places(masks), layout()) for seen in (rgb, other)))


def hush(network):
    nn.init.zeros_(network.head.weight)


def test_silent_ordering_is_the_prior(saved):
    prior = np.array([[0, 2, 0, 0, 0]] * 5, dtype=np.float32)
    predictor = OrderingPredictor(saved(OrderingNet, hush, num_categories=5, base_channels=2), prior)
    found = predictor.predict(places(boxes(2)), places(boxes(2, 1)), layout(), np.array([0, 0]), np.array([1, 2]))
    assert found == pytest.approx([1 / (1 + np.exp(-2)), 0.5])


def talkative(network):
    """A new ordering network has no opinion: give it one."""
    nn.init.normal_(network.head.weight)


def test_order_of_many_pairs_is_that_of_each_alone(saved):
    predictor = OrderingPredictor(saved(OrderingNet, talkative, num_categories=5, base_channels=2), NO_PRIOR)
    masks_a, masks_b = places(boxes(MANY)), places(boxes(MANY, 1))
    categories_a, categories_b = np.arange(MANY) % 5, (np.arange(MANY) * 2 + 1) % 5
    together = predictor.predict(masks_a, masks_b, layout(), categories_a, categories_b)
    assert together.shape == (MANY,)
    assert together.dtype == np.float32
    assert ((together > 0) & (together < 1)).all()
    assert np.array_equal(together == 0.5, categories_a == categories_b)
    alone = [
        predictor.predict(*(each[i : i + 1] for each in (masks_a, masks_b)), layout(), *each_category)[0]
        for i, each_category in enumerate(zip(categories_a[:, None], categories_b[:, None], strict=True))
    ]
    assert np.allclose(together, alone, atol=1e-5)
    nothing = predictor.predict(masks_a[:0], masks_b[:0], layout(), categories_a[:0], categories_b[:0])
    assert (nothing.shape, nothing.dtype) == ((0,), np.float32)


def test_order_of_segments_that_do_not_overlap_is_the_same_whoever_is_named_first(saved):
    predictor = OrderingPredictor(saved(OrderingNet, talkative, num_categories=5, base_channels=2), NO_PRIOR)
    masks_a, masks_b = np.zeros((2, 1, *FRAME), dtype=bool)
    masks_a[0, 5:20, 3:18] = True
    masks_b[0, 12:30, 18:40] = True
    road, car = np.array([ROAD]), np.array([CAR])
    one = predictor.predict(places(masks_a), places(masks_b), layout(), road, car)
    other = predictor.predict(places(masks_b), places(masks_a), layout(), car, road)
    assert one != pytest.approx(0.5)
    assert one + other == pytest.approx(1)


def test_order_follows_the_logits_of_the_two_categories_and_the_prior(saved):
    prior = NO_PRIOR.copy()
    prior[ROAD, CAR], prior[CAR, ROAD] = np.log(3), -np.log(3)

    def change(network):
        nn.init.zeros_(network.head.weight)
        with torch.no_grad():
            network.head.bias.copy_(torch.tensor([5.0, 0.0, 9.0, np.log(3), 2.0, 7.0]))

    predictor = OrderingPredictor(saved(OrderingNet, change, num_categories=5, base_channels=2), prior)
    found = predictor.predict(
        places(boxes(3)), places(boxes(3, 1)), layout(), np.array([ROAD, CAR, TREE]), np.array([CAR, ROAD, TREE])
    )
    assert found == pytest.approx([0.9, 0.1, 0.5])


def silence(network):
    for parameter in network.image_head.parameters():
        nn.init.zeros_(parameter)


def test_silent_synthesis_keeps_the_known_canvas(saved):
    folder = saved(SynthesisNet, silence, FRAME, num_categories=5, base_channels=1, output_scale=1, adds_canvas=True)
    predictor = SynthesisPredictor(folder)
    canvas, known = photos(1)[0], boxes(1)[0]
    found = predictor.synthesize(canvas, known, layout())
    assert found.dtype == np.uint8
    assert np.array_equal(found[known], canvas[known])


@pytest.mark.parametrize("size", [(32, 64), (16, 32), (50, 81)])
@pytest.mark.parametrize("scale", [1, 2, 4])
def test_photograph_has_the_size_of_its_layout(saved, size, scale):
    arguments = {"num_categories": 5, "base_channels": 1, "output_scale": scale, "adds_canvas": False}
    predictor = SynthesisPredictor(saved(SynthesisNet, frame=FRAME, **arguments))
    rng = np.random.default_rng(0)
    canvas = rng.integers(0, 256, (*size, 3)).astype(np.uint8)
    labels = rng.choice([SKY, ROAD, VOID], size).astype(np.uint8)
    found = predictor.synthesize(canvas, rng.random(size) > 0.5, labels)
    assert found.shape == (*size, 3)
    assert found.dtype == np.uint8
    assert np.ptp(found) > 0
    assert found.flags.c_contiguous


@pytest.mark.parametrize(
    ("network", "arguments", "num_features"),
    [(UNet, {"in_channels": 3, "num_levels": 3}, 8), (PyramidSegmenter, {"num_levels": 4}, 2)],
)
def test_segmenter_labels_each_picture_alone(saved, classes, network, arguments, num_features):
    predictor = SegmenterPredictor(saved(network, frame=FRAME, out_channels=len(classes), base_channels=2, **arguments))
    pictures = photos(3)
    labels, features = predictor.predict(pictures)
    assert labels.shape == (3, *FRAME)
    assert labels.dtype == np.int64
    assert set(np.unique(labels)) <= set(range(len(classes)))
    assert features.shape == (3, num_features)
    assert features.dtype == torch.float64
    for index in range(3):
        label, feature = predictor.predict(pictures[index : index + 1])
        assert (label[0] == labels[index]).mean() > 0.999
        assert torch.allclose(feature[0], features[index], atol=1e-5)
    assert predictor.predict(np.zeros((1, 20, 30, 3), np.uint8))[0].shape == (1, 20, 30)
    features.requires_grad_()  # plain memory, free to be used anywhere


@pytest.mark.parametrize(("most_pixels", "seen"), [(1, [1] * 5), (2 * 32 * 64, [2, 2, 1]), (2**20, [5])])
def test_segmenter_sees_no_more_pixels_at_once_than_memory_allows(saved, classes, monkeypatch, most_pixels, seen):
    monkeypatch.setattr("sims_core.networks.trained.arrays._MOST_PIXELS", most_pixels)
    batches = []
    once = UNet.with_features

    def watched(network, inputs):
        batches.append(len(inputs))
        return once(network, inputs)

    monkeypatch.setattr(UNet, "with_features", watched)
    arguments = {"in_channels": 3, "out_channels": len(classes), "base_channels": 2, "num_levels": 3}
    labels, features = SegmenterPredictor(saved(UNet, frame=FRAME, **arguments)).predict(photos(5))
    assert batches == seen
    assert (len(labels), len(features)) == (5, 5)


@pytest.mark.parametrize("size", [FRAME, (20, 30)])
def test_depth_is_metres_in_a_street_at_the_size_of_the_photo(saved, size):
    predictor = DepthPredictor(
        saved(
            UNet,
            frame=FRAME,
            table=CANONICAL,
            in_channels=NUM_INPUT_PLANES,
            out_channels=1,
            base_channels=2,
            num_levels=2,
        )
    )
    photo = np.zeros((*size, 3), np.uint8)
    found = predictor.predict(photo, np.full(size, VOID, np.uint8))
    assert found.shape == size
    assert found.dtype == np.float32
    assert ((found >= 0.1) & (found <= 650)).all()


def test_untrained_depth_head_says_the_middle_of_a_street(saved):
    def change(network):
        nn.init.zeros_(network.head.weight)

    arguments = {"in_channels": NUM_INPUT_PLANES, "out_channels": 1, "base_channels": 1, "num_levels": 2}
    predictor = DepthPredictor(saved(UNet, change, FRAME, CANONICAL, **arguments))
    found = predictor.predict(photos(1)[0], np.zeros(FRAME, np.uint8))
    assert (found == 15).all()


def test_predictions_leave_torch_as_it_was(saved):
    predictor = TransformPredictor(saved(TransformNet, num_categories=5, base_channels=2))
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    state = torch.get_rng_state()
    predictor.predict(segments(photos(1), boxes(1)), places(boxes(1, 1)), layout())
    assert torch.get_num_threads() == 2
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.is_grad_enabled()
    torch.set_num_threads(before)


def test_predictor_refuses_another_network(saved):
    folder = saved(TransformNet, num_categories=5, base_channels=2)
    ordering = partial(OrderingPredictor, log_odds=NO_PRIOR)
    for predictor in (ordering, SynthesisPredictor, SegmenterPredictor, DepthPredictor):
        with pytest.raises(SimsError, match="another network"):
            predictor(folder)
