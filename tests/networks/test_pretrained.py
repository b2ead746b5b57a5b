import hashlib

import pytest

from sims_core.base.errors import SimsError
from sims_core.networks import pretrained
from sims_core.networks.pretrained import fetch_imagenet


def test_a_file_that_is_there_is_checked_and_stays(tmp_path, monkeypatch):
    path = tmp_path / "vgg19.pth"
    path.write_bytes(b"weights")
    monkeypatch.setattr(pretrained, "IMAGENET_SHA256", hashlib.sha256(b"weights").hexdigest())
    assert fetch_imagenet(path) == path
    path.write_bytes(b"weight")
    with pytest.raises(SimsError, match=r"vgg19\.pth: is not torchvision's VGG-19, .*; delete it, then run `sims w"):
        fetch_imagenet(path)
    assert path.read_bytes() == b"weight"
