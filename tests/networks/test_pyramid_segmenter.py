import pytest
import torch

from sims_core.networks.blocks import resize
from sims_core.networks.efficientnet_lite0 import PYRAMID_CHANNELS
from sims_core.networks.pyramid_segmenter import PyramidSegmenter


@pytest.mark.parametrize("size", [(64, 96), (50, 33)])
@pytest.mark.parametrize("num_levels", [1, 4, 5])
def test_logits_have_the_size_of_the_photo(size, num_levels):
    torch.manual_seed(0)
    network = PyramidSegmenter(3, base_channels=4, num_levels=num_levels)
    photo = torch.rand(2, 3, *size)
    with torch.no_grad():
        logits, features = network.with_features(photo)
        assert torch.equal(network(photo), logits)
    assert (logits.shape, features.shape) == ((2, 3, *size), (2, 4))
    assert [lateral.in_channels for lateral in network.laterals] == list(PYRAMID_CHANNELS[-num_levels:])


def test_each_level_is_added_to_the_finer_one():
    torch.manual_seed(0)
    network = PyramidSegmenter(3, base_channels=4, num_levels=2)
    photo = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        fine, coarse = network.encoder.pyramid(photo)[-2:]
        fine, coarse = network.laterals[0](fine), network.laterals[1](coarse)
        wanted = network.unit(fine + resize(coarse, (4, 4)))
        logits, features = network.with_features(photo)
        assert torch.allclose(logits, resize(network.head(wanted), (64, 64)))
        assert torch.allclose(features, wanted.mean(dim=(2, 3)))


def test_a_photo_is_labelled_alike_whatever_is_beside_it():
    torch.manual_seed(0)
    network = PyramidSegmenter(3, base_channels=4, num_levels=4).train()
    photos = torch.rand(3, 3, 32, 32)
    with torch.no_grad():
        assert torch.allclose(network(photos)[1:2], network(photos[1:2]), atol=1e-4)
