"""Layouts of many touching objects without instances: are they taken apart rightly, and what is the order worth there?

    python -m benchmarks.touching_objects                             # 80 rendered scenes
    python -m benchmarks.touching_objects --num-scenes 200 --margins 0.05 --margins 0.1

Needs a finished project of `synthetic_street`, whose class table the scenes are rendered in. The scenes are rendered by
a seed of their own, the project knows none of them; their instances are dropped and serve as truth.

Printed for `retrieve.split_margin` off and at each margin: precision and recall of instances, in all components of
object categories and in those of at least two instances. An instance is the part of a rendered object in a component,
above the minimum size; a found component is right when its IoU with one exceeds 0.5. Then how many components of a
single instance were cut, the mask IoU of the bank's best answers, and the figures of contested pixels
(docs/evaluation.md) on the half of the layouts with the most touching objects; true depth is that of the renderer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from sims_core.base.parallel import parallel_map
from sims_core.base.parameters import Parameters, load_parameters
from sims_core.composition.composer import ComposeConfig, Composer
from sims_core.composition.elision import ElisionConfig
from sims_core.composition.paste_order import Edge, edge_of
from sims_core.datasets.synthetic_street.render import render_scene
from sims_core.evaluation.run.contested import (
    DIFFERS,
    FIGURES,
    AskedLayout,
    Counts,
    count_contested,
    summarise_contested,
)
from sims_core.formats.matches import ComponentMatches
from sims_core.formats.scenes import SceneReader
from sims_core.retrieval.candidates import match_layouts
from sims_core.retrieval.search import RetrieveConfig
from sims_core.retrieval.touching import layout_of_scene
from sims_core.scenes.classes import Role
from sims_core.scenes.depth_maps import MetricDepth
from sims_core.scenes.scene import Scene
from sims_core.scenes.segmented_layout import SegmentedLayout, SegmentsConfig, is_large
from sims_core.simulation.depth_order import Margins, ordered_pairs
from sims_core.simulation.settings import SimulationConfig
from sims_core.synthesis.project import ComposerFiles, load_composer

_Mask = NDArray[np.bool_]
_SEED = 777


def main(
    project: Annotated[Path, typer.Option(help="Folder of a finished project.")] = Path(),
    num_scenes: Annotated[int, typer.Option(min=2, help="To render.")] = 80,
    margins: Annotated[
        list[float] | None, typer.Option(help="Of `retrieve.split_margin`; default the project's.")
    ] = None,
) -> None:
    """Render scenes, drop their instances, and measure."""
    parameters = load_parameters(project / "params.yaml")
    composer = _composer(project / "data", parameters)
    render = partial(_render, frame=SceneReader(project / "data" / "scenes").frame())
    scenes = list(parallel_map(render, range(num_scenes), "render scenes"))
    truth = [_true_instances(scene, composer) for scene in scenes]
    num_touching = [sum(len(found) - 1 for _, found in components) for components in truth]
    crowded = sorted(range(num_scenes), key=lambda index: (-num_touching[index], index))[: num_scenes // 2]
    typer.echo(f"{num_scenes} scenes, {num_touching[crowded[-1]]} or more contacts of objects in half of them")
    own = parameters.section("retrieve", RetrieveConfig).model_copy(update={"banned": ()})
    for margin in [None, own.split_margin] if margins is None else [None, *margins]:
        config = own.model_copy(update={"split_margin": margin})
        typer.echo(f"\nsplit_margin {margin}")
        layouts = [_layout(scene, composer, config) for scene in scenes]
        matches = match_layouts(layouts, composer.bank, composer.classes, config, composer.segments)
        _print_split(layouts, truth)
        _print_answers(layouts, matches, composer)
        margins_of_depth = parameters.section("simulation", SimulationConfig).margins
        asked = [
            AskedLayout(
                layouts[i], matches[layouts[i].name], _true_edges(layouts[i], scenes[i], composer, margins_of_depth)
            )
            for i in crowded
        ]
        _print_contested([count_contested(each, composer, parameters.seed) for each in asked], parameters.seed)


def _render(number: int, frame: tuple[int, int]) -> Scene:
    return render_scene(_SEED, f"touching_{number:03d}", "val", *frame)


def _composer(data: Path, parameters: Parameters) -> Composer:
    files = ComposerFiles(data / "scenes", data / "bank", data / "models" / "transform", data / "models" / "ordering")
    config = parameters.section("compose", ComposeConfig).model_copy(update={"order": "network"})
    segments, elision = parameters.section("segments", SegmentsConfig), parameters.section("elision", ElisionConfig)
    return load_composer(files, config, segments, elision)


def _layout(scene: Scene, composer: Composer, config: RetrieveConfig) -> SegmentedLayout:
    """Return the layout of a scene as if nobody had drawn its instances."""
    return layout_of_scene(replace(scene, instances=None), composer.bank, composer.classes, config, composer.segments)


def _true_instances(scene: Scene, composer: Composer) -> list[tuple[_Mask, list[_Mask]]]:
    """Return the components of object categories of a layout without instances, each with those in it."""
    assert scene.instances is not None
    layout = SegmentedLayout.of(scene.scene_id, scene.labels, composer.classes)
    objects = composer.classes.ids_with_role(Role.OBJECT)
    found = []
    for index in layout.large(composer.segments):
        if layout.segments[index].category in objects:
            component = layout.segments[index].full_mask(layout.shape)
            parts = [
                component & (scene.instances == number) for number in np.unique(scene.instances[component]) if number
            ]
            parts = [part for part in parts if is_large(int(part.sum()), layout.shape, composer.segments)]
            if parts:
                found.append((component, parts))
    return found


def _print_split(layouts: Sequence[SegmentedLayout], truth: Sequence[list[tuple[_Mask, list[_Mask]]]]) -> None:
    everywhere, touching = np.zeros(3, dtype=np.int64), np.zeros(3, dtype=np.int64)
    num_cut = num_cut_single = 0
    for layout, components in zip(layouts, truth, strict=True):
        for component, instances in components:
            category = layout.labels[component][0]
            masks = [s.full_mask(layout.shape) for s in layout.segments if s.category == category]
            pieces = [mask for mask in masks if (mask & component).any()]
            counts = _matched(pieces, instances)
            everywhere += counts
            touching += counts * (len(instances) > 1)
            num_cut += len(pieces) > 1
            num_cut_single += len(pieces) > 1 and len(instances) == 1
    for name, (num_right, num_found, num_true) in (("all components", everywhere), ("touching objects", touching)):
        precision, recall = num_right / num_found, num_right / num_true
        typer.echo(f"  {name}: precision {precision:.3f} of {num_found}, recall {recall:.3f} of {num_true}")
    typer.echo(f"  components cut: {num_cut}, of these with a single instance: {num_cut_single}")


def _matched(found: Sequence[_Mask], true: Sequence[_Mask]) -> NDArray[np.int64]:
    """Return how many found masks are right, how many there are, and how many true ones.

    An IoU above a half pairs a mask with at most one other (Kirillov et al., Panoptic Segmentation, 2019).
    """
    num_right = sum(any(2 * (a & b).sum() > (a | b).sum() for b in true) for a in found)
    return np.array([num_right, len(found), len(true)])


def _print_answers(
    layouts: Sequence[SegmentedLayout], matches: Mapping[str, Sequence[ComponentMatches]], composer: Composer
) -> None:
    objects = set(composer.classes.ids_with_role(Role.OBJECT))
    found = [match for layout in layouts for match in matches[layout.name] if match.segment_ids]
    answered = [match for match in found if match.category in objects]
    weights = [match.area_px for match in answered]
    mask, context = (
        np.average([getattr(match, name)[0] for match in answered], weights=weights)
        for name in ("mask_ious", "context_ious")
    )
    typer.echo(f"  best answers to {len(answered)} objects, by area: mask IoU {mask:.3f}, context IoU {context:.3f}")


def _true_edges(layout: SegmentedLayout, scene: Scene, composer: Composer, margins: Margins) -> list[Edge]:
    assert scene.depth_m is not None
    depth = MetricDepth(scene.depth_m, "sensor")
    pairs = ordered_pairs(layout.segments, layout.large(composer.segments), depth, composer.classes, margins)
    return [edge_of(pair.component_a, pair.component_b, float(pair.b_in_front)) for pair in pairs]


def _print_contested(counts: Sequence[Counts], seed: int) -> None:
    figures, intervals = summarise_contested(counts, 1000, seed)
    for figure in FIGURES:
        if figure in figures:
            shares = ", ".join(f"{order} {share:.4f}" for order, share in figures[figure].items())
            typer.echo(f"  {figure}, {figures['num_px'][figure]} px: {shares}")
            for pair, difference in intervals["differences"][figure].items():
                typer.echo(
                    f"    {pair} {difference['value']:+.4f} ({difference['low']:+.4f} to {difference['high']:+.4f})"
                )
    typer.echo(f"  {DIFFERS}: {figures[DIFFERS]}")


if __name__ == "__main__":
    typer.run(main)
