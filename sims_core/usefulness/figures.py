"""What the arms come to: mean IoU on real test photos, with intervals over photos and seeds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sims_core.base.csv_files import rounded
from sims_core.base.seeding import random_stream
from sims_core.evaluation.measures.segmentation import IGNORE_RULE, MEAN_RULE, category_ious, mean_iou, pixel_accuracy
from sims_core.evaluation.measures.statistics import draw_resamples, percentile_interval

_NUM_RESAMPLES = 1000
INTERVAL_RULE = (
    f"95 % percentile bootstrap, {_NUM_RESAMPLES} resamples, each of the test photos and of the seeds; all arms on the "
    "same resamples, so that differences are paired. A few seeds say little of how much seeds differ"
)


def arm_figures(
    counts: Mapping[str, NDArray[np.int64]], categories: tuple[str, ...], seed: int
) -> dict[str, dict[str, Any]]:
    """Return figures, intervals and paired differences of all arms.

    Args:
        counts: By arm, (S, N, 3, C): of each seed and test photo the counts of `category_counts`.
        categories: The C names.
        seed: Of the resamples.

    Returns:
        `arms` by name, and `differences` of each later arm to the first by ARM_minus_FIRST. A figure is the mean over
        the seeds of the mean IoU of all test photos.
    """
    first, *others = counts
    num_seeds, num_photos = counts[first].shape[:2]
    photos = draw_resamples(num_photos, _NUM_RESAMPLES, seed)
    stream = random_stream(seed, "usefulness", "bootstrap of seeds")
    seeds = stream.multinomial(num_seeds, np.full(num_seeds, 1 / num_seeds), size=_NUM_RESAMPLES) / num_seeds
    resampled = {name: _resampled(own, photos, seeds) for name, own in counts.items()}
    arms: dict[str, Any] = {}
    for name, own in counts.items():
        whole = own.sum(axis=1)
        by_seed = mean_iou(whole)
        arms[name] = {
            "mean_iou": float(by_seed.mean()),
            "interval": _interval(resampled[name]),
            "by_seed": [float(value) for value in by_seed],
            "pixel_accuracy": float(pixel_accuracy(whole).mean()),
            "category_iou": {
                category: float(value)
                for category, value in zip(categories, category_ious(whole).mean(axis=0), strict=True)
                if not np.isnan(value)
            },
        }
    differences = {
        f"{name}_minus_{first}": {
            "value": arms[name]["mean_iou"] - arms[first]["mean_iou"],
            **_interval(resampled[name] - resampled[first]),
        }
        for name in others
    }
    return {"arms": rounded(arms), "differences": rounded(differences)}


def protocol(seeds: int, num_steps: int, batch_size: int) -> dict[str, str]:
    """Return what the figures depend on, in words."""
    return {
        "mean_iou": f"{MEAN_RULE}; the mean over the seeds",
        "ignore": IGNORE_RULE,
        "training": f"the segmenter of section `segmenter`, {num_steps} steps of {batch_size} examples, {seeds} seeds; "
        "the last weights are kept, so that no photo is held out",
        "test": "the validation photos of the project, real",
        "intervals": INTERVAL_RULE,
    }


def _resampled(counts: NDArray[np.int64], photos: NDArray[np.float64], seeds: NDArray[np.float64]) -> NDArray[Any]:
    """Return (B,): the figure of an arm on resamples of photos, (B, N), and seeds, (B, S) shares."""
    by_seed = np.stack([mean_iou(np.tensordot(photos, own.astype(np.float64), axes=1)) for own in counts], axis=1)
    return np.asarray((seeds * by_seed).sum(axis=1))


def _interval(values: NDArray[np.float64]) -> dict[str, float]:
    found = percentile_interval(values)
    return {} if found is None else {"low": found.low, "high": found.high}
