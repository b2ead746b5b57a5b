"""Seconds, processor seconds and peak memory of a simulated and of a composed canvas, by height of the frame.

    python -m benchmarks.canvases                                   # rendered streets of 128, 256, 512 and 1024 rows
    python -m benchmarks.canvases --rows 1024 --min-area-fraction 0.0001   # more components take part
    python -m benchmarks.canvases --project ../demo                 # the scenes, bank and networks of a project

Each line is a process of its own with one worker. Rendered streets come with the parameters of presets/demo.yaml and
with untrained networks of its widths, which cost what trained ones do and move nothing. A canvas is counted with what
the stage does for it: simulate's with its share of the pairs, both with their PNG bytes. Compose does not search.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from torch import nn

from sims_core.bank.extract import ExtractBankConfig, write_bank
from sims_core.base.parameters import Parameters, load_parameters
from sims_core.base.presets import compose_preset
from sims_core.composition.composer import ComposeConfig
from sims_core.composition.elision import ElisionConfig
from sims_core.datasets.synthetic_street.render import render_scene
from sims_core.formats.canvases import canvas_row
from sims_core.formats.class_prior import CLASS_PRIOR, class_prior_content
from sims_core.formats.depth import write_depth_maps
from sims_core.formats.scenes import open_scenes, write_scenes
from sims_core.networks.ordering_net import OrderingNet
from sims_core.networks.saved import ModelCard
from sims_core.networks.transform_net import TransformNet
from sims_core.retrieval.candidates import match_layouts
from sims_core.retrieval.search import RetrieveConfig
from sims_core.scenes.depth_maps import MetricDepth
from sims_core.scenes.segmented_layout import SegmentedLayout, SegmentsConfig
from sims_core.scenes.street_categories import CANONICAL
from sims_core.simulation.settings import SimulationConfig
from sims_core.simulation.tables import Simulation, find_stencils, write_simulated
from sims_core.synthesis.project import ComposerFiles, load_composer
from sims_core.training.loop.save import build_network, save_model
from sims_core.training.settings.ordering import OrderingConfig
from sims_core.training.settings.transform import TransformConfig

PARTS = ("simulate", "compose")
ROWS = (128, 256, 512, 1024)
KIB_PER_MIB = 2**10


def main(
    project: Annotated[Path | None, typer.Option(help="Folder of a finished project.")] = None,
    rows: Annotated[list[int], typer.Option(help="Heights of rendered streets, twice as wide.")] = list(ROWS),  # noqa: B006
    num_photos: Annotated[int, typer.Option(min=2, help="Rendered for training; half as many layouts.")] = 8,
    min_area_fraction: Annotated[float | None, typer.Option(help="In place of segments.min_area_fraction.")] = None,
    part: Annotated[
        str | None, typer.Option(help="Measure `simulate` or `compose` of the project in this process.")
    ] = None,
) -> None:
    """Measure both kinds of canvases."""
    if project is not None and part is not None:
        parameters = load_parameters(project / "params.yaml")
        segments = parameters.section("segments", SegmentsConfig)
        if min_area_fraction is not None:
            segments = SegmentsConfig(min_area_fraction=min_area_fraction)
        print((simulate if part == "simulate" else compose)(project / "data", parameters, segments))
    elif project is not None:
        measure(project, min_area_fraction)
    else:
        for height_px in rows:
            with tempfile.TemporaryDirectory() as folder:
                print(f"{height_px} x {2 * height_px}, {num_photos} photos", flush=True)
                render_project(Path(folder), height_px, num_photos)
                measure(Path(folder), min_area_fraction)


def measure(project: Path, min_area_fraction: float | None) -> None:
    """Print the line of each part, made by processes of their own."""
    for part in PARTS:
        command = [sys.executable, "-m", "benchmarks.canvases", "--project", str(project), "--part", part]
        if min_area_fraction is not None:
            command += ["--min-area-fraction", str(min_area_fraction)]
        subprocess.run(command, check=True)  # noqa: S603 - this interpreter on our own files


def simulate(data: Path, parameters: Parameters, segments: SegmentsConfig) -> str:
    """Simulate all training photos, after a search that compiles what searches."""
    simulation = Simulation(
        scenes=data / "scenes",
        bank=data / "bank",
        depth=data / "depth",
        config=parameters.section("simulation", SimulationConfig),
        segments=segments,
        elision=parameters.section("elision", ElisionConfig),
        seed=parameters.seed,
    )
    find_stencils(open_scenes(simulation.scenes).ids("train")[:1], simulation)
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        made = write_simulated(Path(folder) / "simulated", simulation)
    return f"simulate: {clock.per_canvas(made['num_canvases'])}"


def compose(data: Path, parameters: Parameters, segments: SegmentsConfig) -> str:
    """Compose the variants of all validation layouts, after one canvas that warms up."""
    config = parameters.section("compose", ComposeConfig)
    models = data / "models"
    files = ComposerFiles(data / "scenes", data / "bank", models / "transform", models / "ordering")
    composer = load_composer(files, config, segments, parameters.section("elision", ElisionConfig))
    scenes = open_scenes(data / "scenes")
    layouts = [SegmentedLayout.of_scene(scenes.load(name), scenes.classes) for name in scenes.ids("val")]
    retrieve = parameters.section("retrieve", RetrieveConfig)
    matches = match_layouts(layouts, composer.bank, scenes.classes, retrieve, segments)
    next(composer.variants(layouts[0], matches[layouts[0].name], 1, parameters.seed))
    clock = Clock()
    num_layers = 0
    for layout in layouts:
        canvases = composer.variants(layout, matches[layout.name], config.num_variants, parameters.seed)
        for variant, canvas in enumerate(canvases):
            num_layers += len(canvas_row(layout.name, variant, canvas)["segment_ids"])
    num_canvases = len(layouts) * config.num_variants
    return f"compose: {clock.per_canvas(num_canvases)}, {num_layers / num_canvases:.0f} segments pasted"


class Clock:
    """Seconds and processor seconds from now on."""

    def __init__(self) -> None:
        self._start = time.perf_counter(), time.process_time()

    def per_canvas(self, num_canvases: int) -> str:
        """Return the times of one of so many canvases, and the process's peak memory."""
        seconds, processor_seconds = time.perf_counter() - self._start[0], time.process_time() - self._start[1]
        peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_PER_MIB
        return (
            f"{seconds / num_canvases:.3f} s, {processor_seconds / num_canvases:.3f} s of processor a canvas, "
            f"peak memory {peak_mib:.0f} MiB, {num_canvases} canvases"
        )


def render_project(folder: Path, height_px: int, num_photos: int) -> None:
    """Write what both stages read: scenes, depth, bank, networks and parameters."""
    text = compose_preset(Path(__file__).parents[1] / "presets" / "demo.yaml")
    (folder / "params.yaml").write_text(text)
    parameters = load_parameters(folder / "params.yaml")
    data = folder / "data"
    scenes = [
        render_scene(0, f"street-{index:03d}", "train" if index < num_photos else "val", height_px, 2 * height_px)
        for index in range(num_photos + num_photos // 2)
    ]
    write_scenes(data / "scenes", CANONICAL, scenes)
    depths = [(s.scene_id, MetricDepth(s.depth_m, "sensor")) for s in scenes if s.depth_m is not None]
    write_depth_maps(data / "depth", depths)
    write_bank(data / "bank", data / "scenes", parameters.section("extract_bank", ExtractBankConfig))
    counts = np.zeros((len(CANONICAL), len(CANONICAL)), dtype=np.int64)
    beside = {CLASS_PRIOR: class_prior_content(counts, CANONICAL)}
    transform = parameters.section("transform", TransformConfig)
    ordering = parameters.section("ordering", OrderingConfig)
    write_untrained(data, "transform", TransformNet, transform.base_channels, transform.window_px, {})
    write_untrained(data, "ordering", OrderingNet, ordering.base_channels, ordering.window_px, beside)


def write_untrained(
    data: Path,
    name: str,
    network_class: type[TransformNet] | type[OrderingNet],
    base_channels: int,
    window_px: int,
    beside: Mapping[str, Any],
) -> None:
    """Write a network of random weights."""
    arguments: dict[str, bool | int] = {"num_categories": len(CANONICAL), "base_channels": base_channels}
    network: nn.Module = build_network(network_class, arguments, 0, name)
    card = ModelCard(
        network=network_class.__name__,
        arguments=arguments,
        categories=CANONICAL,
        height_px=window_px,
        width_px=window_px,
        seed=0,
        num_steps=0,
        kept_step=0,
        num_parameters=sum(parameter.numel() for parameter in network.parameters()),
        final_losses={},
        validation_losses={},
        num_threads=2,
        settings={},
    )
    save_model(data / "models" / name, name, network, card, [data / "scenes"], beside)


if __name__ == "__main__":
    typer.run(main)
