"""Step time, peak memory and FLOP utilisation of training the synthesis network at the paper's width.

    python benchmarks/synthesis_training.py                                   # 256 x 512
    python benchmarks/synthesis_training.py --height 512 --height 1024 --precision bf16-mixed

Every row is measured in a process of its own: random canvases, the loss with a VGG-19 of full width, one photo a
step. FLOPs are those of the forward and backward pass without recomputation; the utilisation compares them with
what the same device does in a large matrix product at the same precision. Prints a Markdown table.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from itertools import product
from typing import Annotated, Any

import torch
import typer
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from sims_core.networks.blocks import recompute_activations
from sims_core.networks.synthesis_net import SynthesisNet
from sims_core.networks.vgg import VGG19
from sims_core.training.examples.batches import Batch
from sims_core.training.loop.launch import start_fabric
from sims_core.training.losses import PerceptualLoss
from sims_core.training.settings.synthesis import SynthesisConfig
from sims_core.training.settings.trainer import TrainerConfig
from sims_core.training.tasks.synthesis import SynthesisLoss

NUM_CATEGORIES = 19
COLUMNS = ("size", "precision", "recomputed", "seconds / step", "images / s", "peak GiB", "TFLOP / step", "utilisation")
GIB = 2**30


def main(
    height: Annotated[list[int] | None, typer.Option(help="Heights in pixels; the width is twice that.")] = None,
    precision: Annotated[list[str] | None, typer.Option(help="32-true, bf16-mixed or 16-mixed.")] = None,
    steps: Annotated[int, typer.Option(help="Timed steps per row, after one that is not timed.")] = 3,
    base_channels: Annotated[int, typer.Option(help="64 is the paper's width.")] = 64,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    threads: Annotated[int, typer.Option(help="CPU threads.")] = 2,
    one: Annotated[str, typer.Option(hidden=True, help="One row, as JSON; used by the benchmark itself.")] = "",
) -> None:
    """Measure every combination of height, precision and recomputation."""
    if one:
        print(json.dumps(measure(**json.loads(one))))
        return
    print(f"| {' | '.join(COLUMNS)} |")
    print(f"|{'--|' * len(COLUMNS)}")
    for height_px, name, recomputes in product(height or [256], precision or ["32-true", "bf16-mixed"], (False, True)):
        task = {
            "height_px": height_px,
            "precision": name,
            "recomputes": recomputes,
            "steps": steps,
            "base_channels": base_channels,
            "device": device,
            "threads": threads,
        }
        command = [sys.executable, __file__, "--one", json.dumps(task)]
        row = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603
        print(f"| {' | '.join(row)} |", flush=True)


def measure(
    *, height_px: int, precision: str, recomputes: bool, steps: int, base_channels: int, device: str, threads: int
) -> list[str]:
    """Return the cells of one row."""
    torch.set_num_threads(threads)
    trainer = TrainerConfig.model_validate(
        {
            "device": device,
            "precision": precision,
            "num_threads": threads,
            "num_loader_workers": 0,
            "num_portions": 1,
            "recompute_activations": recomputes,
            "num_validation_scenes": 0,
            "keep": "last",
            "log_every_steps": 1,
            "checkpoint_every_steps": 1,
        }
    )
    fabric = start_fabric(trainer)
    baseline = _peak_bytes(fabric.device)
    scale = max(1, height_px // 256)
    tflop = count_flop(height_px, scale, base_channels) / 1e12
    torch.manual_seed(0)
    network: nn.Module = SynthesisNet(NUM_CATEGORIES, base_channels, output_scale=scale)  # type: ignore[arg-type]
    loss = SynthesisLoss(loss_settings(height_px, base_channels), PerceptualLoss(VGG19(base_channels)), NUM_CATEGORIES)
    if recomputes:
        recompute_activations(network)
        recompute_activations(loss.perceptual.network)
    model, optimizer = fabric.setup(network, torch.optim.Adam(network.parameters(), lr=1e-4))
    batch = fabric.to_device(example_batch(height_px, "cpu"))
    times = []
    for _ in range(steps + 1):
        started = time.perf_counter()
        with fabric.autocast():
            total = torch.stack(list(loss(model, batch).values())).sum()
        optimizer.zero_grad()
        fabric.backward(total)
        optimizer.step()
        total.item()
        times.append(time.perf_counter() - started)
    seconds = statistics.median(times[1:])
    rate = tflop / seconds / matrix_rate(fabric.device, precision)
    return [
        f"{height_px} x {2 * height_px}",
        precision,
        "yes" if recomputes else "no",
        f"{seconds:.3g}",
        f"{1 / seconds:.3g}",
        f"{(_peak_bytes(fabric.device) - baseline) / GIB:.2f}",
        f"{tflop:.2f}",
        f"{rate:.0%}",
    ]


def count_flop(height_px: int, scale: int, base_channels: int) -> float:
    """Return the FLOPs of one step without recomputation, counted without computing anything."""
    with torch.device("meta"):
        network = SynthesisNet(NUM_CATEGORIES, base_channels, output_scale=scale)  # type: ignore[arg-type]
        perceptual = PerceptualLoss(VGG19(base_channels))
        loss = SynthesisLoss(loss_settings(height_px, base_channels), perceptual, NUM_CATEGORIES)
        with FlopCounterMode(display=False) as counter:
            torch.stack(list(loss(network, example_batch(height_px, "meta")).values())).sum().backward()  # type: ignore[no-untyped-call]
    return float(counter.get_total_flops())


def matrix_rate(device: torch.device, precision: str) -> float:
    """Return the TFLOP/s of a large matrix product."""
    dtype = {"32-true": torch.float32, "bf16-mixed": torch.bfloat16, "16-mixed": torch.float16}[precision]
    size = 8192 if device.type == "cuda" else 2048
    left, right = torch.randn(2, size, size, device=device).to(dtype)
    best = 0.0
    for _ in range(5):
        started = time.perf_counter()
        (left @ right)[0, 0].item()
        best = max(best, 2 * size**3 / (time.perf_counter() - started) / 1e12)
    return best


def loss_settings(height_px: int, base_channels: int) -> SynthesisConfig:
    """Return the section of a training at one resolution, with the reference's weights of the loss."""
    return SynthesisConfig(
        num_steps=1,
        batch_size=1,
        lr=1e-4,
        schedule="constant",
        warmup_steps=0,
        clip_norm=1.0,
        ema_decay=0.0,
        base_channels=base_channels,
        resolutions=(height_px,),
        encoder="released",
        encoder_weights="random",
        adds_canvas=False,
        sees_canvas=True,
        canvases="stored",
        pixel_weight=1.0,
        perceptual_weight=1.0,
        semantic_weight=10.0,
    )


def example_batch(height_px: int, device: str) -> Batch:
    """One example of random pixels; its random seed is fixed by the caller."""
    size: Any = (1, height_px, 2 * height_px)
    labels = torch.randint(0, NUM_CATEGORIES, size, device=device).to(torch.uint8)
    return {
        "canvas": torch.randint(0, 256, (*size, 3), device=device).to(torch.uint8),
        "known": labels > 3,
        "layout": labels,
        "photo": torch.randint(0, 256, (*size, 3), device=device).to(torch.uint8),
        "labels": labels,
    }


def _peak_bytes(device: torch.device) -> int:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    typer.run(main)
