import hashlib

import pytest
import torch
from torch.nn import functional as F

from sims_core.base.errors import SimsError
from sims_core.networks.blocks import num_parameters
from sims_core.networks.vgg import FEATURE_NAMES, VGG19, load_torchvision_weights, vgg_blocks
from tests.support.vgg_files import VGG_LAYERS, save_weights, vgg_weights

VGG_TAPS = (2, 7, 12, 21, 30)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def expected_features(weights, image):
    mean = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
    planes, found = (image - mean) / std, []
    for layer in VGG_LAYERS:
        if layer == "M":
            planes = F.avg_pool2d(planes, 2)
            continue
        for index in layer:
            name = f"features.{index}"
            planes = F.conv2d(planes, weights[f"{name}.weight"], weights[f"{name}.bias"], padding=1).clamp(min=0)
            if index in VGG_TAPS:
                found.append(planes)
    return found


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
@pytest.mark.parametrize("size", [(32, 48), (37, 21)])
def test_vgg_with_weights_of_a_file_is_the_plain_forward_pass(tmp_path, suffix, size):
    weights = vgg_weights()
    path = save_weights(tmp_path / f"vgg{suffix}", weights)
    network = VGG19(base_channels=2)
    assert load_torchvision_weights(network, path) == hashlib.sha256(path.read_bytes()).hexdigest()
    image = torch.rand(2, 3, *size, generator=seeded())
    found, expected = network(image), expected_features(weights, image)
    assert len(found) == len(expected) == len(FEATURE_NAMES)
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.any()
        assert torch.allclose(ours, theirs, atol=1e-5)


def test_input_is_colours_in_0_to_1_normalised_as_torchvision_does():
    network = VGG19(base_channels=1)
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    seen = []
    network.stages[0].register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    network(torch.stack([mean, mean + std], dim=1)[None, :, :, None])
    assert torch.allclose(seen[0][0, :, :, 0], torch.tensor([0.0, 1.0]).expand(3, 2), atol=1e-6)


def test_vgg_sees_pictures_of_any_size():
    for size in ((1, 1), (3, 40)):
        assert all(features.numel() for features in VGG19(base_channels=1)(torch.rand(1, 3, *size)))


def test_full_width_vgg_has_torchvisions_parameters_up_to_conv5_2():
    with torch.device("meta"):
        network = VGG19()
    last_two = 2 * (512 * 512 * 9 + 512)
    assert num_parameters(network) == 20_024_384 - last_two


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_vgg_weights_that_do_not_fit_are_named(tmp_path, suffix):
    network = VGG19(base_channels=2)
    before = {name: weight.clone() for name, weight in network.state_dict().items()}
    weights = vgg_weights()
    wrong = save_weights(tmp_path / f"wrong{suffix}", weights | {"features.7.weight": torch.zeros(4, 4, 3, 4)})
    pattern = r"'features\.7\.weight', expected \(4, 4, 3, 3\), found \(4, 4, 3, 4\)"
    with pytest.raises(SimsError, match=pattern):
        load_torchvision_weights(network, wrong)
    del weights["features.12.bias"]
    with pytest.raises(SimsError, match=r"'features\.12\.bias', expected \(8,\), found no such key"):
        load_torchvision_weights(network, save_weights(tmp_path / f"less{suffix}", weights))
    (tmp_path / f"text{suffix}").write_text("no weights at all")
    with pytest.raises(SimsError, match="is not a weight file"):
        load_torchvision_weights(network, tmp_path / f"text{suffix}")
    with pytest.raises(SimsError, match=r"VGG-19 weights not found; 'sims weights fetch'"):
        load_torchvision_weights(network, tmp_path / f"nothing{suffix}")
    assert all(torch.equal(weight, before[name]) for name, weight in network.state_dict().items())


def test_pickled_module_is_not_run(tmp_path):
    torch.save(VGG19(base_channels=1), tmp_path / "module.pth")
    with pytest.raises(SimsError, match="is not a weight file"):
        load_torchvision_weights(VGG19(base_channels=1), tmp_path / "module.pth")


def test_encoder_takes_the_weights_for_its_colours_and_leaves_out_the_rest(tmp_path):
    weights = vgg_weights(last_block=4)
    blocks = vgg_blocks(in_channels=7, base_channels=2)
    load_torchvision_weights(blocks, save_weights(tmp_path / "vgg.pth", weights), colours=slice(3, 6))
    planes = torch.rand(1, 7, 16, 16, generator=seeded())
    features, expected = planes, planes[:, 3:6]
    for layer in (*VGG_LAYERS[:-1], (28, 30, 32, 34)):
        if layer == "M":
            features, expected = F.avg_pool2d(features, 2), F.avg_pool2d(expected, 2)
            continue
        features = blocks[{0: 0, 5: 1, 10: 2, 19: 3, 28: 4}[layer[0]]](features)
        for index in layer:
            name = f"features.{index}"
            expected = F.conv2d(expected, weights[f"{name}.weight"], weights[f"{name}.bias"], padding=1).relu()
        assert expected.any()
        assert torch.allclose(features, expected, atol=1e-5)
