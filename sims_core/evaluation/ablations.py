"""What each part of the method is worth: the pipeline again without it, as DVC experiments.

An ablation is a few settings of params.yaml; everything that does not depend on them comes from DVC's cache. The rows
"canvas" and "canvas, inpainted" of every evaluation are the ablation of the synthesis network itself.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sims_core.base.errors import SimsError, nearest
from sims_core.base.files import atomic_file
from sims_core.base.metrics import FIGURES_FOLDER
from sims_core.base.revisions import find_revision

FOLDER = "ablations"


@dataclass(frozen=True)
class Ablation:
    """A part that is left out, or one of the paper's that is left out otherwise.

    Attributes:
        name: Of its folder below metrics/ablations, and of the experiment, `ablation-<name>`.
        title: For readers.
        settings: What changes in params.yaml, as `dvc exp run -S` takes it.
    """

    name: str
    title: str
    settings: tuple[str, ...]


_ELISION = ("inner_band", "outer_band", "outer_reach", "shadow_band", "foliage_band")
ABLATIONS = (
    Ablation("no_context", "retrieval without context IoU", ("retrieve.context_weight=0",)),
    Ablation("no_alignment", "without the transformation network", ("compose.align=false",)),
    Ablation("class_prior", "ordered by the class prior alone", ("compose.order=class_prior",)),
    Ablation("no_clipping", "segments keep their own outlines", ("compose.clip=false",)),
    Ablation(
        "no_clipping_class_prior",
        "segments keep their own outlines and are ordered by the class prior alone",
        ("compose.clip=false", "compose.order=class_prior"),
    ),
    Ablation("no_backing", "no further candidates beneath", ("compose.num_backing=0",)),
    Ablation(
        "no_colour_transfer",
        "trained without colour transfer",
        ("simulation.canvas.colour_transfer_probability=0",),
    ),
    Ablation(
        "no_resampling",
        "trained on segments that are not softened",
        ("simulation.canvas.max_resampling_scale_change=0",),
    ),
    Ablation("faded_borders", "borders of patches faded, as in the paper", ("elision.inner_band_fraction=0.025",)),
    Ablation("no_elision", "without boundary elision", tuple(f"elision.{band}_fraction=0" for band in _ELISION)),
    Ablation(
        "layout_only",
        "synthesis network without canvas",
        ("synthesis.adds_canvas=false", "synthesis.sees_canvas=false"),
    ),
)


def select_ablations(names: Sequence[str]) -> list[Ablation]:
    """Return the ablations of some names, or all for none.

    Raises:
        SimsError: There is none of a name.
    """
    known = {ablation.name: ablation for ablation in ABLATIONS}
    for name in names:
        if name not in known:
            close = nearest(name, list(known))
            remedy = f"did you mean '{close}'?" if close else f"there are: {', '.join(known)}"
            raise SimsError("ablations", f"no ablation '{name}'", remedy=remedy)
    return [known[name] for name in names] or list(ABLATIONS)


def run_ablation(ablation: Ablation, project: Path, metrics: Path) -> Path:
    """Run one ablation and keep its figures.

    It runs in a folder of its own, so that the project's data, figures and params.yaml stay as they are; DVC keeps it
    as experiment `ablation-<name>`, in place of an earlier one.

    Args:
        ablation: Which.
        project: Folder of a project that `dvc repro` has finished.
        metrics: Its folder metrics/.

    Returns:
        The file with the figures, metrics/ablations/<name>/synthesis.json.

    Raises:
        SimsError: The experiment failed.
    """
    experiment = f"ablation-{ablation.name}"
    if experiment in _dvc(project, "exp", "list", "--name-only", capture=True).split():
        _dvc(project, "exp", "remove", experiment)
    settings = [word for setting in ablation.settings for word in ("-S", setting)]
    _dvc(project, "exp", "run", "--temp", "--name", experiment, *settings)
    figures = find_revision(project, experiment).read(FIGURES_FOLDER / "synthesis.json")
    out = metrics / FOLDER / ablation.name / "synthesis.json"
    with atomic_file(out) as temporary:
        temporary.write_text(figures, encoding="utf-8")
    return out


def _dvc(project: Path, *words: str, capture: bool = False) -> str:
    """Run DVC in a project; return what it printed if that is captured."""
    finished = subprocess.run(  # noqa: S603 - the words are ours
        [sys.executable, "-m", "dvc", *words],
        cwd=project,
        stdout=subprocess.PIPE if capture else None,
        text=True,
        check=False,
    )
    if finished.returncode:
        raise SimsError(project, f"`dvc {' '.join(words)}` failed", remedy="see its message above")
    return finished.stdout or ""
