"""Presets: complete parameter files that a project can switch between."""

from __future__ import annotations

from pathlib import Path

from sims_core.base.errors import SimsError, nearest
from sims_core.base.files import atomic_file
from sims_core.base.parameters import load_parameters


def use_preset(project: Path, name: str) -> Path | None:
    """Make presets/<name>.yaml the project's params.yaml, atomically.

    Args:
        project: The project's folder.
        name: Of the preset.

    Returns:
        Where the previous params.yaml was kept, when it was no preset itself; else None.

    Raises:
        SimsError: There is no such preset, or it is not valid; params.yaml stays as it was.
    """
    preset = find_preset(project, name)
    load_parameters(preset)
    target = project / "params.yaml"
    kept = _keep_own_parameters(target, preset_contents(project))
    with atomic_file(target) as temporary:
        temporary.write_bytes(preset.read_bytes())
    return kept


def find_preset(project: Path, name: str) -> Path:
    """Return the file of a preset; SimsError, with the nearest name, when there is none."""
    presets = {path.stem: path for path in sorted((project / "presets").glob("*.yaml"))}
    if name not in presets:
        close = nearest(name, presets)
        raise SimsError(
            project / "presets",
            f"no preset '{name}'",
            expected=f"one of {', '.join(presets)}" if presets else "a folder of presets; run from the project root",
            remedy=None if close is None else f"did you mean '{close}'?",
        )
    return presets[name]


def preset_contents(project: Path) -> set[bytes]:
    """Return the bytes of all presets: a params.yaml among them holds nothing of its own."""
    return {path.read_bytes() for path in (project / "presets").glob("*.yaml")}


def _keep_own_parameters(target: Path, presets: set[bytes]) -> Path | None:
    """Copy a params.yaml that equals no preset to params.previous.yaml, so that switching loses nothing."""
    if not target.is_file() or target.read_bytes() in presets:
        return None
    kept = target.with_name("params.previous.yaml")
    with atomic_file(kept) as temporary:
        temporary.write_bytes(target.read_bytes())
    return kept
