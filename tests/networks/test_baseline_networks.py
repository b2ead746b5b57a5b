"""The networks of the rivals: the papers' layers, counted and computed by hand, at any size."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from sims_core.networks.blocks import check_halvings, num_parameters
from sims_core.networks.crn import CascadedRefinementNet
from sims_core.networks.pix2pix import PatchDiscriminator, UNetGenerator
from sims_core.networks.spade import SpadeGenerator, is_large_enough
from sims_core.scenes.halvings import most_halvings

CITYSCAPES = 19
NUM_CATEGORIES = 3
SIZES = [(32, 64), (48, 32), (45, 60)]
WIDTHS = [2, 4]


def crn(width=2):
    torch.manual_seed(0)
    return CascadedRefinementNet(NUM_CATEGORIES, width, num_modules=5)


def generator(width=2, dropout_percent=0):
    torch.manual_seed(0)
    return UNetGenerator(width, num_levels=5, dropout_percent=dropout_percent)


def spade(width=2):
    torch.manual_seed(0)
    return SpadeGenerator(NUM_CATEGORIES, width)


def discriminator(width=2):
    torch.manual_seed(0)
    return PatchDiscriminator(width)


NETWORKS = {crn: (NUM_CATEGORIES + 1,), generator: (3,), spade: (NUM_CATEGORIES + 1,), discriminator: (3, 3)}


def random_inputs(make, size, batch_size=2):
    stream = torch.Generator().manual_seed(1)
    return [torch.rand(batch_size, channels, *size, generator=stream) for channels in NETWORKS[make]]


def units(in_channels, out_channels):
    """Numbers of two 3x3 convolutions without bias, each with gain and offset."""
    return 9 * (in_channels + out_channels) * out_channels + 4 * out_channels


def test_refinement_network_has_the_parameters_of_the_paper():
    layout = CITYSCAPES + 1
    coarse = units(layout, 1024) + 4 * units(1024 + layout, 1024)
    fine = units(1024 + layout, 512) + units(512 + layout, 512)
    expected = coarse + fine + 512 * 3 + 3
    assert expected == 97_863_171
    with torch.device("meta"):
        assert num_parameters(CascadedRefinementNet(CITYSCAPES)) == expected


def test_pix2pix_has_the_parameters_of_the_paper():
    norms = 2 * (128 + 256 + 512 + 3 * 512) + 2 * (4 * 512 + 256 + 128 + 64)
    encoder = 16 * (3 * 64 + 64 * 128 + 128 * 256 + 256 * 512 + 4 * 512 * 512)
    decoder = 16 * (512 * 512 + 3 * 1024 * 512 + 1024 * 256 + 512 * 128 + 256 * 64 + 128 * 3) + 3
    assert encoder + decoder + norms == 54_413_955
    patches = 16 * (6 * 64 + 64 * 128 + 128 * 256 + 256 * 512 + 512 * 1) + 64 + 1 + 2 * (128 + 256 + 512)
    assert patches == 2_768_705
    with torch.device("meta"):
        assert num_parameters(UNetGenerator()) == 54_413_955
        assert num_parameters(PatchDiscriminator()) == patches


def test_spade_has_the_parameters_of_the_paper():
    planes, hidden = 36, 128
    blocks = [(1024, 1024)] * 3 + [(1024, 512), (512, 256), (256, 128), (128, 64)]
    convolutions = sum(9 * (before + after) * after + (before != after) * before * after for before, after in blocks)
    normalised = sum(before + after + (before != after) * before for before, after in blocks)
    norms = normalised * 2 * (9 * hidden + 1) + (3 * 2 + 4 * 3) * (9 * planes + 1) * hidden
    expected = convolutions + norms + 9 * planes * 1024 + 9 * 64 * 3 + 3
    assert expected == 93_038_915
    with torch.device("meta"):
        assert num_parameters(SpadeGenerator(planes - 1)) == expected


def test_refinement_modules_have_the_widths_of_the_paper():
    with torch.device("meta"):
        stages = CascadedRefinementNet(CITYSCAPES, 512, num_modules=9).stages
    assert [stage[0][0].out_channels for stage in stages] == [1024] * 5 + [512] * 2 + [128, 32]
    with torch.device("meta"):
        narrow = CascadedRefinementNet(CITYSCAPES, 8, num_modules=9).stages
    assert [stage[0][0].out_channels for stage in narrow] == [16] * 5 + [8] * 2 + [2, 1]


@pytest.mark.parametrize(
    ("size", "num_modules", "rows"),
    [
        ((256, 512), 7, [4, 8, 16, 32, 64, 128, 256]),
        ((192, 256), 7, [3, 6, 12, 24, 48, 96, 192]),
        ((128, 256), 6, [4, 8, 16, 32, 64, 128]),
        ((90, 120), 4, [12, 23, 45, 90]),
    ],
)
def test_refinement_begins_coarse_and_doubles(size, num_modules, rows):
    network = CascadedRefinementNet(NUM_CATEGORIES, 1, num_modules)
    seen = []
    for stage in network.stages:
        stage.register_forward_hook(lambda stage, inputs, made: seen.append(made.shape[2]))
    with torch.no_grad():
        network(torch.rand(1, NUM_CATEGORIES + 1, *size))
    assert seen == rows


def test_refinement_is_the_table_of_the_paper():
    network = crn()
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=0.4)
    weights = iter(network.parameters())
    (layout,) = random_inputs(crn, (32, 64), batch_size=1)
    planes = None
    for rows in (2, 4, 8, 16, 32):
        planes_in = [F.avg_pool2d(layout, 32 // rows)]
        if planes is not None:
            planes_in.insert(0, F.interpolate(planes, size=(rows, 2 * rows), mode="bilinear", align_corners=True))
        planes = torch.cat(planes_in, dim=1)
        for _ in range(2):
            planes = F.conv2d(planes, next(weights), padding=1)
            planes = (planes - planes.mean()) / (planes.var(unbiased=False) + 1e-5).sqrt()
            planes = planes * next(weights)[:, None, None] + next(weights)[:, None, None]
            planes = F.leaky_relu(planes, 0.2)
    picture = (F.conv2d(planes, next(weights), next(weights)) + 1) / 2
    assert torch.allclose(network(layout), picture, atol=1e-4)
    assert next(weights, None) is None


def test_generator_is_the_table_of_the_paper():
    network = generator().double()
    layout = random_inputs(generator, (32, 64), batch_size=1)[0].double()
    encoder = [module[0].weight for module in network.encoder]
    decoder = [module.convolution.weight for module in network.decoder]
    norms = [module[1] for module in network.encoder if len(module) > 1] + list(network.norms)
    norms = iter([(norm.weight, norm.bias) for norm in norms])

    def normal(planes):
        gain, offset = next(norms)
        # Batch norm by the statistics of the batch, here of one picture.
        return F.batch_norm(planes, None, None, gain, offset, training=True)

    skips = [F.conv2d(2 * layout - 1, encoder[0], stride=2, padding=1)]
    for level, weight in enumerate(encoder[1:], start=1):
        planes = F.conv2d(F.leaky_relu(skips[-1], 0.2), weight, stride=2, padding=1)
        skips.append(normal(planes) if level < 4 else planes)
    assert skips[-1].shape == (1, 16, 1, 2)
    planes = skips.pop()
    for weight in decoder:
        planes = normal(F.conv_transpose2d(F.relu(planes), weight, stride=2, padding=1))
        planes = torch.cat([planes, skips.pop()], dim=1)
    head = network.head.convolution
    picture = torch.tanh(F.conv_transpose2d(F.relu(planes), head.weight, head.bias, stride=2, padding=1))
    assert torch.allclose(network(layout), (picture + 1) / 2)


def test_spade_is_the_figure_of_the_paper():
    network = spade().double()
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=0.4)
    layout = random_inputs(spade, (64, 96), batch_size=1)[0].double()

    def convolved(planes, convolution):
        return F.conv2d(planes, convolution.weight, convolution.bias, padding=convolution.weight.shape[-1] // 2)

    def modulated(planes, norm):
        step = 64 // planes.shape[2]  # nearest: of each square the pixel at its corner
        hidden = convolved(layout[:, :, ::step, ::step], norm.shared).relu()
        mean = planes.mean(dim=(2, 3), keepdim=True)
        normal = (planes - mean) / ((planes - mean).square().mean(dim=(2, 3), keepdim=True) + 1e-5).sqrt()
        return normal * (1 + convolved(hidden, norm.scale)) + convolved(hidden, norm.shift)

    planes = convolved(layout[:, :, ::32, ::32], network.first)
    rows = []
    for number, block in enumerate(network.blocks):
        if number not in (0, 2):
            planes = planes.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
        beside = planes
        if number > 2:
            beside = convolved(modulated(planes, block.shortcut[0]), block.shortcut[1])
        for norm, convolution in zip(block.norms, block.convolutions, strict=True):
            planes = convolved(F.leaky_relu(modulated(planes, norm), 0.2), convolution)
        planes = planes + beside
        rows.append(planes.shape[2])
    assert rows == [2, 4, 4, 8, 16, 32, 64]
    picture = torch.tanh(convolved(F.leaky_relu(planes, 0.2), network.last))
    assert torch.allclose(network(layout), (picture + 1) / 2)


def test_spade_begins_with_more_than_one_pixel():
    assert [is_large_enough(size) for size in ((31, 64), (32, 32), (32, 33), (64, 64))] == [False, False, True, True]
    with pytest.raises(ValueError, match="32 x 32 cannot be halved 5 times to more than a pixel"):
        spade()(*random_inputs(spade, (32, 32)))


def test_discriminator_sees_patches_of_70_pixels():
    network = discriminator()
    # Norms see the whole picture; without them the convolutions alone decide how far the network sees.
    network.layers = nn.Sequential(*(nn.Identity() if isinstance(m, nn.InstanceNorm2d) else m for m in network.layers))
    layout, picture = (planes.requires_grad_() for planes in random_inputs(discriminator, (160, 160), batch_size=1))
    logits = network(layout, picture)
    assert logits.shape == (1, 1, 18, 18)
    logits[0, 0, 9, 9].backward()
    for planes in (layout, picture):
        rows, columns = torch.nonzero(planes.grad[0].any(dim=0), as_tuple=True)
        assert (rows.max() - rows.min() + 1, columns.max() - columns.min() + 1) == (70, 70)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("size", SIZES)
def test_shapes(size, width):
    for make in (crn, generator, spade):
        assert make(width)(*random_inputs(make, size)).shape == (2, 3, *size)
    logits = discriminator(width)(*random_inputs(discriminator, size))
    assert logits.shape == (2, 1, size[0] // 8 - 2, size[1] // 8 - 2)


@pytest.mark.parametrize("make", NETWORKS)
def test_gradient_reaches_every_parameter_and_every_input(make):
    network = make()
    inputs = [planes.requires_grad_() for planes in random_inputs(make, (32, 64))]
    made = network(*inputs)
    made.backward(torch.randn(made.shape, generator=torch.Generator().manual_seed(2)))
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.any(), name
    for planes in inputs:
        assert planes.grad.flatten(2).any(dim=2).all()


@pytest.mark.parametrize("make", NETWORKS)
def test_examples_of_a_batch_do_not_see_each_other(make):
    network, inputs = make(), random_inputs(make, (45, 60), batch_size=3)
    with torch.no_grad():
        together = network(*inputs)
        alone = [network(*(planes[index : index + 1] for planes in inputs)) for index in range(3)]
    assert torch.allclose(together, torch.cat(alone), atol=1e-5)


def test_generated_colours_are_colours_and_noise_stays_on():
    network = generator(dropout_percent=50).eval()
    (layout,) = random_inputs(generator, (32, 64))
    with torch.no_grad():
        torch.manual_seed(3)
        one, other = network(layout), network(layout)
        torch.manual_seed(3)
        assert torch.equal(network(layout), one)
        assert not torch.equal(one, other)
        assert ((one >= 0) & (one <= 1)).all()
        silent = generator()
        assert torch.equal(silent(layout), silent(layout))


def test_networks_that_are_too_deep_are_refused():
    assert [most_halvings(size) for size in ((1, 9), (2, 3), (192, 256), (128, 256), (255, 999))] == [0, 1, 7, 7, 7]
    check_halvings((192, 256), 7)
    with pytest.raises(ValueError, match="pictures of 192 x 256 cannot be halved 8 times"):
        check_halvings((192, 256), 8)
    for make in (crn, generator, spade):
        with pytest.raises(ValueError, match="15 x 64 cannot be halved"):
            make()(*random_inputs(make, (15, 64)))
    with pytest.raises(ValueError, match="num_modules is 10, expected 1 to 9"):
        CascadedRefinementNet(NUM_CATEGORIES, 1, num_modules=10)
