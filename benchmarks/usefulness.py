"""What made pictures are worth at several shares of a dataset: bank, networks and arms of each share from it alone.

    python -m benchmarks.usefulness camvid --root /data/camvid --work /tmp/usefulness --keep docs/figures/camvid
    python -m benchmarks.usefulness demo --num-real 160 --work /tmp/usefulness --shares 8 --shares 1 --seeds 1

For each share a clone of the committed repository with `prepare.source.max_train` (or `num_train`) photos: `dvc repro`
of the trainings, then `sims dataset make` and `render`, then `sims usefulness run`. A smaller share's photos are among
a larger one's. What a killed run has finished is not done again. With --keep the figures go to KEEP/usefulness, where
`sims results page` finds them.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from ruamel.yaml import YAML

from benchmarks.clones import ROOT, run
from sims_core.formats.bank import BankReader
from sims_core.formats.scenes import read_classes
from sims_core.layouts.translation import map_categories
from sims_core.scenes.street_categories import CANONICAL

_ARMS = (
    "real=real",
    "augmented=real+augment",
    "copy_paste=real+augment+copy-paste",
    "variants=real+made",
    "layouts=real+made_rendered",
    "renderings=real+rendered",
    "only=made",
    "variants_augmented=real+made+augment",
    "variants_filtered=real+made+filter",
    "variants_known=real+made+known",
)


def main(
    preset: Annotated[str, typer.Argument(help="Name of a preset.")],
    work: Annotated[Path, typer.Option(help="Folder of the clones.")],
    num_real: Annotated[int, typer.Option(min=1, help="Training photos of the whole dataset.")] = 367,
    root: Annotated[Path | None, typer.Option(help="In place of the preset's prepare.source.root.")] = None,
    shares: Annotated[list[int] | None, typer.Option(help="Denominators; 16, 8, 4 and 1 by default.")] = None,
    num_rendered: Annotated[int, typer.Option(min=1, help="Rendered layouts.")] = 500,
    seeds: Annotated[int, typer.Option(min=1)] = 3,
    keep: Annotated[Path | None, typer.Option(help="Folder of a kept run.")] = None,
) -> None:
    """Make and run everything, the smallest share first."""
    for share in sorted(shares or [16, 8, 4, 1], reverse=True):
        project = (work / f"share_{share}").resolve()
        _prepare(project, preset, max(1, round(num_real / share)), root)
        _dvc(project, "train_transform", "train_ordering", "train_synthesis")
        unknown = _write_mapping(project, project / "unknown.yaml")
        for out, command in {
            "made": ["make", "--form", "coco"],
            "rendered": ["render", str(num_rendered), "--mapping", str(unknown)],
            "made_rendered": ["make", "--form", "coco", "--layouts", "rendered", "--variants", "1"],
        }.items():
            if not (project / out).is_dir():
                _sims(project, "dataset", *command, "-o", out)
        arms = [word for arm in _ARMS for word in ("--arm", arm)]
        print(_sims(project, "usefulness", "run", "-o", "usefulness", "--seeds", str(seeds), *arms), flush=True)
        if keep is not None:
            (keep / "usefulness").mkdir(parents=True, exist_ok=True)
            shutil.copyfile(project / "usefulness/figures.json", keep / f"usefulness/share_{share:02d}.json")


def _prepare(project: Path, preset: str, num_train: int, root: Path | None) -> None:
    """Clone the repository, unless that is done, and write the parameters of one share."""
    if project.is_dir():
        return
    new = project.with_name(f"{project.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.parent.mkdir(parents=True, exist_ok=True)
    run(Path(), ["git", "clone", "--quiet", str(ROOT), str(new)])
    _sims(new, "preset", "use", preset)
    yaml = YAML()
    content: Any = yaml.load(new / "params.yaml")
    source = content["prepare"]["source"]
    source["num_train" if source["dataset"] == "synthetic_street" else "max_train"] = num_train
    if root is not None:
        source["root"] = str(root.resolve())
    yaml.dump(content, new / "params.yaml")
    _sims(new, "params", "check")
    new.rename(project)


def _write_mapping(project: Path, path: Path) -> Path:
    """Let the renderer's categories of which a bank of few photos has no segment be void; return the file."""
    classes, known = read_classes(project / "data/scenes"), BankReader(project / "data/bank").categories
    pairs = map_categories(CANONICAL, classes, {}).pairs
    path.write_text("".join(f"{name}: null\n" for name, target in pairs if target not in known) or "{}\n")
    return path


def _dvc(project: Path, *stages: str) -> None:
    run(project, [sys.executable, "-m", "dvc", "repro", *stages])


def _sims(project: Path, *words: str) -> str:
    return run(project, [sys.executable, "-m", "sims_core.cli", *words])


if __name__ == "__main__":
    typer.run(main)
