"""Shows what full and read-only disks and a missing home do to the tiny pipeline; needs leave to mount (Linux, root).

    unshare -m python -m benchmarks.disks

The project lies on a disk of its own in memory. It is full again and again while `dvc repro` runs; then there is room.
The finished project is used from a read-only disk, without a home and with a full temporary folder. Each command must
end well or in one line, and change no artifact.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.clones import clone, environment, run

_ROOMS_KIB = (300, 1500, 3000, 5000, 8000)
_SIMS = [sys.executable, "-m", "sims_core.cli"]
_DVC = [sys.executable, "-m", "dvc"]


def main() -> None:
    """Do it all and print a line for each command."""
    with tempfile.TemporaryDirectory(prefix="sims-disks-") as place:
        disk, outside = Path(place) / "disk", Path(place) / "outside"
        for folder in (disk, outside):
            folder.mkdir()
        run(Path(), ["mount", "-t", "tmpfs", "-o", "size=200m", "none", str(disk)])
        try:
            _use(clone(disk / "project"), disk, outside)
        finally:
            run(Path(), ["umount", "--lazy", str(disk)])


def _use(project: Path, disk: Path, outside: Path) -> None:
    for room_kib in _ROOMS_KIB:
        status = os.statvfs(disk)
        used_kib = (status.f_blocks - status.f_bfree) * status.f_frsize // 1024
        _remount(disk, f"size={used_kib + room_kib}k")
        _try(f"dvc repro, room for {room_kib} KiB", [*_DVC, "repro"], project)
    _remount(disk, "size=2g")
    _try("dvc repro, room enough", [*_DVC, "repro"], project)
    _try("sims project verify", [*_SIMS, "project", "verify"], project)
    run(project, [*_SIMS, "project", "pack", "-o", str(outside / "project.zip")])
    run(project, [*_SIMS, "scenes", "export", "--split", "val", "-o", str(outside / "val")])
    layout = next((outside / "val").rglob("*layout*/*.png"))
    synthesize = [*_SIMS, "synthesize", str(layout), "-o"]
    _remount(disk, "ro")
    homeless = {"HOME": "/nonexistent", "NUMBA_CACHE_DIR": "", "XDG_CACHE_HOME": ""}
    _try("stage, read-only project", [sys.executable, "-m", "stages.compose"], project)
    _try("dvc repro, read-only project", [*_DVC, "repro", "--force"], project)
    _try("sims synthesize into a read-only project", [*synthesize, "street.png"], project)
    _try("sims synthesize, read-only code, no home", [*synthesize, str(outside / "street.png")], project, **homeless)
    full = outside / "full"
    full.mkdir()
    run(Path(), ["mount", "-t", "tmpfs", "-o", "size=16k", "none", str(full)])
    try:
        (full / "all").write_bytes(bytes(8192))
        packed = [*synthesize, str(outside / "packed.png"), "--project", str(outside / "project.zip")]
        _try("sims synthesize from a zip, no room in /tmp", packed, project, TMPDIR=str(full))
        _try("sims synthesize, no room in /tmp", [*synthesize, str(outside / "full.png")], project, TMPDIR=str(full))
    finally:
        run(Path(), ["umount", "--lazy", str(full)])


def _remount(disk: Path, option: str) -> None:
    run(Path(), ["mount", "-o", f"remount,{option}", str(disk)])


def _try(what: str, command: list[str], project: Path, **more: str) -> None:
    """Run a command and print its exit code, the lines that it complained with, and whether it gave a traceback."""
    kept = {name: value for name, value in environment(project, **more).items() if value}
    result = subprocess.run(  # noqa: S603
        command, cwd=project, env=kept, capture_output=True, text=True, check=False
    )
    said = result.stdout + result.stderr
    errors = [line for line in said.splitlines() if line.lower().startswith("error")]
    print(f"{what}: exit {result.returncode}, {'TRACEBACK' if 'Traceback' in said else 'no traceback'}", flush=True)
    for line in errors:
        print(f"    {line}", flush=True)


if __name__ == "__main__":
    main()
