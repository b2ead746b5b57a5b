"""A finished run's figures -> a folder of their own, which no run writes again: docs/figures/<name>."""

from __future__ import annotations

import shutil
from pathlib import Path

from sims_core.base.cost import COST_FOLDER
from sims_core.base.errors import SimsError
from sims_core.base.files import atomic_folder
from sims_core.base.metrics import FIGURES_FOLDER
from sims_core.evaluation.ablations import FOLDER
from sims_core.report.compare import check_same_protocol, read_evaluation
from sims_core.report.study_rows import STUDY
from sims_core.report.usefulness import USEFULNESS


def keep_figures(project: Path, folder: Path, name: str, *, replace: bool) -> Path:
    """Copy the figures, the costs, the ablations and the study of a project's run.

    Args:
        project: Folder of a project that `dvc repro` has finished.
        folder: Of all runs that are kept.
        name: Of the run: the folder below it, which appears whole or not at all.
        replace: Whether a run that was kept under this name may go; its usefulness/ stays.

    Returns:
        The folder of the run.

    Raises:
        SimsError: There are no figures, the name is no name or taken, or an ablation belongs to another run.
    """
    kept = folder / name
    if Path(name).is_absolute() or not Path(name).parts or ".." in Path(name).parts:
        raise SimsError(f"'{name}'", "is no name for a run", expected="a name, such as demo")
    if kept.exists() and not replace:
        raise SimsError(kept, "is there already", remedy="choose another name, or add --replace")
    figures = project / FIGURES_FOLDER
    whole = read_evaluation(figures / "synthesis.json")
    ablations = project / "metrics" / FOLDER
    for path in sorted(ablations.glob("*/synthesis.json")):
        check_same_protocol(whole, read_evaluation(path))
    with atomic_folder(kept) as temporary:
        shutil.copytree(figures, temporary, dirs_exist_ok=True)
        # What no run of the project writes stays.
        beside = ((project / COST_FOLDER, "cost"), (ablations, FOLDER), (kept / USEFULNESS, USEFULNESS))
        for source, target in beside:
            if source.is_dir():
                shutil.copytree(source, temporary / target)
        study = project / "metrics" / f"{STUDY}.json"
        if study.is_file():
            shutil.copyfile(study, temporary / study.name)
    return kept
