"""The figures and costs of a run against those of a git revision or a DVC experiment: a table of what differs."""

from __future__ import annotations

from pathlib import Path

from sims_core.base.cost import COST_FOLDER
from sims_core.base.errors import SimsError
from sims_core.base.metrics import FIGURES_FOLDER
from sims_core.base.revisions import Revision, find_revision
from sims_core.base.text_files import parse_json
from sims_core.report.reading import INTERVALS, flatten, read_figures
from sims_core.report.tables import ABSENT

Numbers = dict[tuple[str, str], float]


def compare_with_revision(project: Path, name: str) -> str:
    """Return a Markdown table of the numbers of metrics/figures and metrics/cost that differ.

    Args:
        project: Folder of the project.
        name: A git revision or a DVC experiment.

    Returns:
        A row per number: file, figure, before, now, change; one sentence where nothing differs. Intervals are left
        out: they are two rows for every figure.

    Raises:
        SimsError: No repository, no such revision, or no figures on either side.
    """
    revision = find_revision(project, name)
    before, now = numbers_of_revision(revision), numbers_of_project(project)
    for where, numbers, remedy in (
        (name, before, "name a revision in which metrics/figures is committed"),
        (project, now, "run `dvc repro` first"),
    ):
        if not numbers:
            raise SimsError(where, f"has no figures in {FIGURES_FOLDER}", remedy=remedy)
    keys = [key for key in {**before, **now} if before.get(key) != now.get(key)]
    if not keys:
        return f"no figure differs from {name}"
    lines = [f"| file | figure | {name} | workspace | change |", "|--|--|--:|--:|--:|"]
    # Figures before costs, files by name, keys as they stand.
    for file, key in sorted(keys, key=lambda found: (found[0].startswith(COST_FOLDER.name), found[0])):
        old, new = before.get((file, key)), now.get((file, key))
        change = ABSENT if old is None or new is None else f"{new - old:+.4g}"
        lines.append(f"| {file} | {key} | {_text(old)} | {_text(new)} | {change} |")
    return "\n".join(lines)


def numbers_of_project(project: Path) -> Numbers:
    """Return the numbers of the workspace's files, by file (relative to metrics/, no ending) and dotted key."""
    files = [path for folder in (FIGURES_FOLDER, COST_FOLDER) for path in sorted((project / folder).glob("*.json"))]
    return _numbers({path.relative_to(project): read_figures(path, path.stem).content for path in files})


def numbers_of_revision(revision: Revision) -> Numbers:
    """Return the numbers of a revision's files in the same form.

    Raises:
        SimsError: A file is no JSON.
    """
    paths = [path for folder in (FIGURES_FOLDER, COST_FOLDER) for path in revision.files(folder)]
    return _numbers({path: parse_json(f"{revision.name}:{path}", revision.read(path)) for path in paths})


def _numbers(contents: dict[Path, object]) -> Numbers:
    return {
        (f"{path.parent.name}/{path.stem}", key): value
        for path, content in contents.items()
        if not path.stem.endswith(INTERVALS)
        for key, value in flatten(content)
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def _text(value: float | None) -> str:
    return ABSENT if value is None else f"{value:.12g}"
