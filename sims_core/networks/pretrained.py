"""Where perceptual features come from; where pretrained VGG-19 weights lie, and how they are fetched when asked for."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from sims_core.base.errors import SimsError
from sims_core.base.files import sha256_of
from sims_core.networks.vgg import load_torchvision_weights

RANDOM, LEARNED, IMAGENET, LITE0 = "random", "learned", "imagenet", "lite0"
# torchvision's VGG-19, trained on ImageNet-1K; 575 MB.
IMAGENET_URL = "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth"
IMAGENET_SHA256 = "dcbb9e9dad569fff7a846263a77324fc34978fea2bfb039c012d710e1776ae44"
IMAGENET_FILE = Path("data/raw/vgg19-dcbb9e9d.pth")


def load_pretrained(network: nn.Module, weights: str, colours: slice = slice(None)) -> str:
    """Fill the convolutions of a VGG-19, or leave them as they are, and return in words where the weights are from.

    Args:
        network: See `load_torchvision_weights`.
        weights: `random` (nothing is loaded), `imagenet` or a path.
        colours: See `load_torchvision_weights`.

    Raises:
        SimsError: The file is missing, another one than it should be, or does not fit.
    """
    if weights == RANDOM:
        return "random weights"
    path = IMAGENET_FILE if weights == IMAGENET else Path(weights)
    sha256 = load_torchvision_weights(network, path, colours)
    if weights == IMAGENET:
        _check_imagenet(path, sha256)
    return f"{path.name}, sha256 {sha256}"


def _check_imagenet(path: Path, sha256: str) -> None:
    if sha256 != IMAGENET_SHA256:
        remedy = "delete it, then run `sims weights fetch`"
        raise SimsError(path, "is not torchvision's VGG-19", expected=IMAGENET_SHA256, found=sha256, remedy=remedy)


def fetch_imagenet(path: Path = IMAGENET_FILE) -> Path:
    """Download torchvision's VGG-19 weights, checked by SHA-256, unless they are there already.

    Raises:
        SimsError: No connection, what arrived is not the file, or another file lies in its place, which stays.
    """
    # A second; nothing else needs it.
    from torch.hub import download_url_to_file

    if path.is_file():
        _check_imagenet(path, sha256_of(path))
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        # It writes to a temporary file beside the target, which appears only when the hash is right.
        download_url_to_file(IMAGENET_URL, str(path), hash_prefix=IMAGENET_SHA256)
    except (OSError, RuntimeError) as error:
        raise SimsError(IMAGENET_URL, "could not be fetched", found=error, remedy=f"put the file at {path}") from error
    return path
