"""Seconds and peak memory of `sims evaluate` on generated pictures.

    python -m benchmarks.evaluator                                 # 1,000 pairs of 256 x 256
    python -m benchmarks.evaluator --num-pictures 500 --height 512 --width 1024

Writes noise on blocks of colour, layouts and a segmenter with random weights of the demo's width into a temporary
folder, and runs the command on them in a process of its own, as a user would. The figures mean nothing.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from sims_core.base.files import write_json
from sims_core.base.pictures import write_png
from sims_core.base.seeding import random_stream
from sims_core.networks.saved import ModelCard
from sims_core.networks.unet import UNet
from sims_core.scenes.classes import Category, ClassTable, Role
from sims_core.training.loop.save import build_network, save_model

NUM_CATEGORIES = 19
BLOCK_PX = 16
KIB_PER_GIB = 2**20


def main(
    num_pictures: Annotated[int, typer.Option(help="Pairs of a picture and a photograph.")] = 1000,
    height: Annotated[int, typer.Option(help="Of the pictures, in pixels.")] = 256,
    width: Annotated[int, typer.Option(help="Of the pictures, in pixels.")] = 256,
    segmenter: Annotated[bool, typer.Option(help="Re-segmentation and kernel distance as well.")] = True,
) -> None:
    """Measure one evaluation."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        write_inputs(root, num_pictures, height, width)
        command = [
            sys.executable,
            "-m",
            "sims_core.cli",
            "evaluate",
            str(root / "pictures"),
            "-o",
            str(root / "out"),
        ]
        command += ["--layouts", str(root / "layouts"), "--real", str(root / "real")]
        command += ["--classes", str(root / "classes.json")]
        command += ["--segmenter", str(root / "segmenter")] if segmenter else []
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - this interpreter on our own files
        seconds = time.perf_counter() - start
        figures = json.loads((root / "out" / "figures.json").read_text())
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    peak_gib = used.ru_maxrss / KIB_PER_GIB
    cpu_seconds = used.ru_utime + used.ru_stime
    assert figures["protocol"]["num_images"] == num_pictures
    print(f"{num_pictures} pairs of {width} x {height}")
    print(f"{seconds:.0f} s, {cpu_seconds:.0f} s of CPU, peak memory {peak_gib:.2f} GiB")


def write_inputs(root: Path, num_pictures: int, height_px: int, width_px: int) -> None:
    """Write pictures, photographs, layouts, class table and segmenter."""
    colours = random_stream(0, "benchmark", "colours").permutation(np.arange(40, 40 + NUM_CATEGORIES) * 4)
    table = ClassTable(
        categories=tuple(
            Category(name=f"category {index}", colour=(int(colour), 90, index), role=Role.STUFF)
            for index, colour in enumerate(colours)
        )
    )
    write_json(root / "classes.json", table.model_dump(mode="json"))
    for number in range(num_pictures):
        stream = random_stream(0, "benchmark", number)
        blocks = stream.integers(0, NUM_CATEGORIES, (height_px // BLOCK_PX, width_px // BLOCK_PX)).astype(np.uint8)
        layout = blocks.repeat(BLOCK_PX, axis=0).repeat(BLOCK_PX, axis=1)
        write_png(root / "layouts" / f"{number:06d}.png", layout)
        for folder in ("pictures", "real"):
            noise = stream.integers(0, 40, (*layout.shape, 3)).astype(np.uint8)
            write_png(root / folder / f"{number:06d}.png", table.colourise(layout) // 2 + noise)
    arguments: dict[str, bool | int] = {
        "in_channels": 3,
        "out_channels": NUM_CATEGORIES,
        "base_channels": 12,
        "num_levels": 4,
    }
    card = ModelCard(
        network="UNet",
        arguments=arguments,
        categories=table,
        height_px=height_px,
        width_px=width_px,
        seed=0,
        num_steps=0,
        kept_step=0,
        num_parameters=0,
        final_losses={},
        validation_losses={},
        num_threads=2,
        settings={},
    )
    save_model(root / "segmenter", "segmenter", build_network(UNet, arguments, 0, "benchmark"), card)


if __name__ == "__main__":
    typer.run(main)
