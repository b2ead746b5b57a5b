"""A training of the ordering network that each test may run as often as it likes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from sims_core.scenes.classes import ClassTable
from tests.support.small_training import train_ordering_network


@pytest.fixture
def train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, classes: ClassTable) -> Callable[..., bytes]:
    """`train_ordering_network` on pairs in this test's folder, with its state there."""
    monkeypatch.setenv("SIMS_STATE_DIR", str(tmp_path / "state"))
    (tmp_path / "pairs").write_bytes(b"five pairs")
    return partial(train_ordering_network, tmp_path, classes)
