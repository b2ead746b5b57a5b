"""What several benchmarks share: clones of this repository in which the tiny pipeline runs, and what came of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

ROOT = Path(__file__).resolve().parents[1]
# What costs says is not the same twice.
COST = "metrics/cost/"


def clone(folder: Path) -> Path:
    """Clone the committed repository into a folder, with the tiny preset's parameters, and return the folder."""
    run(Path(), ["git", "clone", "--quiet", str(ROOT), str(folder)])
    run(folder, [sys.executable, "-m", "sims_core.cli", "preset", "use", "tiny"])
    return folder


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return the environment in which a clone runs its own code."""
    return os.environ | {"PYTHONPATH": str(folder.resolve()), "PYTHONDONTWRITEBYTECODE": "1"} | more


def run(folder: Path, command: list[str]) -> str:
    """Run a command that must not fail in a clone, and return what it printed."""
    return subprocess.run(  # noqa: S603
        command, cwd=folder, env=environment(folder), check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def read_lock(folder: Path) -> dict[str, Any] | None:
    """Return the stages of dvc.lock; None where the file is damaged."""
    try:
        content = YAML(typ="safe").load((folder / "dvc.lock").read_text())
        return {name: content["stages"][name]["outs"] for name in content["stages"]}
    except (YAMLError, LookupError, TypeError):
        return None


def hashes(folder: Path) -> dict[str, str]:
    """Return the hash of every output in dvc.lock by path, but of what stages cost."""
    stages = read_lock(folder) or {}
    outs = [out for found in stages.values() for out in found if not out["path"].startswith(COST)]
    return {out["path"]: out["md5"] for out in outs}


def differing(first: Mapping[str, str], second: Mapping[str, str]) -> list[str]:
    """Return the keys whose values are not the same, or that one side lacks."""
    return sorted(key for key in {*first, *second} if first.get(key) != second.get(key))


def tree(folder: Path) -> set[str]:
    """Return every file of a clone but those of git, of DVC and of Python."""
    found = set()
    for top, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in (".git", ".dvc", "__pycache__")]
        found |= {(Path(top) / name).relative_to(folder).as_posix() for name in files}
    return found
