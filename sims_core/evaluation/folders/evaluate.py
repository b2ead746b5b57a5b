"""The evaluation of any folders of pictures: what `sims evaluate` does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from sims_core.base.csv_files import rounded
from sims_core.base.errors import SimsError
from sims_core.base.files import atomic_folder, write_json
from sims_core.drawing.charts import draw_categories, draw_spectrum
from sims_core.evaluation.folders.picture_folders import PictureFolders
from sims_core.evaluation.instruments.inception import TorchScriptInception
from sims_core.evaluation.instruments.lite0 import Lite0
from sims_core.evaluation.instruments.pipeline_segmenter import PipelineSegmenter
from sims_core.evaluation.instruments.transformers_models import DinoV2, TransformersSegmenter
from sims_core.evaluation.measures.kernel_distance import check_subset_size
from sims_core.evaluation.measures.segmentation import category_counts, category_ious
from sims_core.evaluation.measures.spectrum import num_rings
from sims_core.evaluation.result_tables import (
    SPECTRA,
    rows_with_pictures,
    segmented_rows,
    write_confusion,
    write_curves,
    write_per_image,
    write_spectra,
)
from sims_core.evaluation.row_series import row_series
from sims_core.evaluation.rows import REAL, SHUFFLED
from sims_core.evaluation.scoring import (
    SHUFFLED_RULE,
    Extractor,
    Instruments,
    Scores,
    Segmenter,
    score_samples,
)
from sims_core.evaluation.summary import Summary, SummaryRule, mean_profile, summarise_scores
from sims_core.scenes.classes import ClassTable

FIGURES = "figures.json"
# Whether a method was trained on the features that it is scored in.
Seen = Literal["unseen", "seen"]


@dataclass(frozen=True)
class NetworkFiles:
    """Where the networks lie that pictures are measured with; None where one takes no part.

    `lite0` needs no file: it says whether a method was trained on its features.
    """

    segmenter: Path | None = None
    inception: Path | None = None
    inception_clean: Path | None = None
    dinov2: Path | None = None
    lite0: Seen | None = None


def evaluate_folders(
    folders: PictureFolders, files: NetworkFiles, rule: SummaryRule, batch_size: int, out: Path
) -> dict[str, Any]:
    """Score the pictures and write the evaluation, whole or not at all.

    Args:
        folders: Checked pictures, layouts and real photographs.
        files: The networks.
        rule: Subsets, resamples, seed.
        batch_size: Pictures that a network sees at once.
        out: Folder to write; replaced if it holds an evaluation.

    Returns:
        The content of figures.json.

    Raises:
        SimsError: A folder of something else at `out`, too few pictures for a subset, a network that cannot be
            used, or a damaged file.
    """
    _check_replaceable(out)
    num_pictures = len(folders.names)
    if any((files.segmenter, files.inception, files.inception_clean, files.dinov2, files.lite0)):
        check_subset_size(rule.subsets.subset_size, num_pictures, "--subset-size")
    instruments = load_instruments(files, folders.classes)
    names = folders.classes.names
    scores = score_samples(folders.samples(rule.seed), num_pictures, len(names), instruments, batch_size)
    summary = summarise_scores(scores, instruments, rule)
    content = _content(summary, folders)
    with atomic_folder(out) as temporary:
        write_json(temporary / FIGURES, content)
        write_per_image(temporary / "per_image.csv", scores)
        write_confusion(temporary / "confusion", scores, names)
        write_spectra(temporary / SPECTRA, scores)
        write_curves(temporary, scores, summary.peaks, names)
        _draw_charts(temporary, scores, names)
    return content


def load_instruments(files: NetworkFiles, classes: ClassTable) -> Instruments:
    """Load the networks.

    Raises:
        SimsError: One cannot be used; each says why.
    """
    extractors: list[Extractor] = []
    if files.lite0 is not None:
        extractors.append(Lite0(["a method of this table"] if files.lite0 == "seen" else []))
    if files.inception is not None:
        extractors.append(TorchScriptInception(files.inception, clean=False))
    if files.inception_clean is not None:
        extractors.append(TorchScriptInception(files.inception_clean, clean=True))
    if files.dinov2 is not None:
        extractors.append(DinoV2(files.dinov2))
    return Instruments(None if files.segmenter is None else load_segmenter(files.segmenter, classes), extractors)


def load_segmenter(folder: Path, classes: ClassTable) -> Segmenter:
    """Load the pipeline's segmenter (a folder with card.json) or one of `transformers` (config.json).

    Raises:
        SimsError: The folder is neither.
    """
    if (folder / "card.json").is_file():
        return PipelineSegmenter(folder, classes)
    if (folder / "config.json").is_file():
        return TransformersSegmenter(folder, classes)
    raise SimsError(
        folder,
        "is no segmenter",
        expected="card.json of data/models/segmenter, or config.json of a transformers model",
        remedy="see docs/evaluation.md#re-segmentation",
    )


def _content(summary: Summary, folders: PictureFolders) -> dict[str, Any]:
    rows = {
        REAL: "the photographs of the folder --real",
        **{row: "pictures of a folder" for row in folders.rows[1:]},
        SHUFFLED: SHUFFLED_RULE,
    }
    return rounded(
        {
            **summary.figures,
            "intervals": summary.intervals["intervals"],
            "differences": summary.intervals["differences"],
            "protocol": {
                **summary.protocol,
                "image_resize_filter": folders.resize_rule(),
                "categories": ", ".join(folders.classes.names),
                **summary.intervals["protocol"],
                "rows": rows,
            },
        }
    )


def _check_replaceable(out: Path) -> None:
    """Refuse to replace a folder that is no evaluation, such as the one with the pictures."""
    if out.exists() and not (out.is_dir() and ((out / FIGURES).is_file() or not any(out.iterdir()))):
        raise SimsError(out, "exists and is no evaluation", remedy="name a new folder with -o")


def _draw_charts(folder: Path, scores: Scores, category_names: tuple[str, ...]) -> None:
    whole_rings = num_rings(scores.frame)
    frequency = np.arange(1, whole_rings + 1) / min(scores.frame)
    profiles = {name: mean_profile(row)[:whole_rings] for name, row in rows_with_pictures(scores).items()}
    draw_spectrum(folder / "spectrum.png", frequency, row_series(profiles))
    ious = {name: category_ious(category_counts(row.matrix)) for name, row in segmented_rows(scores).items()}
    if ious:
        occurring = np.flatnonzero(~np.isnan(ious[REAL])).tolist()
        shown = {name: [float(iou[index]) for index in occurring] for name, iou in ious.items()}
        draw_categories(folder / "categories.png", [category_names[index] for index in occurring], row_series(shown))
