"""Presets: parameter files that a project can switch between, complete ones and overlays on them.

An overlay is a file with `base: NAME` and what differs from the preset of that name, which may be an overlay itself.
`params.yaml` is always complete: an overlay is composed with its bases before it is written there.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from sims_core.base.errors import SimsError, nearest
from sims_core.base.files import atomic_file
from sims_core.base.overlays import Entry, entries_text, lay_over, read_entries
from sims_core.base.parameters import Parameters, load_parameters, parse_parameters
from sims_core.base.text_files import read_text


def use_preset(project: Path, name: str) -> Path | None:
    """Make presets/<name>.yaml, composed with its base, the project's params.yaml, atomically.

    Args:
        project: The project's folder.
        name: Of the preset.

    Returns:
        Where the previous params.yaml was kept, when it was no preset itself; else None.

    Raises:
        SimsError: There is no such preset, or it is not valid; params.yaml stays as it was.
    """
    text = valid_preset(find_preset(project, name))
    target = project / "params.yaml"
    kept = _keep_own_parameters(target, preset_contents(project))
    with atomic_file(target) as temporary:
        temporary.write_bytes(text.encode())
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


def valid_preset(path: Path) -> str:
    """Return the complete text of a preset as `compose_preset` does; SimsError also when it is not valid."""
    text = compose_preset(path)
    parse_parameters(path, text)
    return text


def compose_preset(path: Path) -> str:
    """Return the complete text of a preset: an overlay composed with its bases, a complete one as it is.

    The comment above `base:` takes the place of the one at the base's top.

    Args:
        path: The preset; its bases lie beside it.

    Raises:
        SimsError: A file is not YAML, or a base is missing or leads back to the preset. Sections are not validated.
    """
    overlay = read_entries(path)
    return entries_text(_composed(path, overlay, [])) if "base" in overlay else read_text(path)


def _composed(path: Path, overlay: dict[str, Entry], above: list[Path]) -> dict[str, Entry]:
    """Return the entries of a preset laid on those of its bases; `above` are the overlays that it is a base of."""
    if "base" not in overlay:
        return overlay
    named = overlay.pop("base")
    base, overlays = _base_of(path, named.value), [*above, path]
    if base in overlays:
        raise SimsError(path, f"its base '{named.value}' is laid on it", remedy="name a complete preset, as base: demo")
    composed = lay_over(_composed(base, read_entries(base), overlays), overlay)
    first = next(iter(composed))
    composed[first] = replace(composed[first], above=named.above)
    return composed


def _base_of(path: Path, name: str) -> Path:
    presets = {other.stem: other for other in sorted(path.parent.glob("*.yaml"))}
    if name not in presets:
        close = nearest(name, presets)
        remedy = "`sims preset use NAME` writes a complete params.yaml" if close is None else f"did you mean '{close}'?"
        raise SimsError(path, f"no base '{name}' beside it", expected="a preset of presets/", remedy=remedy)
    return presets[name]


def load_preset(path: Path) -> Parameters:
    """Read and validate a preset, or any other parameter file, composed with its base if it has one.

    Raises:
        SimsError: as `compose_preset` and `load_parameters`.
    """
    if not path.is_file():
        return load_parameters(path)
    return parse_parameters(path, compose_preset(path))


def preset_contents(project: Path) -> set[bytes]:
    """Return the bytes of all presets as they are in params.yaml: one among them holds nothing of its own."""
    contents = set()
    for path in (project / "presets").glob("*.yaml"):
        with suppress(SimsError):  # a preset that cannot be composed was never anybody's params.yaml
            contents.add(compose_preset(path).encode())
    return contents


def _keep_own_parameters(target: Path, presets: set[bytes]) -> Path | None:
    """Copy a params.yaml that equals no preset to params.previous.yaml, so that switching loses nothing."""
    if not target.is_file() or target.read_bytes() in presets:
        return None
    kept = target.with_name("params.previous.yaml")
    with atomic_file(kept) as temporary:
        temporary.write_bytes(target.read_bytes())
    return kept
