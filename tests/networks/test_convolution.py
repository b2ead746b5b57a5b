import pytest
import torch
from torch import nn
from torch.backends import nnpack
from torch.nn import functional as F

from sims_core.networks.blocks import conv_units
from sims_core.networks.convolution import Convolution3x3
from sims_core.networks.vgg import VGG19

LARGE = (64, 40, 52)  # 32 / 64 + 1024 / (40 * 52) is less than 1; the sides are no multiples of 6
SMALL = [(64, 32, 64), (32, 80, 104)]  # the same sum is 1, and more than 1


def random_inputs(shape, batch_size=1):
    return torch.randn(batch_size, *shape, generator=torch.Generator().manual_seed(1)).requires_grad_()


def convolution(in_channels, bias=True):
    torch.manual_seed(0)
    return Convolution3x3(in_channels, 64, bias)


def by_definition(layer, inputs):
    return F.conv2d(inputs, layer.weight, layer.bias, padding=1)


def test_a_kernel_of_ones_sums_every_pixel_and_its_neighbours():
    layer = convolution(64, bias=False)
    nn.init.zeros_(layer.weight)
    with torch.no_grad():
        layer.weight[5, 3] = 1
    inputs = torch.zeros(1, *LARGE)
    inputs[0, 3, 0, 0], inputs[0, 3, 20, 30] = 1, 2
    expected = torch.zeros(1, *LARGE)
    expected[0, 5, :2, :2], expected[0, 5, 19:22, 29:32] = 1, 2
    torch.testing.assert_close(layer(inputs), expected, rtol=0, atol=1e-5)


def test_the_corners_of_a_kernel_are_not_turned_round():
    layer = convolution(64, bias=False)
    nn.init.zeros_(layer.weight)
    with torch.no_grad():
        layer.weight[0, 0, 0, 2] = 1
    inputs = torch.zeros(1, *LARGE)
    inputs[0, 0, 10, 10] = 1
    made = layer(inputs)[0, 0].detach()
    assert made[11, 9].item() == pytest.approx(1, abs=1e-5)
    assert made.sum().item() == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("batch_size", [1, 3])
@pytest.mark.parametrize("bias", [True, False])
def test_result_and_gradients_are_those_of_the_definition(batch_size, bias):
    layer = convolution(64, bias)
    inputs = random_inputs(LARGE, batch_size)
    towards = torch.randn(batch_size, *LARGE, generator=torch.Generator().manual_seed(2))
    asked = [inputs, *layer.parameters()]
    made, expected = layer(inputs), by_definition(layer, inputs)
    torch.testing.assert_close(made, expected, rtol=0, atol=1e-4)
    for found, wanted in zip(
        torch.autograd.grad(made, asked, towards), torch.autograd.grad(expected, asked, towards), strict=True
    ):
        torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-3)


def test_only_what_is_asked_for_gets_a_gradient():
    layer = convolution(64).requires_grad_(False)
    inputs = random_inputs(LARGE)
    layer(inputs).sum().backward()
    assert inputs.grad is not None
    assert layer.weight.grad is None


@pytest.mark.parametrize("shape", SMALL)
def test_small_pictures_and_narrow_layers_keep_the_bits_of_the_definition(shape):
    layer, inputs = convolution(shape[0]), random_inputs(shape)
    assert torch.equal(layer(inputs), by_definition(layer, inputs))


@pytest.mark.skipif(not nnpack.is_available(), reason="this torch computes all convolutions by definition")
def test_torchs_own_flag_keeps_to_the_definition():
    layer, inputs = convolution(64), random_inputs(LARGE)
    assert not torch.equal(layer(inputs), by_definition(layer, inputs))
    with nnpack.flags(enabled=False):
        assert torch.equal(layer(inputs), by_definition(layer, inputs))


@pytest.mark.skipif(not nnpack.is_available(), reason="this torch computes all convolutions by definition")
def test_the_number_of_threads_changes_no_bit():
    layer, inputs, before = convolution(64), random_inputs(LARGE), torch.get_num_threads()
    made = []
    for num_threads in (1, 2):
        torch.set_num_threads(num_threads)
        made.append(layer(inputs))
    torch.set_num_threads(before)
    assert torch.equal(*made)


def test_autocast_computes_in_bfloat16_as_ever():
    layer, inputs = convolution(64), random_inputs(LARGE)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert layer(inputs).dtype == torch.bfloat16


@pytest.mark.parametrize("network", [conv_units(3, 4, 2), VGG19(2)])
def test_every_3x3_convolution_of_the_blocks_is_one(network):
    found = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    assert found
    assert all(isinstance(layer, Convolution3x3) for layer in found)
