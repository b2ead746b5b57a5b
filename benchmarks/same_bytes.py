"""Runs the tiny pipeline in two clones under other conditions, and compares every hash in dvc.lock.

    python -m benchmarks.same_bytes

The clones differ in number of workers, umask, hash seed of Python, time zone and locale.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.clones import clone, differing, environment, hashes

# (umask, environment) of each clone.
_CONDITIONS = (
    (0o022, {"SIMS_WORKERS": "1", "PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C"}),
    (0o077, {"SIMS_WORKERS": "4", "PYTHONHASHSEED": "4711", "TZ": "Asia/Kathmandu", "LC_ALL": "C.UTF-8"}),
)


def main() -> None:
    """Run both and print what differs."""
    with tempfile.TemporaryDirectory(prefix="sims-same-bytes-") as place:
        found = []
        for number, (umask, more) in enumerate(_CONDITIONS):
            folder = clone(Path(place) / str(number))
            command = [sys.executable, "-m", "dvc", "--quiet", "repro"]
            subprocess.run(  # noqa: S603
                command,
                cwd=folder,
                env=environment(folder, **more),
                umask=umask,
                check=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            found.append(hashes(folder))
            print(f"umask {umask:03o}, {more}: {len(found[-1])} outputs", flush=True)
        print(f"outputs that differ: {differing(*found) or 'none'}")


if __name__ == "__main__":
    main()
