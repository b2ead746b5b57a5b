"""What tests of datasets share."""

import shutil

import pytest

from tests.support.official_forms import HEIGHT, WIDTH, rendered
from tests.support.project import ROOT


@pytest.fixture
def project(tmp_path):
    """A checkout: presets and the demo's parameters."""
    shutil.copytree(ROOT / "presets", tmp_path / "presets")
    shutil.copy(ROOT / "presets/demo.yaml", tmp_path / "params.yaml")
    return tmp_path


@pytest.fixture(scope="module")
def scenes():
    """Three training scenes and a validation scene, with void in the corner."""
    return rendered(HEIGHT, WIDTH)
