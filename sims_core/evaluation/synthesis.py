"""Synthesised photographs against real ones and against the asked layouts: metrics/synthesis.json.

Five rows are scored alike: `real` (the oracle: the photos that the layouts were drawn from),
`synthesized`, `canvas` (the pasted segments before the synthesis network), and the two simplest rivals,
which need no training: `inpainted` and `nearest_photo`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.progress import Progress

from sims_core.classes import VOID
from sims_core.errors import SimsError
from sims_core.evaluation.kernel_distance import KERNEL_RULE, kernel_distance
from sims_core.evaluation.provenance import ProvenanceCount
from sims_core.evaluation.rows import ROWS
from sims_core.evaluation.scoring import PictureSet, Segmenter
from sims_core.evaluation.segmentation import IGNORE_RULE, MEAN_RULE, category_ious, mean_iou, pixel_accuracy
from sims_core.evaluation.settings import EvaluateConfig
from sims_core.evaluation.simple_rivals import INPAINTING_RULE, NEAREST_PHOTO_RULE, NearestPhotos, inpainted
from sims_core.evaluation.spectrum import SPECTRUM_RULE, spectrum_distance, spectrum_slope
from sims_core.evaluation.tables import rounded, write_csv
from sims_core.formats.canvases import CanvasReader
from sims_core.formats.scenes import SceneReader
from sims_core.parallel import progress_bar

# Variant 0 takes the best candidate of every component; the others exist for diversity.
_VARIANT = 0
_ROW_RULES = {
    "real": "the photos that the layouts were drawn from",
    "synthesized": "the network's pictures, variant 0",
    "canvas": "the canvas as composed, black where nothing was pasted and white where content was elided",
    "inpainted": INPAINTING_RULE,
    "nearest_photo": NEAREST_PHOTO_RULE,
}

Images = Mapping[tuple[str, int], NDArray[np.uint8]]
Sets = dict[str, PictureSet]


def score_pictures(
    scenes: SceneReader, canvases: CanvasReader, images: Images, segmenter: Segmenter, batch_size: int
) -> tuple[Sets, ProvenanceCount]:
    """Score the real photo, the result, the canvas and the simple rivals of every validation layout.

    Raises:
        SimsError: A layout has no synthesised photograph or no canvas, or every layout is void.
    """
    sets = {row: PictureSet(len(scenes.classes)) for row in ROWS}
    provenance = ProvenanceCount.empty()
    ids = scenes.ids("val")
    _check_complete(ids, canvases, images)
    with progress_bar() as progress:
        nearest = NearestPhotos(_training_labels(scenes, progress))
        task = progress.add_task("score pictures", total=len(ids), note="")
        for start in range(0, len(ids), batch_size):
            names = ids[start : start + batch_size]
            batch = [scenes.load(name) for name in names]
            composed = [canvases.load(name, _VARIANT) for name in names]
            for canvas in composed:
                provenance.add(canvas)
            layouts = np.stack([scene.labels for scene in batch])
            pictures = {
                "real": [scene.photo for scene in batch],
                "synthesized": [images[name, _VARIANT] for name in names],
                "canvas": [canvas.canvas for canvas in composed],
                "inpainted": [inpainted(canvas.canvas, canvas.known) for canvas in composed],
                "nearest_photo": [scenes.load(nearest.find(layout)).photo for layout in layouts],
            }
            for row in ROWS:
                sets[row].add(names, np.stack(pictures[row]), layouts, segmenter)
            progress.advance(task, len(names))
    if not sets["real"].matrix.any():
        raise SimsError(scenes.folder, "every validation layout is void", remedy="check the label maps")
    return sets, provenance


def summarise(
    sets: Sets,
    provenance: ProvenanceCount,
    training_photos: set[str],
    config: EvaluateConfig,
    seed: int,
    protocol: dict[str, Any],
) -> dict[str, Any]:
    """Return the content of metrics/synthesis.json; `protocol` says resolution, networks and extractor."""
    real = sets["real"]
    others = [row for row in ROWS if row != "real"]
    distances = {
        row: kernel_distance(
            sets[row].features, real.features, config.kernel_num_subsets, config.kernel_subset_size, seed
        )
        for row in others
    }
    return rounded(
        {
            "mean_iou": {row: mean_iou(sets[row].matrix) for row in ROWS},
            "pixel_accuracy": {row: pixel_accuracy(sets[row].matrix) for row in ROWS},
            "segmenter_kernel_distance": {row: distances[row].mean for row in others},
            "segmenter_kernel_distance_std": {row: distances[row].std for row in others},
            "spectrum_distance": {row: spectrum_distance(sets[row].spectrum, real.spectrum) for row in others},
            "spectrum_slope": {row: spectrum_slope(sets[row].spectrum) for row in ROWS},
            "provenance": provenance.summary(training_photos),
            "protocol": {
                "num_images": len(real.per_picture),
                **protocol,
                "rows": _ROW_RULES,
                "image_resize_filter": "none: all pictures are scored at the resolution they have",
                "layout": "the asked layout, not the one that the canvas realises",
                "ignore": IGNORE_RULE,
                "mean_iou": MEAN_RULE,
                "segmenter_kernel_distance": (
                    f"{KERNEL_RULE}; {config.kernel_num_subsets} subsets of {config.kernel_subset_size}, "
                    f"features of the segmenter averaged over the picture, seed {seed}"
                ),
                "spectrum": SPECTRUM_RULE,
            },
        }
    )


def write_tables(
    sets: Sets, evaluation: Path, plots: Path, category_names: tuple[str, ...], frame: tuple[int, int]
) -> None:
    """Write per_image.csv under `evaluation`, spectrum.csv and per_category_iou.csv under `plots`.

    `frame` is the (height, width) of the pictures in pixels.
    """
    real = sets["real"]
    header = [f"{score}_{row}" for row in ROWS for score in ("pixel_accuracy", "mean_iou")]
    write_csv(
        evaluation / "per_image.csv",
        ["scene_id", *header],
        ([name, *(score for row in ROWS for score in sets[row].per_picture[name])] for name in real.per_picture),
    )
    profiles = [sets[row].spectrum for row in ROWS]
    write_csv(
        plots / "spectrum.csv",
        ["radius", "cycles_per_pixel", *ROWS],
        (
            [radius, radius / min(frame), *(float(profile[radius - 1]) for profile in profiles)]
            for radius in range(1, len(profiles[0]) + 1)
        ),
    )
    ious = {row: category_ious(sets[row].matrix) for row in ROWS}
    occurring = [index for index, iou in enumerate(ious["real"]) if not np.isnan(iou)]
    write_csv(
        plots / "per_category_iou.csv",
        ["category", *ROWS],
        ([category_names[index], *(float(ious[row][index]) for row in ROWS)] for index in occurring),
    )


def num_labelled_px(scenes: SceneReader) -> int:
    """Return the number of pixels of the validation layouts that are not void."""
    return sum(int((scene.labels != VOID).sum()) for scene in scenes.scenes("val"))


def _training_labels(scenes: SceneReader, progress: Progress) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Yield id and label map of every training scene."""
    ids = scenes.ids("train")
    task = progress.add_task("read training layouts", total=len(ids), note="")
    for name in ids:
        yield name, scenes.load(name).labels
        progress.advance(task)


def _check_complete(ids: list[str], canvases: CanvasReader, images: Images) -> None:
    composed = set(canvases)
    for made, stage in ((composed, "compose"), (set(images), "synthesize")):
        missing = [name for name in ids if (name, _VARIANT) not in made]
        if missing:
            raise SimsError(
                f"validation layout '{missing[0]}'",
                f"has no result of stage '{stage}' ({len(missing)} such layouts)",
                remedy=f"run stage '{stage}' again",
            )
