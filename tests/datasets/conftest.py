"""What tests of datasets share."""

import shutil

import pytest

from tests.support.project import ROOT


@pytest.fixture
def project(tmp_path):
    """A checkout: presets and the demo's parameters."""
    shutil.copytree(ROOT / "presets", tmp_path / "presets")
    shutil.copy(ROOT / "presets/demo.yaml", tmp_path / "params.yaml")
    return tmp_path
