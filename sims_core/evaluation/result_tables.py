"""The tables and spectrum pictures of an evaluation: a row per picture, curves for plots, 2-D spectra."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sims_core.base.csv_files import write_csv
from sims_core.base.pictures import write_png
from sims_core.evaluation.measures.segmentation import category_counts, category_ious, mean_iou, pixel_accuracy
from sims_core.evaluation.measures.spectrum import Peak, num_rings, spectrum_picture
from sims_core.evaluation.rows import REAL
from sims_core.evaluation.scoring import RowScores, Scores
from sims_core.evaluation.summary import mean_profile

# Of the real photographs' spectrum: the rest of the scale, above all the dark cross that mirror
# symmetric pictures have, would leave the pictures without contrast.
_LIMIT_PERCENTILES = (0.5, 99.9)
SPECTRA = "mean_spectrum"


def write_per_image(path: Path, scores: Scores) -> None:
    """Write a row per picture: what was measured of it in every row of the evaluation, NaN as an empty cell."""
    columns: dict[str, Sequence[float]] = {}
    for name, row in scores.rows.items():
        if row.counts:
            counts = np.stack(row.counts)
            columns[f"pixel_accuracy_{name}"] = pixel_accuracy(counts).tolist()
            columns[f"mean_iou_{name}"] = mean_iou(counts).tolist()
        if row.errors:
            columns[f"l1_{name}"] = [error.l1 for error in row.errors]
            columns[f"psnr_db_{name}"] = [error.psnr_db for error in row.errors]
            columns[f"ssim_{name}"] = [error.ssim for error in row.errors]
    write_csv(path, ["scene_id", *columns], zip(scores.names, *columns.values(), strict=True))


def write_curves(folder: Path, scores: Scores, peaks: dict[str, list[Peak]], category_names: Sequence[str]) -> None:
    """Write spectrum.csv, spectrum_peaks.csv and, where there was a segmenter, per_category_iou.csv.

    Args:
        folder: Exists.
        scores: Of all rows.
        peaks: Of the spectra, by row.
        category_names: In id order.
    """
    shorter_px = min(scores.frame)
    profiles = {name: mean_profile(row) for name, row in rows_with_pictures(scores).items()}
    write_csv(
        folder / "spectrum.csv",
        ["radius", "cycles_per_pixel", *profiles],
        (
            [ring, ring / shorter_px, *(float(profile[ring - 1]) for profile in profiles.values())]
            for ring in range(1, num_rings(scores.frame) + 1)
        ),
    )
    write_csv(
        folder / "spectrum_peaks.csv",
        ["row", "radius", "cycles_per_pixel", "period_px", "log10_rise"],
        (
            [row, peak.ring, peak.ring / shorter_px, shorter_px / peak.ring, peak.rise]
            for row, found in peaks.items()
            for peak in found
        ),
    )
    ious = {name: category_ious(category_counts(row.matrix)) for name, row in segmented_rows(scores).items()}
    if ious:
        occurring = np.flatnonzero(~np.isnan(ious[REAL])).tolist()
        write_csv(
            folder / "per_category_iou.csv",
            ["category", *ious],
            ([category_names[index], *(float(iou[index]) for iou in ious.values())] for index in occurring),
        )


def write_confusion(folder: Path, scores: Scores, category_names: Sequence[str]) -> None:
    """Write the confusion matrix of every row: a line per category of the layouts, a column per predicted one."""
    for name, row in segmented_rows(scores).items():
        write_csv(
            folder / f"{name}.csv",
            ["category", *category_names],
            ([category, *line] for category, line in zip(category_names, row.matrix.tolist(), strict=True)),
        )


def write_spectra(folder: Path, scores: Scores) -> None:
    """Write the mean 2-D spectrum of every row as a PNG, all on the scale of the real photographs'."""
    low, high = np.percentile(scores.rows[REAL].mean_log_spectrum, _LIMIT_PERCENTILES)
    for name, row in rows_with_pictures(scores).items():
        write_png(folder / f"{name}.png", spectrum_picture(row.mean_log_spectrum, (float(low), float(high))))


def rows_with_pictures(scores: Scores) -> dict[str, RowScores]:
    """Return the rows that are sets of pictures of their own."""
    return {name: row for name, row in scores.rows.items() if row.profiles}


def segmented_rows(scores: Scores) -> dict[str, RowScores]:
    """Return the rows that a segmenter labelled."""
    return {name: row for name, row in scores.rows.items() if row.counts}
