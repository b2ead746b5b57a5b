import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from sims_core.networks.blocks import ConvStages, ConvUnit, Pool, concatenate, num_parameters, resize
from sims_core.networks.fill import fill_gaps
from sims_core.networks.ordering_net import OrderingNet, front_margin, pair_picture
from sims_core.networks.spatial_transformer import sampling_grid, warp
from sims_core.networks.synthesis_net import SynthesisNet
from sims_core.networks.tensors import mask_plane, one_hot, palette_planes, photo_pixels, photo_planes
from sims_core.networks.transform_net import TransformNet, encode_segment
from sims_core.networks.unet import UNet
from sims_core.scenes.classes import VOID
from tests.support.small_scenes import CAR, ROAD, SKY

CITYSCAPES = 19
NUM_CATEGORIES = 3
SIZES = [(32, 64), (48, 48), (33, 47), (5, 9)]
WIDTHS = [2, 4]


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def random_inputs(network, size, batch_size=2):
    """Random planes in the network's own order of arguments."""
    channels = {TransformNet: (3, 1, NUM_CATEGORIES + 1), OrderingNet: (3, 3), SynthesisNet: (3, 1, NUM_CATEGORIES + 1)}
    stream = seeded()
    return [torch.rand(batch_size, count, *size, generator=stream) for count in channels[type(network)]]


def built(network_class, **arguments):
    torch.manual_seed(0)
    network = network_class(NUM_CATEGORIES, **arguments).eval()
    if network_class is not SynthesisNet:
        nn.init.normal_(network.head.weight)
    return network


def translation(dx_px, dy_px, size):
    height_px, width_px = size
    return torch.tensor([[[1, 0, 2 * dx_px / width_px], [0, 1, 2 * dy_px / height_px]]])


NETWORKS = [
    (TransformNet, {}),
    (OrderingNet, {}),
    *((SynthesisNet, {"output_scale": scale, "adds_canvas": scale == 2}) for scale in (1, 2, 4)),
    *((SynthesisNet, {"output_scale": scale, "vgg_encoder": True}) for scale in (1, 4)),
]


@pytest.mark.parametrize(
    ("network_class", "arguments", "expected"),
    [
        (TransformNet, {}, 14_734_086),
        (OrderingNet, {}, 15_267_476),
        (SynthesisNet, {"output_scale": 1}, 55_671_319),
        (SynthesisNet, {"output_scale": 2}, 56_138_903),
        (SynthesisNet, {"output_scale": 4}, 56_138_987),
    ],
)
def test_full_width_has_the_parameters_of_the_reference(network_class, arguments, expected):
    with torch.device("meta"):
        assert num_parameters(network_class(CITYSCAPES, **arguments)) == expected


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("size", SIZES)
def test_shapes(size, width):
    transform, ordering = built(TransformNet, base_channels=width), built(OrderingNet, base_channels=width)
    assert transform(*random_inputs(transform, size)).shape == (2, 2, 3)
    assert ordering(*random_inputs(ordering, size)).shape == (2, NUM_CATEGORIES + 1)
    halves = tuple((side + 1) // 2 for side in size)
    for scale, semantic_size, vgg in ((1, size, False), (2, size, False), (4, halves, False), (2, size, True)):
        synthesis = built(SynthesisNet, base_channels=width, output_scale=scale, vgg_encoder=vgg)
        made = synthesis(*random_inputs(synthesis, size))
        assert made.image.shape == (2, 3, *size)
        assert made.semantics.shape == (2, NUM_CATEGORIES + 1, *semantic_size)


@pytest.mark.parametrize(("network_class", "arguments"), NETWORKS)
def test_gradient_reaches_every_parameter_and_every_input(network_class, arguments):
    network = built(network_class, base_channels=2, **arguments)
    inputs = [planes.requires_grad_() for planes in random_inputs(network, (32, 64))]
    made = network(*inputs)
    outputs = made if isinstance(made, tuple) else (made,)
    gradients = [torch.randn(planes.shape, generator=seeded(1)) for planes in outputs]
    torch.autograd.backward(outputs, gradients)
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        if arguments.get("vgg_encoder") and name.startswith("encoder"):
            assert parameter.grad.any(), name  # single units of a plain ReLU may be silent
        else:
            assert parameter.grad.flatten(1).any(dim=1).all() if parameter.ndim > 1 else parameter.grad.all(), name
    for planes in inputs:
        assert planes.grad.flatten(2).any(dim=2).all()


@pytest.mark.parametrize(("network_class", "arguments"), NETWORKS)
def test_examples_of_a_batch_do_not_see_each_other(network_class, arguments):
    network = built(network_class, base_channels=2, **arguments)
    inputs = random_inputs(network, (33, 47), batch_size=3)
    with torch.no_grad():
        together = network(*inputs)
        alone = [network(*(planes[index : index + 1] for planes in inputs)) for index in range(3)]
    if isinstance(together, tuple):
        pairs = [(planes, torch.cat(parts)) for planes, parts in zip(together, zip(*alone, strict=True), strict=True)]
    else:
        pairs = [(together, torch.cat(alone))]
    for planes, parts in pairs:
        assert torch.allclose(planes, parts, atol=1e-5)


@pytest.mark.parametrize("network_class", [TransformNet, OrderingNet, SynthesisNet])
def test_inputs_of_different_sizes_are_refused(network_class):
    network = built(network_class, base_channels=2)
    first, *others = random_inputs(network, (8, 16))
    for wrong in (first[..., :15], first[:1]):
        with pytest.raises(ValueError, match="differ in batch or picture size"):
            network(wrong, *others)


def test_concatenate_stacks_channels_in_order():
    parts = [torch.full((1, count, 2, 2), float(count)) for count in (1, 3, 2)]
    assert concatenate(*parts)[0, :, 0, 0].tolist() == [1, 3, 3, 3, 2, 2]


def test_conv_unit_is_convolution_norm_over_all_and_leaky_relu():
    torch.manual_seed(0)
    unit = ConvUnit(3, 4)
    nn.init.normal_(unit[1].weight)
    nn.init.normal_(unit[1].bias)
    planes = torch.randn(2, 3, 5, 6)
    raw = F.conv2d(planes, unit[0].weight, padding=1)
    mean, variance = raw.mean(dim=(1, 2, 3), keepdim=True), raw.var(dim=(1, 2, 3), keepdim=True, unbiased=False)
    normal = (raw - mean) / (variance + 1e-5).sqrt() * unit[1].weight[:, None, None] + unit[1].bias[:, None, None]
    assert torch.allclose(unit(planes), torch.where(normal > 0, normal, 0.2 * normal), atol=1e-5)


def pooled(picture, kind):
    """The definition: windows of 3 from every second pixel on, without what lies beyond the picture."""
    reduce = np.max if kind == "max" else np.mean
    height, width = (max(1, side // 2) for side in picture.shape)
    steps = [1 if side == 1 else 2 for side in picture.shape]
    sides = [1 if side == 1 else 3 for side in picture.shape]
    return np.array(
        [
            [
                reduce(picture[r * steps[0] : r * steps[0] + sides[0], c * steps[1] : c * steps[1] + sides[1]])
                for c in range(width)
            ]
            for r in range(height)
        ]
    )


def same_padding(side):
    """TensorFlow's SAME padding of a window of 3 and stride 2: (before, after, result)."""
    result = -(-side // 2)
    total = max(0, (result - 1) * 2 + 3 - side)
    return total // 2, total - total // 2, result


def test_pool_by_hand():
    picture = torch.tensor([[[[1.0, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12], [13, 14, 15, 16]]]])
    assert Pool("average")(picture)[0, 0].tolist() == [[6, 7.5], [12, 13.5]]
    assert Pool("max")(picture)[0, 0].tolist() == [[11, 12], [15, 16]]


@given(height=st.integers(1, 11), width=st.integers(1, 11), kind=st.sampled_from(["average", "max"]))
def test_pool_is_its_definition(height, width, kind):
    picture = np.random.default_rng(height * 100 + width).normal(size=(height, width))
    found = Pool(kind)(torch.from_numpy(picture)[None, None])[0, 0].numpy()
    assert found == pytest.approx(pooled(picture, kind))


@pytest.mark.parametrize("side", [2, 4, 8, 30])
def test_pool_pads_even_sizes_as_tensorflow_does(side):
    assert same_padding(side) == (0, 1, side // 2)
    picture = torch.randn(1, 1, side, side, generator=seeded())
    padded = F.pad(picture, (0, 1, 0, 1), value=-torch.inf)
    assert torch.equal(Pool("max")(picture), F.max_pool2d(padded, 3, 2))
    counted = F.avg_pool2d(F.pad(torch.ones_like(picture), (0, 1, 0, 1)), 3, 2)
    averages = F.avg_pool2d(F.pad(picture, (0, 1, 0, 1)), 3, 2) / counted
    assert torch.allclose(Pool("average")(picture), averages, atol=1e-6)


def test_encoder_is_the_table_of_the_reference():
    torch.manual_seed(0)
    network = ConvStages(3, base_channels=2)
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=0.4)
    inputs = planes = torch.randn(1, 3, 32, 64)
    parameters = iter(network.parameters())
    for num_units, pool in (
        (2, F.avg_pool2d),
        (2, F.max_pool2d),
        (3, F.max_pool2d),
        (3, F.max_pool2d),
        (3, F.max_pool2d),
    ):
        for _ in range(num_units):
            planes = F.conv2d(planes, next(parameters), padding=1)
            planes = (planes - planes.mean()) / (planes.var(unbiased=False) + 1e-5).sqrt()
            planes = planes * next(parameters)[:, None, None] + next(parameters)[:, None, None]
            planes = F.leaky_relu(planes, 0.2)
        planes = pool(planes, 3, 2, ceil_mode=True)
    assert planes.shape == (1, 16, 1, 2)
    assert torch.allclose(network(inputs), planes.mean(dim=(2, 3)), atol=1e-4)
    assert next(parameters, None) is None


def test_resize_aligns_corners():
    assert resize(torch.tensor([[[[0.0, 2.0]]]]), (1, 5)).flatten().tolist() == [0, 0.5, 1, 1.5, 2]
    planes = torch.randn(1, 2, 3, 4)
    assert resize(planes, (3, 4)) is planes


@given(height=st.integers(1, 40), width=st.integers(1, 40), seed=st.integers(0, 99))
def test_transform_net_starts_as_the_identity(height, width, seed):
    torch.manual_seed(seed)
    network = TransformNet(NUM_CATEGORIES, base_channels=2)
    theta = network(*random_inputs(network, (height, width)))
    assert torch.equal(theta, torch.eye(2, 3).expand(2, 2, 3))


def test_encoded_black_segment_is_not_nothing():
    segments = torch.tensor([[[[0, 0, 0], [255, 0, 51]]]], dtype=torch.uint8).repeat(1, 2, 1, 1)
    masks = torch.tensor([[[True, True], [False, False]]])
    found = encode_segment(segments, masks)
    assert found[0, :, 0, 0].tolist() == [0.5, 0.5, 0.5]
    assert found[0, :, 0, 1].tolist() == pytest.approx([1, 0.5, 0.6])
    assert not found[0, :, 1].any()


@pytest.mark.parametrize("size", SIZES)
def test_warp_by_the_identity_changes_nothing(size):
    image = torch.rand(2, 3, *size, generator=seeded())
    assert torch.allclose(warp(image, torch.eye(2, 3).expand(2, 2, 3)), image, atol=1e-4)


@given(size=st.sampled_from(SIZES), dx_px=st.integers(-4, 4), dy_px=st.integers(-4, 4))
def test_warp_by_whole_pixels_moves_them_and_lets_zeros_in(size, dx_px, dy_px):
    image = torch.rand(1, 2, *size, generator=seeded()) + 1
    padded = F.pad(image, (4, 4, 4, 4))
    expected = padded[..., 4 + dy_px : 4 + dy_px + size[0], 4 + dx_px : 4 + dx_px + size[1]]
    assert torch.allclose(warp(image, translation(dx_px, dy_px, size)), expected, atol=1e-4)


def test_warp_gives_the_size_it_is_asked_for():
    image = torch.arange(8.0).view(1, 1, 2, 4)
    halved = warp(image, torch.eye(2, 3)[None], (1, 2))
    assert halved.flatten().tolist() == pytest.approx([2.5, 4.5])  # means of 0 1 4 5 and of 2 3 6 7


def test_maps_move_each_picture_of_a_batch_by_its_own():
    image = torch.rand(2, 1, 4, 8, generator=seeded())
    thetas = torch.cat([translation(2, 0, (4, 8)), translation(0, -1, (4, 8))])
    found = warp(image, thetas)
    for index in range(2):
        assert torch.equal(found[index], warp(image[index : index + 1], thetas[index : index + 1])[0])


def test_one_hot_by_hand():
    labels = torch.tensor([[[0, 2], [VOID, 1]]], dtype=torch.uint8)
    planes = one_hot(labels, 3)
    assert planes.dtype == torch.float32
    assert planes[0].tolist() == [[[1, 0], [0, 0]], [[0, 0], [0, 1]], [[0, 1], [0, 0]], [[0, 0], [1, 0]]]


@given(seed=st.integers(0, 99), num_categories=st.integers(1, 254))
def test_one_hot_is_undone_by_argmax(seed, num_categories):
    labels = np.random.default_rng(seed).choice([*range(num_categories), VOID], (2, 3, 4)).astype(np.uint8)
    planes = one_hot(torch.from_numpy(labels), num_categories)
    assert (planes.sum(dim=1) == 1).all()
    found = planes.argmax(dim=1).numpy()
    assert np.array_equal(np.where(found == num_categories, VOID, found), labels)


def test_every_colour_survives_the_way_to_planes_and_back():
    photos = torch.arange(256, dtype=torch.uint8).view(1, 256, 1, 1) + torch.tensor([0, 1, 2], dtype=torch.uint8)
    planes = photo_planes(photos)
    assert planes.shape == (1, 3, 256, 1)
    assert planes.dtype == torch.float32
    assert (planes.min(), planes.max()) == (0, 1)
    assert torch.equal(photo_pixels(planes), photos)


def test_pixels_are_clamped_and_rounded():
    planes = torch.tensor([-3, 0.4 / 255, 0.6 / 255, 254.6 / 255, 7]).view(1, 1, 1, 5).expand(1, 3, 1, 5)
    assert photo_pixels(planes)[0, 0, :, 1].tolist() == [0, 0, 1, 255, 255]


def test_palette_planes_by_hand(classes):
    labels = torch.tensor([[[SKY, VOID, CAR]]], dtype=torch.uint8)
    planes = palette_planes(labels, torch.from_numpy(classes.palette))
    assert planes.shape == (1, 3, 1, 3)
    assert (planes[0, :, 0].T * 255).round().tolist() == [[70, 130, 180], [0, 0, 0], [0, 0, 142]]
    assert torch.equal(photo_pixels(planes), torch.from_numpy(classes.colourise(labels.numpy())))


def test_maps_keep_their_precision_in_a_training_of_less():
    network = built(TransformNet, base_channels=2)
    inputs = random_inputs(network, (32, 32))
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        theta = network(*inputs)
        grid = sampling_grid(theta, 8, 128)
    assert theta.dtype == grid.dtype == torch.float32
    expected = F.affine_grid(theta.double(), [len(theta), 1, 8, 128], align_corners=False)
    assert torch.allclose(grid.double(), expected, atol=1e-6)


def test_mask_plane_by_hand():
    plane = mask_plane(torch.tensor([[[True, False]]]))
    assert plane.dtype == torch.float32
    assert plane.tolist() == [[[[1, 0]]]]


def test_pair_picture_by_hand(classes):
    a = torch.tensor([[[True, True, False, False]], [[True, False, False, False]]])
    b = torch.tensor([[[False, True, True, False]], [[False, False, False, True]]])
    found = pair_picture(a, b, torch.tensor([ROAD, CAR]), torch.tensor([CAR, SKY]), torch.from_numpy(classes.palette))
    road, car, sky, black = classes.palette[[ROAD, CAR, SKY, VOID]].tolist()
    pixels = photo_pixels(found)
    assert pixels[0, 0].tolist() == [road, car, car, black]
    assert pixels[1, 0].tolist() == [car, black, black, sky]


def test_front_margin_by_hand():
    logits = torch.tensor([[0.5, 2.0, -1.0]]).repeat(4, 1)
    found = front_margin(logits, torch.tensor([0, 1, 2, 1]), torch.tensor([1, 0, 2, 2]))
    assert found.tolist() == [1.5, -1.5, 0, -3]


def silence_image(network):
    heads = [network.image_head] + ([network.mixer] if network.output_scale == 4 else [])
    for head in heads:
        nn.init.zeros_(head.weight)
        nn.init.zeros_(head.bias)


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_silent_head_leaves_the_filled_canvas_or_grey(scale):
    network = built(SynthesisNet, base_channels=2, output_scale=scale, adds_canvas=True)
    silence_image(network)
    canvas, known, layout = random_inputs(network, (16, 24))
    known = (known > 0.5).float()
    with torch.no_grad():
        assert torch.equal(network(canvas, known, layout).image, fill_gaps(canvas, known))
        network.adds_canvas = False
        assert (network(canvas, known, layout).image == 0.5).all()


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_a_network_that_sees_no_canvas_has_the_layout_alone(scale):
    network = built(SynthesisNet, base_channels=2, output_scale=scale, sees_canvas=False)
    canvas, known, layout = random_inputs(network, (16, 24))
    other_layout = layout.flip(1)
    with torch.no_grad():
        image = network(canvas, known, layout).image
        assert torch.equal(network(1 - canvas, torch.ones_like(known), layout).image, image)
        assert not torch.equal(network(canvas, known, other_layout).image, image)


def test_dropout_is_for_training_only():
    network = built(OrderingNet, base_channels=2)
    inputs = random_inputs(network, (16, 16))
    assert torch.equal(network(*inputs), network(*inputs))
    network.train()
    assert not torch.equal(network(*inputs), network(*inputs))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("num_levels", [1, 3, 6])
def test_unet_keeps_the_size_of_the_picture(size, num_levels):
    network = UNet(3, 2, base_channels=2, num_levels=num_levels)
    picture = torch.rand(2, 3, *size)
    assert network(picture).shape == (2, 2, *size)
    planes, features = network.with_features(picture)
    assert torch.equal(planes, network(picture))
    assert features.shape == (2, 2 * min(2 ** (num_levels - 1), 8))
    with pytest.raises(ValueError, match="got 4 channels, expected 3"):
        network(torch.rand(2, 4, *size))
