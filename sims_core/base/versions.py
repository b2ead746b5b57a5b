"""Which code runs: what two processes have to share if they are to make the same bytes."""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = ("sims", "dvc", "loky", "numba", "numpy", "opencv-python-headless", "pillow", "pyarrow", "torch", "typer")
# Those that pictures and numbers are computed with.
_COMPUTING = ("numba", "numpy", "opencv-python-headless", "pillow", "pyarrow", "torch")
_LIBRARY = Path(__file__).parents[1]


def package_versions() -> dict[str, str]:
    """Return the version of every package that results or faults depend on, or `not installed`, by name."""
    return {name: _version(name) for name in _PACKAGES}


@cache
def running_code() -> dict[str, str]:
    """Return the versions that results depend on, and the digest of the library's files; read once per process."""
    digest = hashlib.sha256()
    for path in sorted(_LIBRARY.rglob("*.py")):
        digest.update(f"{path.relative_to(_LIBRARY)}\x1f".encode())
        digest.update(path.read_bytes())
    versions = {name: _version(name) for name in _COMPUTING}
    return {"Python": platform.python_version(), **versions, "sims_core": digest.hexdigest()[:12]}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
