"""Small VGG-19s in files as torchvision publishes them."""

import torch
from safetensors.torch import save_file

# Of `features` in torchvision's VGG-19, up to conv5_2: convolutions and, by M, pools.
VGG_LAYERS = ((0, 2), "M", (5, 7), "M", (10, 12, 14, 16), "M", (19, 21, 23, 25), "M", (28, 30))


def vgg_weights(base_channels=2, seed=0, last_block=2):
    """Random weights under torchvision's names, of a file that holds more than is needed."""
    stream, weights, before = torch.Generator().manual_seed(seed), {}, 3
    factors = iter((1, 2, 4, 8, 8))
    for block in (*VGG_LAYERS[:-1:2], (28, 30, 32, 34)[:last_block]):
        after = base_channels * next(factors)
        for index in block:
            weights[f"features.{index}.weight"] = torch.randn(after, before, 3, 3, generator=stream) / (2 * before**0.5)
            weights[f"features.{index}.bias"] = torch.randn(after, generator=stream) / 10
            before = after
    return weights | {"classifier.0.bias": torch.zeros(5)}


def save_weights(path, weights):
    if path.suffix == ".safetensors":
        save_file(weights, path)
    else:
        torch.save(weights, path)
    return path
