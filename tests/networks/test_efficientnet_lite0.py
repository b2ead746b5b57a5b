from pathlib import Path

import numpy as np
import pytest
import skimage
import torch
from PIL import Image
from torch.nn import functional as F

from sims_core.base.errors import SimsError
from sims_core.networks import efficientnet_lite0
from sims_core.networks.efficientnet_lite0 import (
    NUM_FEATURES,
    PYRAMID_CHANNELS,
    Convolution,
    lite0_file,
    load_lite0,
)

# ImageNet's classes of what scikit-image's photos show; two that look alike may change places.
KNOWN = {
    "chelsea.png": {281, 282, 285},  # tabby, tiger cat, Egyptian cat
    "coffee.png": {967},  # espresso
    "camera.png": {872},  # tripod
    "rocket.jpg": {657, 744},  # missile, projectile
    "motorcycle_left.png": {665, 670},  # moped, motor scooter
}
SIDE_PX = 224


@pytest.fixture(scope="module")
def network():
    return load_lite0()


def photo(name):
    """The middle of one of scikit-image's photos, (1, 3, 224, 224) in [0, 1]."""
    picture = Image.open(Path(skimage.__file__).parent / "data" / name).convert("RGB")
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    middle = picture.crop((left, top, left + side, top + side)).resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC)
    return torch.from_numpy(np.array(middle)).permute(2, 0, 1)[None].float() / 255


@pytest.mark.parametrize(("name", "classes"), KNOWN.items())
def test_it_knows_what_is_in_photographs(network, name, classes):
    with torch.no_grad():
        assert int(network(photo(name)).argmax()) in classes


def as_published(picture):
    """The network step by step from the file's own tensors, batch normalisation and all."""
    stored = torch.load(lite0_file(), map_location="cpu", weights_only=True)

    def layer(features, convolution, norm, stride=1, groups=1, relu=True):
        weight = stored[f"{convolution}.weight"]
        sides = features.shape[-2:]
        missing = [max((-(-side // stride) - 1) * stride + weight.shape[-1] - side, 0) for side in sides]
        top, left = missing[0] // 2, missing[1] // 2
        features = F.pad(features, (left, missing[1] - left, top, missing[0] - top))
        features = F.conv2d(features, weight, stride=stride, groups=groups)
        of_norm = [stored[f"{norm}.{name}"] for name in ("running_mean", "running_var", "weight", "bias")]
        features = F.batch_norm(features, *of_norm, eps=1e-3)
        return F.relu6(features) if relu else features

    features = layer((255 * picture - 127) / 128, "_conv_stem", "_bn0", stride=2)
    strides = {1: 2, 3: 2, 5: 2, 11: 2}
    for number in range(16):
        block, inputs = f"_blocks.{number}", features
        if number:
            features = layer(features, f"{block}._expand_conv", f"{block}._bn0")
        features = layer(
            features,
            f"{block}._depthwise_conv",
            f"{block}._bn1",
            strides.get(number, 1),
            groups=features.shape[1],
        )
        features = layer(features, f"{block}._project_conv", f"{block}._bn2", relu=False)
        features = features + inputs if features.shape == inputs.shape else features
    pooled = layer(features, "_conv_head", "_bn1").mean(dim=(2, 3))
    return pooled, pooled @ stored["_fc.weight"].T + stored["_fc.bias"]


@pytest.mark.parametrize("size", [(SIDE_PX, SIDE_PX), (75, 101)])
def test_it_computes_what_the_published_tensors_say(network, size):
    picture = F.interpolate(photo("chelsea.png"), size=size, mode="bilinear")
    with torch.no_grad():
        pooled, logits = as_published(picture)
        torch.testing.assert_close(network.pooled(picture), pooled, rtol=1e-3, atol=1e-3)
        torch.testing.assert_close(network(picture), logits, rtol=1e-3, atol=1e-2)
    assert pooled.shape == (1, NUM_FEATURES)


def test_the_pyramid_has_five_sizes(network):
    with torch.no_grad():
        levels = network.pyramid(torch.rand(2, 3, 64, 96))
    sizes = [(2, channels, 64 >> level, 96 >> level) for level, channels in enumerate(PYRAMID_CHANNELS, start=1)]
    assert [tuple(level.shape) for level in levels] == sizes
    with torch.no_grad():
        assert [tuple(level.shape[-2:]) for level in network.pyramid(torch.rand(1, 3, 33, 1))] == [
            (17, 1),
            (9, 1),
            (5, 1),
            (3, 1),
            (2, 1),
        ]


def test_the_odd_zeros_lie_below_and_right():
    convolution = Convolution(1, 1, 3, stride=2)
    torch.nn.init.ones_(convolution.weight)
    torch.nn.init.zeros_(convolution.bias)
    picture = torch.arange(16.0).reshape(1, 1, 4, 4)
    with torch.no_grad():
        # Windows begin at pixels 0 and 2; what is beyond pixel 3 counts nothing.
        assert convolution(picture)[0, 0].tolist() == [[45.0, 39.0], [66.0, 50.0]]


def test_other_files_are_refused(monkeypatch):
    monkeypatch.setattr(efficientnet_lite0, "LITE0_SHA256", "0" * 64)
    with pytest.raises(SimsError, match=r"lite0-57934424\.pth: is not EfficientNet-Lite0, expected 0000.*pip install"):
        load_lite0()
    monkeypatch.setattr(efficientnet_lite0, "_PACKAGE", "no_such_package")
    with pytest.raises(SimsError, match=r"no_such_package: Python package not found; install it again: pip install"):
        load_lite0()
