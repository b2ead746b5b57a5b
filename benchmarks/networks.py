"""How long the synthesis network takes on a CPU: beside SPADE's generator, and beside convolutions by definition.

    python -m benchmarks.networks                            # 128 x 256 and 256 x 512, full width
    python -m benchmarks.networks --project PROJECT          # and layouts of a finished project to photographs

What is compared runs in turn, so that a change of the machine's speed meets all of it. "By definition" is torch's flag
for NNPACK turned off: the same weights, every convolution by oneDNN, as in SPADE's public code. SPADE is the rival's
generator at the sizes of the public code. Prints Markdown tables; ratios are to the first row.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated

import torch
import typer
from torch import Tensor, nn
from torch.backends import nnpack

from benchmarks.synthesis_training import NUM_CATEGORIES, example_batch, loss_settings
from sims_core.formats.scenes import SceneReader
from sims_core.networks.blocks import num_parameters
from sims_core.networks.spade import SpadeGenerator
from sims_core.networks.synthesis_net import SynthesisNet
from sims_core.networks.tensors import mask_plane, one_hot, photo_planes
from sims_core.networks.trained.synthesis import SynthesisPredictor
from sims_core.networks.vgg import VGG19
from sims_core.synthesis.synthesizer import Synthesizer
from sims_core.training.losses import PerceptualLoss
from sims_core.training.tasks.synthesis import SynthesisLoss

# As many planes as the public code has for Cityscapes: 35 categories and the outlines of instances.
SPADE_CATEGORIES = 35
COLUMNS = (
    "seconds, median",
    "min",
    "processor seconds, median",
    "min",
    "ratio of medians",
    "ratio, processor",
)


def main(
    height: Annotated[list[int] | None, typer.Option(help="Heights in pixels; the width is twice that.")] = None,
    repeats: Annotated[int, typer.Option(help="Rounds of every comparison, after one that is not timed.")] = 3,
    base_channels: Annotated[int, typer.Option(help="64 is the paper's width, of both.")] = 64,
    threads: Annotated[int, typer.Option(help="CPU threads.")] = 2,
    project: Annotated[Path | None, typer.Option(help="A finished project, for layouts to photographs.")] = None,
) -> None:
    """Measure inference and training steps at every height, and layouts to photographs."""
    torch.set_num_threads(threads)
    for height_px in height or [128, 256]:
        _print(f"Inference, {height_px} x {2 * height_px}", compare(inference(height_px, base_channels), repeats))
        _print(f"Training step, {height_px} x {2 * height_px}", compare(training(height_px, base_channels), repeats))
    if project is not None:
        _print(f"{project.name}", compare(end_to_end(project), repeats))


def inference(height_px: int, base_channels: int) -> dict[str, Callable[[], object]]:
    """Return both networks, each with and without Winograd, and say how far the photograph moves."""
    torch.manual_seed(0)
    sims = SynthesisNet(NUM_CATEGORIES, base_channels).eval()
    spade = SpadeGenerator(SPADE_CATEGORIES, base_channels).eval()
    batch = example_batch(height_px, "cpu")
    layout = batch["layout"]
    inputs = photo_planes(batch["canvas"]), mask_plane(batch["known"]), one_hot(layout, NUM_CATEGORIES)
    with torch.inference_mode():
        made = sims(*inputs).image
        with nnpack.flags(enabled=False):
            moved = (sims(*inputs).image - made).abs().max().item()
    print(
        f"\nSIMS {num_parameters(sims) / 1e6:.1f} M parameters, SPADE {num_parameters(spade) / 1e6:.1f} M; "
        f"SIMS's pixels (0 to 1) differ from those by definition by at most {moved:.1e}."
    )
    return _with_and_without(
        {
            "SPADE": partial(_infer, spade, one_hot(layout, SPADE_CATEGORIES)),
            "SIMS": partial(_infer, sims, *inputs),
        }
    )


def training(height_px: int, base_channels: int) -> dict[str, Callable[[], object]]:
    """Return a step of the synthesis network without the optimiser, with a VGG-19 of the same width in the loss."""
    torch.manual_seed(0)
    network, perceptual = SynthesisNet(NUM_CATEGORIES, base_channels), PerceptualLoss(VGG19(base_channels))
    loss = SynthesisLoss(loss_settings(height_px, base_channels), perceptual, NUM_CATEGORIES)
    batch = example_batch(height_px, "cpu")

    def step() -> None:
        network.zero_grad()
        torch.stack(list(loss(network, batch).values())).sum().backward()  # type: ignore[no-untyped-call]

    return _with_and_without({"SIMS": step})


def end_to_end(project: Path) -> dict[str, Callable[[], object]]:
    """Return the way of a project's first unseen layout to a photograph, and its last step, the network's."""
    scenes = SceneReader(project / "data" / "scenes")
    layout = scenes.load(scenes.ids("val")[0]).labels
    synthesizer = Synthesizer(project)
    predictor = SynthesisPredictor(project / "data" / "models" / "synthesis")
    canvas = synthesizer.synthesize(layout).canvas
    return _with_and_without(
        {
            "layout to photograph": partial(synthesizer.synthesize, layout),
            "its network": partial(predictor.synthesize, canvas.canvas, canvas.known, layout),
        }
    )


def compare(functions: Mapping[str, Callable[[], object]], repeats: int) -> list[list[str]]:
    """Call all functions in turn, and return a row of cells for each."""
    wall: dict[str, list[float]] = {name: [] for name in functions}
    processor: dict[str, list[float]] = {name: [] for name in functions}
    for number in range(repeats + 1):
        for name, function in functions.items():
            started, used = time.perf_counter(), time.process_time()
            function()
            if number > 0:
                wall[name].append(time.perf_counter() - started)
                processor[name].append(time.process_time() - used)
    rows = []
    for name in functions:
        seconds = [summary(times[name]) for times in (wall, processor) for summary in (statistics.median, min)]
        # The first one is what the others are compared with.
        ratios = [
            seconds[place] / summary(times[next(iter(functions))])
            for place, summary, times in ((0, statistics.median, wall), (2, statistics.median, processor))
        ]
        rows.append([name, *(f"{value:.3g}" for value in seconds), *(f"{ratio:.2f}" for ratio in ratios)])
    return rows


def _with_and_without(functions: Mapping[str, Callable[[], object]]) -> dict[str, Callable[[], object]]:
    """Return every function by definition and as it is."""
    variants: dict[str, Callable[[], object]] = {}
    for name, function in functions.items():
        variants[f"{name}, by definition"] = partial(_by_definition, function)
        variants[name] = function
    return variants


def _by_definition(function: Callable[[], object]) -> None:
    with nnpack.flags(enabled=False):
        function()


def _infer(network: nn.Module, *inputs: Tensor) -> None:
    with torch.inference_mode():
        network(*inputs)


def _print(title: str, rows: list[list[str]]) -> None:
    print(f"\n| {' | '.join([title, *COLUMNS])} |\n|{'--|' * (len(COLUMNS) + 1)}")
    for row in rows:
        print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    typer.run(main)
