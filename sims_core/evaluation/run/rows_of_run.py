"""The pipeline's own rows: synthesised photographs against real ones, simple rivals and trained rivals.

Scored alike are `real` (the oracle: the photos that the layouts were drawn from), `synthesized`, `canvas`
(the pasted segments before the synthesis network), the two simplest rivals, which need no training,
`inpainted` and `nearest_photo`, and the rivals that the parameters name. A row is a name and
a source of pictures, no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import Progress

from sims_core.base.errors import SimsError
from sims_core.base.parallel import progress_bar
from sims_core.evaluation.measures.provenance import ProvenanceCount
from sims_core.evaluation.measures.simple_rivals import INPAINTING_RULE, NEAREST_PHOTO_RULE, NearestPhotos, inpainted
from sims_core.evaluation.rows import REAL, ROWS, SHUFFLED
from sims_core.evaluation.scoring import SHUFFLED_RULE, Sample, shuffled_pairs
from sims_core.formats.canvases import Canvas, CanvasReader
from sims_core.formats.scenes import SceneReader
from sims_core.formats.synthesized import ImageReader
from sims_core.scenes.classes import VOID
from sims_core.scenes.scene import Scene

PRIMARY = "synthesized"
# Variant 0 takes the best candidate of every component; the others exist for diversity.
_VARIANT = 0


@dataclass(frozen=True)
class ValidationScene:
    """What a source may make a picture from: the scene and the canvas composed for its layout."""

    scene: Scene
    canvas: Canvas


@dataclass(frozen=True)
class Row:
    """A row of the evaluation: where its (H, W, 3) uint8 pictures come from, and what they are, for the protocol."""

    picture: Callable[[ValidationScene], NDArray[np.uint8]]
    rule: str


Rows = Mapping[str, Row]


def project_rows(scenes: SceneReader, synthesized: ImageReader, rivals: Mapping[str, Path]) -> dict[str, Row]:
    """Return the rows of a finished run.

    Args:
        scenes: Its scenes; all training layouts are read once.
        synthesized: The network's pictures.
        rivals: By name, the folders of the rivals' pictures, each a table in the form of data/synthesized.

    Raises:
        SimsError: A rival has the name of another row, or a validation layout has no picture.
    """
    ids = scenes.ids("val")
    with progress_bar() as progress:
        nearest = NearestPhotos(_training_labels(scenes, progress))
    rows = {
        REAL: Row(lambda found: found.scene.photo, "the photos that the layouts were drawn from"),
        PRIMARY: Row(_stored(synthesized, ids, "run stage 'synthesize' again"), "the network's pictures, variant 0"),
        "canvas": Row(
            lambda found: found.canvas.canvas,
            "the canvas as composed, black where nothing was pasted and white where content was elided",
        ),
        "inpainted": Row(lambda found: inpainted(found.canvas.canvas, found.canvas.known), INPAINTING_RULE),
        "nearest_photo": Row(
            lambda found: scenes.load(nearest.find(found.scene.labels)).photo,
            NEAREST_PHOTO_RULE,
        ),
    }
    for name, folder in sorted(rivals.items()):
        if name in rows or name == SHUFFLED:
            raise SimsError(folder, "the name of another row", expected="the name of a rival, such as crn")
        source = _stored(ImageReader(folder), ids, f"make the pictures of rival '{name}' again")
        rows[name] = Row(source, "a rival's pictures, variant 0")
    order = {row.name: position for position, row in enumerate(ROWS)}
    return dict(sorted(rows.items(), key=lambda item: (order.get(item[0], len(order)), item[0])))


def row_rules(rows: Rows) -> dict[str, str]:
    """Return what every row is, the floor among them, for the protocol."""
    return {**{name: row.rule for name, row in rows.items()}, SHUFFLED: SHUFFLED_RULE}


def project_samples(
    scenes: SceneReader,
    canvases: CanvasReader,
    rows: Rows,
    provenance: ProvenanceCount,
    seed: int,
    names: Sequence[str],
) -> Iterator[Sample]:
    """Yield validation layouts with the pictures of all rows, and count the provenance of its canvas.

    Args:
        scenes: Of the run.
        canvases: Of the run.
        rows: Where pictures come from.
        provenance: Counts every canvas that is read.
        seed: Of the shuffled layouts.
        names: Which layouts.

    Raises:
        SimsError: A validation layout has no canvas.
    """
    ids = scenes.ids("val")
    _check_complete(ids, set(canvases), "the canvases", "run stage 'compose' again")
    others = shuffled_pairs(ids, seed)
    for name in names:
        found = ValidationScene(scenes.load(name), canvases.load(name, _VARIANT))
        provenance.add(found.canvas)
        yield Sample(
            name=name,
            layout=found.scene.labels,
            other_layout=scenes.load(others[name]).labels if name in others else None,
            pictures={row: source.picture(found) for row, source in rows.items()},
        )


def num_labelled_px(scenes: SceneReader) -> int:
    """Return the number of pixels of the validation layouts that are not void."""
    return sum(int((scene.labels != VOID).sum()) for scene in scenes.scenes("val"))


def _stored(images: ImageReader, ids: Sequence[str], remedy: str) -> Callable[[ValidationScene], NDArray[np.uint8]]:
    """Return a source that takes pictures from a table, which must have one for every id."""
    _check_complete(ids, set(images), str(images.folder), remedy)
    return lambda found: images.load(found.scene.scene_id, _VARIANT)


def _training_labels(scenes: SceneReader, progress: Progress) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Yield id and label map of every training scene."""
    ids = scenes.ids("train")
    task = progress.add_task("read training layouts", total=len(ids), note="")
    for name in ids:
        yield name, scenes.load(name).labels
        progress.advance(task)


def _check_complete(ids: Sequence[str], made: AbstractSet[tuple[str, int]], place: str, remedy: str) -> None:
    missing = [name for name in ids if (name, _VARIANT) not in made]
    if missing:
        raise SimsError(
            f"validation layout '{missing[0]}'",
            f"has no picture among {place} ({len(missing)} such layouts)",
            remedy=remedy,
        )
