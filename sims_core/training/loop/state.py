"""Where an interrupted training keeps its state: outside declared outs, keyed by what shapes its result."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from sims_core.base.files import sha256_of
from sims_core.base.import_closure import INSTALLED_ROOT, closure, module_file
from sims_core.base.parameters import Section


def state_folder(name: str, seed: int, made_from: Mapping[str, str], sections: Sequence[Section], task: str) -> Path:
    """Return the folder for the state of one training.

    Args:
        name: Of the training.
        seed: The project's seed.
        made_from: Digests of the artifacts behind the weights, by name (`artifacts.ancestry`).
        sections: The parameters that it takes.
        task: The module that trains, by its dotted name; its code and that of all that it imports counts.

    Returns:
        `$SIMS_STATE_DIR/<name>/<fingerprint>`, by default below `.sims/state`. The fingerprint changes with
        data, parameters, the task's code, and the version of torch.

    Raises:
        ValueError: The task is no module of this project.
    """
    script = module_file(INSTALLED_ROOT, task)
    if script is None:
        raise ValueError(f"no module of this project: {task}")
    digest = hashlib.sha256()
    for part in (name, seed, version("torch"), *(section.model_dump_json() for section in sections)):
        digest.update(f"{part}\n".encode())
    for artifact, card in sorted(made_from.items()):
        digest.update(f"{artifact} {card}\n".encode())
    for module in sorted(closure(INSTALLED_ROOT, script)):
        digest.update(f"{module} {sha256_of(INSTALLED_ROOT / module)}\n".encode())
    return Path(os.environ.get("SIMS_STATE_DIR", ".sims/state")) / name / digest.hexdigest()[:16]
