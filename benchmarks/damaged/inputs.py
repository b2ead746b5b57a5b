"""A finished tiny project -> the folder that every case gets a copy of: the project with inputs of all commands."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from ruamel.yaml import YAML

from sims_core.base.presets import compose_preset
from sims_core.formats.scenes import SceneReader
from sims_core.scenes.scene import Scene
from sims_core.synthesis.pack import pack_project
from tests.support import official_forms

PARTS = (
    "data",
    "metrics",
    "presets",
    "stages",
    "sims_core",
    "params.yaml",
    "dvc.yaml",
    ".dvc/config",
    "docs/pipeline.md",
)
FOLDER_SOURCE = {
    "dataset": "folder",
    "root": "photos",
    "train_photos": "images/*.png",
    "train_labels": "masks/*.png",
    "train_list": "train.txt",
    "val_list": "val.txt",
    "classes": "classes.yaml",
    "encoding": "ids",
    "licence": "none",
}
OFFICIAL_SOURCES: dict[str, dict[str, Any]] = {
    "cityscapes": {"dataset": "cityscapes", "annotation": "fine", "depth": "disparity", "root": "cityscapes"},
    "coco_stuff": {"dataset": "coco_stuff", "instances": True, "root": "coco_stuff"},
    "ade20k": {"dataset": "ade20k", "subset": "outdoor", "root": "ade20k"},
    "gta5": {"dataset": "gta5", "root": "gta5"},
}
# Where `sims weights fetch` would put the file of 575 MB.
IMAGENET = "data/raw/vgg19-dcbb9e9d.pth"


def make_template(project: Path, template: Path) -> None:
    """Copy a finished project and put beside it what commands take: layouts, tables, datasets, folders, a zip.

    Args:
        project: A checkout in which `dvc repro` has finished the tiny preset.
        template: The folder to make.
    """
    for name in PARTS:
        (template / name).parent.mkdir(parents=True, exist_ok=True)
        if (project / name).is_dir():
            shutil.copytree(project / name, template / name, ignore=shutil.ignore_patterns("__pycache__", ".gitignore"))
        else:
            shutil.copyfile(project / name, template / name)
    reader = SceneReader(template / "data/scenes")
    train, val = list(reader.scenes("train")), list(reader.scenes("val"))
    table = {"categories": [category.model_dump(mode="json") for category in reader.classes.categories]}
    _write_layouts(template, val, reader.classes.palette, table)
    _write_photos(template, [*train[:6], *val[:2]], table)
    _write_official(template, [*train[:6], *val[:2]])
    _write_pictures(template, val)
    pack_project(template, template / "project.zip")
    _keep_figures(template)


def _save(path: Path, picture: NDArray[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path)


def _dump(path: Path, content: Any) -> None:
    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump(content, file)


def _write_layouts(template: Path, val: list[Scene], palette: NDArray[np.uint8], table: dict[str, Any]) -> None:
    _save(template / "layout.png", val[0].labels)
    _save(template / "painted.png", palette[val[0].labels])
    for scene in val[:2]:
        _save(template / "layouts" / f"{scene.scene_id}.png", scene.labels)
    _dump(template / "theirs.yaml", table)
    (template / "theirs.json").write_text(json.dumps(table))
    _dump(template / "names.yaml", {"car": "truck", "pole": None})


def _write_photos(template: Path, scenes: list[Scene], table: dict[str, Any]) -> None:
    """Write a dataset of one's own, and its parameters as folder.yaml."""
    for number, scene in enumerate(scenes):
        _save(template / f"photos/images/{number:02d}.png", scene.photo)
        _save(template / f"photos/masks/{number:02d}.png", scene.labels)
    _dump(template / "photos/classes.yaml", table)
    names = [f"{number:02d}\n" for number in range(len(scenes))]
    (template / "photos/train.txt").write_text("".join(names[:-2]))
    (template / "photos/val.txt").write_text("".join(names[-2:]))
    write_parameters(template, "folder.yaml", {"prepare.source": FOLDER_SOURCE})


def _write_official(template: Path, scenes: list[Scene]) -> None:
    official_forms.write_cityscapes(template / "cityscapes", scenes)
    official_forms.write_coco_stuff(template / "coco_stuff", scenes)
    official_forms.write_ade20k(template / "ade20k", scenes)
    official_forms.write_gta5(template / "gta5", scenes)
    for name, source in OFFICIAL_SOURCES.items():
        write_parameters(template, f"{name}.yaml", {"prepare.source": source})


def _write_pictures(template: Path, val: list[Scene]) -> None:
    for scene in val:
        _save(template / f"evaluated/ours/{scene.scene_id}.png", scene.photo[:, ::-1])
        _save(template / f"evaluated/real/{scene.scene_id}.png", scene.photo)
        _save(template / f"evaluated/layouts/{scene.scene_id}.png", scene.labels)


def _keep_figures(template: Path) -> None:
    """Keep the figures as a run, and commit them, so that they can be compared with a revision."""
    kept = template / "docs/figures/tiny"
    shutil.copytree(template / "metrics/figures", kept)
    shutil.copytree(template / "metrics/cost", kept / "cost")
    figures = template / "metrics/figures/synthesis.json"
    whole = figures.read_bytes()
    _git(template, "init", "-q", "-b", "whole")
    for branch, content in {
        "whole": whole,
        "torn": whole[:200],
        "latin": b'{"a": "\xe9"}',
        "deep": b"[" * 200_000,
    }.items():
        _git(template, "checkout", "-q", "-B", branch)
        figures.write_bytes(content)
        _git(template, "add", "metrics")
        _git(template, "-c", "user.name=x", "-c", "user.email=x@x", "commit", "-q", "--allow-empty", "-m", branch)
    _git(template, "checkout", "-q", "whole")
    # A change, so that there is a difference to show.
    figures.write_bytes(whole.replace(b": 0.", b": 1.", 1))


def _git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True)  # noqa: S603, S607 - fixed words


def write_parameters(template: Path, name: str, changes: dict[str, Any]) -> None:
    """Write the tiny preset, complete, with other values at some dotted keys."""
    yaml = YAML()
    content = yaml.load(compose_preset(template / "presets/tiny.yaml"))
    for key, value in changes.items():
        *sections, last = key.split(".")
        place = content
        for section in sections:
            place = place[section]
        place[last] = value
    with (template / name).open("w", encoding="utf-8") as file:
        yaml.dump(content, file)
