"""Where an interrupted training keeps its state: outside declared outs, keyed by what shapes its result."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from sims_core.files import sha256_of
from sims_core.parameters import Section

_PACKAGE = Path(__file__).parents[1]


def state_folder(name: str, seed: int, data: Sequence[Path], sections: Sequence[Section]) -> Path:
    """Return the folder for the state of one training.

    Args:
        name: Of the training.
        seed: The project's seed.
        data: Files and folders that the training reads; their content counts, not their place.
        sections: The parameters that it takes.

    Returns:
        `$SIMS_STATE_DIR/<name>/<fingerprint>`, by default below `.sims/state`. The fingerprint changes with
        data, parameters, the code of this package, and the version of torch.
    """
    digest = hashlib.sha256()
    for part in (name, seed, version("torch"), *(section.model_dump_json() for section in sections)):
        digest.update(f"{part}\n".encode())
    for place in (*data, _PACKAGE):
        pattern = "*.py" if place == _PACKAGE else "*"
        files = [place] if place.is_file() else sorted(path for path in place.rglob(pattern) if path.is_file())
        for path in files:
            digest.update(f"{path.relative_to(place)} {sha256_of(path)}\n".encode())
    return Path(os.environ.get("SIMS_STATE_DIR", ".sims/state")) / name / digest.hexdigest()[:16]
