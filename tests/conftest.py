"""What tests of several packages share: class tables, small scenes, a finished project, a small training."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

from sims_core.base.files import atomic_folder
from sims_core.base.presets import compose_preset
from sims_core.scenes.classes import Category, ClassTable, Role
from tests.support.artifacts import sign
from tests.support.project import ROOT, digests, run_stages, stage_names
from tests.support.small_scenes import CLASSES, write_small_scenes
from tests.support.small_training import train_ordering_network

# Fixtures here are immutable, so examples may share them; shared runners are too noisy for deadlines.
settings.register_profile(
    "project", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("project")


@pytest.fixture(scope="session")
def classes() -> ClassTable:
    """Five categories, one of each role that a rule looks at."""
    return CLASSES


@pytest.fixture(scope="session")
def two_grounds() -> ClassTable:
    """Road and sidewalk, and a car."""
    return ClassTable(
        categories=(
            Category(name="road", colour=(128, 64, 128), role=Role.PLANAR),
            Category(name="sidewalk", colour=(244, 35, 232), role=Role.PLANAR),
            Category(name="car", colour=(0, 0, 142), role=Role.OBJECT),
        )
    )


@pytest.fixture(scope="session")
def scenes_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A written scenes artifact: six training and two validation scenes."""
    folder = tmp_path_factory.mktemp("project") / "data" / "scenes"
    write_small_scenes(folder)
    return folder


@pytest.fixture(scope="session")
def finished_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project in which every stage has run on the tiny preset; do not change it, copy it.

    All test processes of a run share it: the first that needs it makes it, the others wait.
    """
    base = tmp_path_factory.getbasetemp()
    project = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "finished_project"
    with FileLock(f"{project}.lock"):
        if not project.exists():
            with atomic_folder(project) as temporary:
                (temporary / "params.yaml").write_text(compose_preset(ROOT / "presets/tiny.yaml"))
                run_stages(temporary, stage_names())
    before = digests(project)
    yield project
    assert digests(project) == before, "a test has changed the finished project"


@pytest.fixture
def train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, classes: ClassTable) -> Callable[..., bytes]:
    """`train_ordering_network` on pairs in this test's folder, with its state there."""
    monkeypatch.setenv("SIMS_STATE_DIR", str(tmp_path / "state"))
    (tmp_path / "pairs").mkdir()
    (tmp_path / "pairs/pairs").write_bytes(b"five pairs")
    sign(tmp_path / "pairs")
    return partial(train_ordering_network, tmp_path, classes)
