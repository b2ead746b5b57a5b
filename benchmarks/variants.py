"""How different the variants of a layout are, and whether each keeps to the layout as well as the first.

    python -m benchmarks.variants                                  # six variants of five validation layouts
    python -m benchmarks.variants --project ../camvid --num-layouts 20

Needs a project that `dvc repro` has finished. Printed of each layout: the share of the components with more than one
photo among their candidates that show another photo than in the first variant, over the further variants; the mean
perceptual distance of two variants; and the pixels that are as asked, of the first variant and of the worst and best
further one relative to it: by the layout that the canvas realises, and by what the project's segmenter sees in the
picture, which is noisy for a single one. In the end the same over all layouts, variant by variant.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from sims_core.evaluation.instruments.pipeline_segmenter import PipelineSegmenter
from sims_core.evaluation.measures.diversity import Diversity
from sims_core.formats.bank import photo_of
from sims_core.formats.scenes import SceneReader
from sims_core.networks.perceptual import load_perceptual
from sims_core.scenes.classes import VOID
from sims_core.synthesis.synthesizer import RetrievedLayout, SynthesisResult, Synthesizer


@dataclass(frozen=True)
class Measured:
    """One layout: components that could change and did, over the further variants, and (variants,) pixels as asked.

    `realised` counts them on the canvases, `seen` in the pictures.
    """

    num_able: int
    num_changed: int
    num_pixels: int
    realised: NDArray[np.int64]
    seen: NDArray[np.int64]


def main(
    project: Annotated[Path, typer.Option(help="Folder of a finished project.")] = Path(),
    num_layouts: Annotated[int, typer.Option(min=1, help="The first of the validation layouts.")] = 5,
    num_variants: Annotated[int, typer.Option(min=2, help="Of each layout.")] = 6,
) -> None:
    """Make variants and compare them."""
    scenes = SceneReader(project / "data" / "scenes")
    synthesizer = Synthesizer(project)
    segmenter = PipelineSegmenter(project / "data" / "models" / "segmenter", scenes.classes)
    network, card = load_perceptual(project / "data" / "models" / "perceptual")
    diversity = Diversity(network, len(scenes.classes))
    measured = []
    for scene_id in scenes.ids("val")[:num_layouts]:
        labels = scenes.load(scene_id).labels
        retrieved = synthesizer.retrieve(labels, scene_id)
        results = list(synthesizer.variants(retrieved, num_variants))
        pictures = np.stack([result.photo for result in results])
        diversity.add(scene_id, labels, list(pictures))
        found = measure(retrieved, results, labels, segmenter(pictures).labels)
        measured.append(found)
        print(f"{scene_id}: {report(found)}, distance {diversity.per_layout[scene_id]:.3f}")
    together = Measured(
        sum(found.num_able for found in measured),
        sum(found.num_changed for found in measured),
        sum(found.num_pixels for found in measured),
        np.sum([found.realised for found in measured], axis=0),
        np.sum([found.seen for found in measured], axis=0),
    )
    print(f"all {len(measured)}: {report(together)}, distance {diversity.mean():.3f} ({card.notes['weights']})")
    print("variant by variant, seen: " + ", ".join(f"{share:.3f}" for share in together.seen / together.num_pixels))


def measure(
    retrieved: RetrievedLayout, results: list[SynthesisResult], labels: NDArray[np.uint8], found: NDArray[np.int64]
) -> Measured:
    """Count what changed, and which pixels of (variants, H, W) labels `found` are those of (H, W) `labels`."""
    able = {
        match.component for match in retrieved.matches if len({photo_of(segment) for segment in match.segment_ids}) > 1
    }
    # The last segment of a component is the one on top.
    shown = [dict(zip(made.canvas.components, made.canvas.photo_ids, strict=True)) for made in results]
    changed = sum(shown[0][component] != other[component] for other in shown[1:] for component in able)
    counted = labels != VOID
    implied = np.stack([made.canvas.implied_layout for made in results])
    realised, seen = (((made == labels) & counted).sum(axis=(1, 2)) for made in (implied, found))
    return Measured(len(able) * (len(shown) - 1), changed, int(counted.sum()), realised, seen)


def report(found: Measured) -> str:
    """Return the figures of one layout, or of all together."""
    texts = [f"{found.num_changed / max(found.num_able, 1):.0%} of {found.num_able} changed"]
    for name, agreeing in (("realised", found.realised), ("seen", found.seen)):
        further = agreeing[1:] / agreeing[0] - 1
        texts.append(f"{name} {agreeing[0] / found.num_pixels:.3f} ({further.min():+.1%} to {further.max():+.1%})")
    return ", ".join(texts)


if __name__ == "__main__":
    typer.run(main)
