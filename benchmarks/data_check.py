"""Seconds of `sims data check` on generated photos and label maps.

    python -m benchmarks.data_check                                # 1,000 photos of 480 x 360

Writes blurred noise as JPEG photos and blocks of ids as PNG label maps into a temporary folder, and runs the command
on them in a process of its own, as a user would.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
import typer
from ruamel.yaml import YAML

from sims_core.base.presets import compose_preset
from sims_core.base.seeding import random_stream

NUM_CATEGORIES = 11
BLOCK_PX = 24
VAL_EVERY = 5


def main(
    num_photos: Annotated[int, typer.Option(help="Photos with a label map each.")] = 1000,
    height: Annotated[int, typer.Option(help="Of the photos, in pixels.")] = 360,
    width: Annotated[int, typer.Option(help="Of the photos, in pixels.")] = 480,
) -> None:
    """Measure one check."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        write_photos(root / "photos", num_photos, height, width)
        write_parameters(root, height, width)
        command = [sys.executable, "-m", "sims_core.cli", "data", "check", "--params", str(root / "params.yaml")]
        command += ["-o", str(root / "check.html")]
        start = time.perf_counter()
        result = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own files
        seconds = time.perf_counter() - start
    # Worker processes are counted too: `end_workers` ends them before the command ends.
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert f"{num_photos:,} photos, 0 faults, 0 warnings" in result.stdout, result.stdout
    print(f"{num_photos} photos of {width} x {height}")
    print(f"{seconds:.1f} s, {used.ru_utime + used.ru_stime:.1f} s of CPU")


def write_photos(root: Path, num_photos: int, height_px: int, width_px: int) -> None:
    """Write photos/*.jpg and labels/*.png."""
    for folder in ("photos", "labels"):
        (root / folder).mkdir(parents=True)
    for number in range(num_photos):
        stream = random_stream(0, "benchmark", number)
        noise = stream.integers(0, 256, (height_px // 8, width_px // 8, 3)).astype(np.uint8)
        photo = cv2.resize(noise, (width_px, height_px), interpolation=cv2.INTER_CUBIC)
        blocks = stream.integers(0, NUM_CATEGORIES, (height_px // BLOCK_PX, width_px // BLOCK_PX)).astype(np.uint8)
        labels = cv2.resize(blocks, (width_px, height_px), interpolation=cv2.INTER_NEAREST)
        cv2.imwrite(str(root / "photos" / f"{number:06d}.jpg"), photo)
        cv2.imwrite(str(root / "labels" / f"{number:06d}.png"), labels)
    table = [f"  - {{name: category_{n}, colour: [{20 + n}, 90, {n}], role: stuff}}\n" for n in range(NUM_CATEGORIES)]
    (root / "classes.yaml").write_text("categories:\n" + "".join(table))


def write_parameters(root: Path, height_px: int, width_px: int) -> None:
    """Write the tiny preset with the photos as its dataset."""
    yaml = YAML()
    content: Any = yaml.load(compose_preset(Path("presets/tiny.yaml")))
    source = {
        "dataset": "folder",
        "root": str(root / "photos"),
        "train_photos": "photos/*.jpg",
        "train_labels": "labels/*.png",
        "val_every": VAL_EVERY,
        "classes": "classes.yaml",
        "encoding": "ids",
        "licence": "none",
    }
    content["prepare"] = {"height_px": height_px, "width_px": width_px, "source": source}
    content["synthesis"]["resolutions"] = [height_px]
    with (root / "params.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(content, file)


if __name__ == "__main__":
    typer.run(main)
