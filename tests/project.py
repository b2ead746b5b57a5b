"""A whole project in a temporary folder: every stage run in order on the tiny preset."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

from ruamel.yaml import YAML

from tests.import_closure import ROOT


def stage_names() -> list[str]:
    """Return the stages of dvc.yaml in flow order."""
    return list(YAML(typ="safe", pure=True).load((ROOT / "dvc.yaml").read_text())["stages"])


def run_stages(project: Path, names: list[str]) -> None:
    """Run stages inside this process with `project` as working folder and its params.yaml."""
    before = Path.cwd()
    os.chdir(project)
    try:
        for name in names:
            import_module(f"stages.{name}").main()
    finally:
        os.chdir(before)


def environment() -> dict[str, str]:
    """Return the environment in which another process finds the project, from any folder."""
    return os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"}


def run_command(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m ...` in the project folder as a user would."""
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=project, env=environment(), capture_output=True, text=True, check=False
    )


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file below a folder by relative path."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
