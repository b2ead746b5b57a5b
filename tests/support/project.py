"""A whole project in a temporary folder: every stage run in order on the tiny preset."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

from ruamel.yaml import YAML

from sims_core.base.entry import run_stage
from sims_core.cli.app import app
from sims_core.networks.baselines import Baseline

ROOT = Path(__file__).parents[2]


def stage_names() -> list[str]:
    """Return the stages of dvc.yaml in flow order, each member of a matrix by its own name: `stage@value`."""
    stages = YAML(typ="safe", pure=True).load((ROOT / "dvc.yaml").read_text())["stages"]
    return [full for name, stage in stages.items() for full in expanded(name, stage)]


def expanded(name: str, stage: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the stages that an entry of dvc.yaml stands for, by name: of a matrix one for each rival there is."""
    if "matrix" not in stage:
        return {name: stage}
    (axis,) = stage["matrix"]
    plain = {key: value for key, value in stage.items() if key != "matrix"}
    return {f"{name}@{value}": _put_in(plain, f"${{item.{axis}}}", value) for value in Baseline}


def _put_in(content: Any, place: str, value: str) -> Any:
    """Replace a text in all texts of nested lists and mappings, keys included."""
    if isinstance(content, dict):
        return {_put_in(key, place, value): _put_in(item, place, value) for key, item in content.items()}
    if isinstance(content, list):
        return [_put_in(item, place, value) for item in content]
    return content.replace(place, value) if isinstance(content, str) else content


def run_stages(project: Path, names: list[str]) -> None:
    """Run stages inside this process with `project` as working folder and its params.yaml."""
    with chdir(project):
        for name in names:
            stage, *values = name.split("@")
            import_module(f"stages.{stage}").main(*map(Baseline, values))


def link_data(finished: Path, project: Path, *names: str) -> None:
    """Give a project parts of a finished one's data/ to read: `names` such as "scenes" or "models/depth"."""
    for name in names:
        link = project / "data" / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(finished / "data" / name)


def environment() -> dict[str, str]:
    """Return the environment in which another process finds the project, from any folder."""
    return os.environ | {
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
        "COLUMNS": "200",
    }


def run_command(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m MODULE ...` in the project folder as a user would, but inside this process.

    Where Python and torch are loaded already this saves seconds; see `run_process`.
    """
    module, *words = arguments
    said, complained = StringIO(), StringIO()
    code: object = 0
    with chdir(project), redirect_stdout(said), redirect_stderr(complained):
        try:
            with patch.object(sys, "argv", [f"{module.split('.')[-1]}.py", *words]):
                if module == "sims_core.cli":
                    app()
                else:
                    run_stage(import_module(module).main)
        except SystemExit as end:
            code = end.code
    return subprocess.CompletedProcess(arguments, int(code or 0), said.getvalue(), complained.getvalue())


def run_process(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `python ...` in the project folder in a process of its own."""
    return subprocess.run(
        [sys.executable, *arguments], cwd=project, env=environment(), capture_output=True, text=True, check=False
    )


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file below a folder by relative path."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
