"""The commands and stages that read something, each with the files that it reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ruamel.yaml import YAML

from benchmarks.damaged.sandbox import Command
from sims_core.networks.baselines import Baseline

_MADE = ("data/scenes/artifact.json", "data/scenes/classes.json", "params.yaml")
_NETWORKS = tuple(
    f"data/models/{name}/{file}"
    for name in ("transform", "ordering", "synthesis")
    for file in ("artifact.json", "card.json", "weights.safetensors")
)
_PRIOR = "data/models/ordering/class_prior.json"
_BANK = ("data/bank/artifact.json", "data/bank/manifest.json", "data/bank/category=*/*.parquet")
_OF_PROJECT = (*_MADE, *_NETWORKS, _PRIOR, *_BANK)
_DATASET = ("folder.yaml", "photos/classes.yaml", "photos/*.txt", "photos/images/*.png", "photos/masks/*.png")
_PICTURES = ("evaluated/ours/*.png", "evaluated/real/*.png", "evaluated/layouts/*.png")
SCORE = (
    *("sims", "evaluate", "evaluated/ours", "--layouts", "evaluated/layouts", "--real", "evaluated/real"),
    *("-o", "scores", "--subset-size", "2", "--num-subsets", "2", "--num-resamples", "100"),
)
SYNTHESIZE = ("sims", "synthesize", "layout.png", "-o", "out/street.png")

COMMANDS = (
    Command("synthesize", SYNTHESIZE, ("layout.png", *_OF_PROJECT)),
    Command("synthesize painted", ("sims", "synthesize", "painted.png", "-o", "out/street.png"), ("painted.png",)),
    Command("synthesize folder", ("sims", "synthesize", "layouts", "-o", "out"), ("layouts/*.png",)),
    Command(
        "synthesize theirs",
        (*SYNTHESIZE, "--layout-classes", "theirs.yaml", "--mapping", "names.yaml"),
        ("theirs.yaml", "names.yaml"),
    ),
    Command("synthesize theirs, JSON", (*SYNTHESIZE, "--layout-classes", "theirs.json"), ("theirs.json",)),
    Command("synthesize coarse", (*SYNTHESIZE, "--coarse"), ("data/models/layout/*",)),
    Command("synthesize zip", (*SYNTHESIZE, "--project", "project.zip"), ("project.zip",)),
    Command(
        "layout refine",
        ("sims", "layout", "refine", "layout.png", "-o", "dense.png"),
        ("layout.png", "data/models/layout/*"),
    ),
    Command(
        "layout translate",
        ("sims", "layout", "translate", "layouts", "--from", "theirs.yaml", "--mapping", "names.yaml", "-o", "mine"),
        ("layouts/*.png", "theirs.yaml", "names.yaml", "data/scenes/classes.json", "data/scenes/train-*.parquet"),
    ),
    Command(
        "data check",
        ("sims", "data", "check", "--params", "folder.yaml", "-o", "check.html"),
        _DATASET,
        report="check.html",
    ),
    Command("data init", ("sims", "data", "init", "photos"), (*_DATASET[1:], "presets/demo.yaml", "params.yaml")),
    Command("bank show", ("sims", "bank", "show", "-o", "bank.png"), _BANK),
    Command(
        "scenes show",
        ("sims", "scenes", "show", "-o", "scenes.png"),
        ("data/scenes/*.json", "data/scenes/val-*.parquet"),
    ),
    Command(
        "scenes export",
        ("sims", "scenes", "export", "--coarse", "-o", "val"),
        ("data/scenes/*.json", "data/scenes/val-*.parquet", "params.yaml"),
    ),
    Command(
        "results show",
        ("sims", "results", "show", "-o", "results.png"),
        ("data/scenes/val-*.parquet", "data/canvases/*.parquet", "data/synthesized/*.parquet"),
    ),
    Command("results keep", ("sims", "results", "keep", "mine"), ("metrics/figures/synthesis*.json",)),
    Command(
        "results page",
        ("sims", "results", "page", "-o", "page.md"),
        ("docs/figures/tiny/*.json", "docs/figures/tiny/cost/*.json"),
    ),
    Command(
        "results compare",
        ("sims", "results", "compare", "docs/figures/tiny/synthesis.json", "metrics/figures/synthesis.json"),
        ("docs/figures/tiny/synthesis.json", "metrics/figures/synthesis_intervals.json"),
    ),
    Command("results diff", ("sims", "results", "diff"), ("metrics/figures/*.json", "metrics/cost/*.json")),
    Command(
        "evaluate",
        (*SCORE, "--segmenter", "data/models/segmenter"),
        (*_PICTURES, "data/models/segmenter/*", "data/scenes/classes.json"),
    ),
    Command("evaluate tables", (*SCORE, "--classes", "theirs.yaml"), ("theirs.yaml", *_PICTURES)),
    Command("project pack", ("sims", "project", "pack", "-o", "mine.zip"), _OF_PROJECT),
    Command("params check", ("sims", "params", "check"), ("params.yaml",)),
    Command("preset use", ("sims", "preset", "use", "tiny"), ("presets/tiny.yaml", "presets/demo.yaml")),
    Command("pipeline check", ("sims", "pipeline", "check"), ("dvc.yaml", "docs/pipeline.md", "stages/compose.py")),
    Command("pipeline write", ("sims", "pipeline", "write"), ("dvc.yaml", "docs/pipeline.md", "stages/compose.py")),
    Command("prepare folder", ("stages.prepare", "--params", "folder.yaml"), _DATASET),
)
_OFFICIAL_FILES = {
    "cityscapes": ("camera/*/*/*.json", "disparity/*/*/*.png", "gtFine/*/*/*_labelIds.png", "leftImg8bit/*/*/*.png"),
    "coco_stuff": ("annotations/*.json", "annotations/*/*.png"),
    "ade20k": ("sceneCategories.txt", "annotations/*/*.png"),
    "gta5": ("split.mat", "labels/*.png"),
}
OFFICIAL = tuple(
    Command(
        f"prepare {name}", ("stages.prepare", "--params", f"{name}.yaml"), tuple(f"{name}/{group}" for group in groups)
    )
    for name, groups in _OFFICIAL_FILES.items()
)


def stage_commands(template: Path) -> Iterator[Command]:
    """Yield each stage of dvc.yaml with the artifacts that it reads, a group per kind of file and folder."""
    stages = YAML(typ="safe", pure=True).load((template / "dvc.yaml").read_text())["stages"]
    for name, stage in stages.items():
        for value in Baseline if "matrix" in stage else [""]:
            groups = ["params.yaml"]
            for dep in stage["deps"]:
                if dep.startswith("data/"):
                    groups += sorted(_groups(template, dep.replace("${item.baseline}", value)))
            words = (f"stages.{name}", *([value] if value else []), "--params", "params.yaml")
            yield Command(f"stage {name}" + f" {value}" * bool(value), words, tuple(groups))


def _groups(template: Path, dep: str) -> set[str]:
    """Return a pattern for each folder and type of file below a dependency; files of one type in a folder are alike."""
    files = [path for path in (template / dep).rglob("*") if path.is_file()]
    found = {str(path.parent.relative_to(template) / f"*{path.suffix}") for path in files}
    # A partition stands for all, so does a term for all curves of a training.
    shortened = {"category=": "data/bank/*/*.parquet", "/plots/metrics/": f"{dep}/plots/metrics/*/*.tsv"}
    return {next((short for part, short in shortened.items() if part in group), group) for group in found}
