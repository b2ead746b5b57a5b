"""Faults seeded into a copy of the project, one at a time: a test of the fault's package must fail.

`mutations.yaml` lists them. A fault that no test notices wants a test, worked by hand, in the module that mirrors its
file. The whole run takes minutes (CONTRIBUTING.md); what it lists is checked in every run of the tests.
"""

import ast
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.support.project import ROOT

FAULTS = YAML(typ="safe", pure=True).load((ROOT / "tests/rules/mutations.yaml").read_text())
# What the tests of a package read; nothing that a run writes.
NEEDED = ("sims_core", "stages", "tests", "presets", "docs", "pyproject.toml", "params.yaml", "dvc.yaml")
SURVIVED, CAUGHT = 0, 1  # exit codes of pytest


def package_of(fault):
    return Path(fault["file"]).parts[1]


def seeded(fault, root=ROOT):
    """Return the text of a file with its fault."""
    text = (root / fault["file"]).read_text(encoding="utf-8")
    assert text.count(fault["text"]) == 1, f"{fault['file']} has changed, look again: {fault['fault']}"
    return text.replace(fault["text"], fault["mutant"])


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the project, to seed faults into."""
    folder = tmp_path_factory.mktemp("mutations") / "project"
    for name in NEEDED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, folder / name)
    return folder


def run_tests(copy, tests):
    """Run a file or a folder of the copy's tests up to the first that fails."""
    # A compiled file would hide a fault of the same length, written within the same second.
    changes = {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1", "NUMBA_CACHE_DIR": str(copy.parent / "numba")}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")} | changes
    command = [sys.executable, "-m", "pytest", str(tests), "-x", "-q", "-n", "0", "-p", "no:cacheprovider"]
    return subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)


def is_caught(copy, fault):
    """Seed a fault, run the tests of its module, then of its package, and take it out; return whether one failed."""
    path = copy / fault["file"]
    package = copy / "tests" / package_of(fault)
    own = package / f"test_{path.stem}.py"
    right = path.read_text(encoding="utf-8")
    path.write_text(seeded(fault, copy), encoding="utf-8")
    for tests in (own, package):
        done = run_tests(copy, tests) if tests.exists() else None
        if done is not None and done.returncode != SURVIVED:
            break
    path.write_text(right, encoding="utf-8")
    # Anything else keeps the tests from running at all: nobody would overlook it, so it is no fault to seed.
    assert done.returncode in (SURVIVED, CAUGHT), done.stdout
    return done.returncode == CAUGHT


def test_listed_faults_fit_their_files():
    places = [(fault["file"], fault["text"], fault["mutant"]) for fault in FAULTS]
    assert len(set(places)) == len(places)
    for fault in FAULTS:
        ast.parse(seeded(fault))
        assert fault["mutant"] != fault["text"]


@pytest.mark.slow
@pytest.mark.parametrize("package", sorted({package_of(fault) for fault in FAULTS}))
def test_the_tests_of_a_package_notice_every_fault(copy, package, capsys):
    start = time.monotonic()
    clean = run_tests(copy, copy / "tests" / package)
    assert clean.returncode == SURVIVED, clean.stdout
    faults = [fault for fault in FAULTS if package_of(fault) == package]
    survivors = [f"{fault['file']}: {fault['fault']}" for fault in faults if not is_caught(copy, fault)]
    with capsys.disabled():
        caught = len(faults) - len(survivors)
        print(f"\n{package:12} {caught:3} of {len(faults)} caught in {time.monotonic() - start:.0f} s")  # noqa: T201
    assert survivors == []
