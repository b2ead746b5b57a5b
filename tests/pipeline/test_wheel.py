"""The wheel: the library with its data and nothing else, and it works where no checkout is."""

import os
import shutil
import subprocess
import sys
import sysconfig
from zipfile import ZipFile

import numpy as np
import pytest

import sims_core
from sims_core import Synthesizer
from sims_core.base.read_pictures import read_photo
from sims_core.formats.scenes import SceneReader
from sims_core.synthesis.pack import pack_project
from tests.support.project import ROOT

PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "--no-input")

USE = """
import importlib.util, sys
from pathlib import Path
import numpy as np
from PIL import Image
import sims_core

bare, project, layout, out = sys.argv[1:]
assert Path(sims_core.__file__).is_relative_to(bare), sims_core.__file__
assert importlib.util.find_spec("stages") is None
synthesizer = sims_core.Synthesizer(project)
result = synthesizer.synthesize(np.load(layout))
Image.fromarray(result.photo).save(out)
"""


def package_files():
    """What a wheel of the checkout should hold below sims_core."""
    files = (path for path in (ROOT / "sims_core").rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(ROOT).as_posix() for path in files}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel made of a copy, because setuptools builds inside the source tree."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in ("sims_core", "stages"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(out))
    subprocess.run([*PIP, "wheel", *options, str(source)], check=True)
    (path,) = out.iterdir()
    return path


def test_the_wheel_holds_the_library_with_its_data_and_nothing_else(wheel):
    assert wheel.name == f"sims-{sims_core.__version__}-py3-none-any.whl"
    with ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names} == {"sims_core", f"sims-{sims_core.__version__}.dist-info"}
    assert {name for name in names if name.startswith("sims_core/")} == package_files()


def test_the_installed_library_makes_a_photograph_of_a_packed_project(wheel, finished_project, tmp_path):
    bare, project, layout, out = (tmp_path / name for name in ("bare", "project.zip", "layout.npy", "street.png"))
    subprocess.run([*PIP, "install", "--no-deps", "--no-index", "--no-compile", "--target", bare, wheel], check=True)
    pack_project(finished_project, project)
    reader = SceneReader(finished_project / "data/scenes")
    labels = reader.load(reader.ids("train")[0]).labels
    np.save(layout, labels)
    dependencies = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(bare), *dependencies]),
        "NUMBA_OPT": "0",  # code at a new place is compiled anew, which takes a third of the time without optimisation
        "NUMBA_CACHE_DIR": str(tmp_path / "numba"),
    }
    # Without -S the environment's own site-packages would lead to the checkout, which is installed there for editing.
    command = [sys.executable, "-S", "-c", USE, *map(str, (bare, project, layout, out))]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert np.array_equal(read_photo(out), Synthesizer(finished_project).synthesize(labels).photo)
