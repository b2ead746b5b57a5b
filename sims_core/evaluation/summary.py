"""From the numbers of every picture to figures, intervals, differences and the protocol behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sims_core.evaluation.measures.frechet import frechet_distance, frechet_rule
from sims_core.evaluation.measures.kernel_distance import (
    KERNEL_INTERVAL_RULE,
    KERNEL_RULE,
    SubsetRule,
    kernel_distance,
    weighted_kernel_distance,
)
from sims_core.evaluation.measures.reference_error import ERROR_RULE
from sims_core.evaluation.measures.segmentation import (
    FREQUENCY_WEIGHTED_RULE,
    IGNORE_RULE,
    MEAN_RULE,
    frequency_weighted_iou,
    mean_iou,
    pixel_accuracy,
)
from sims_core.evaluation.measures.spectrum import (
    PEAK_RULE,
    SPECTRUM_RULE,
    Peak,
    find_peaks,
    log_power,
    num_rings,
    ring_rises,
    spectrum_distance,
    spectrum_slope,
)
from sims_core.evaluation.measures.statistics import (
    Interval,
    WeightedFigure,
    Weights,
    draw_resamples,
    every_picture_once,
    interval_rule,
    percentile_interval,
    weighted_mean,
)
from sims_core.evaluation.rows import BOUNDS, REAL
from sims_core.evaluation.scoring import Instruments, RowScores, Scores

# Raised whenever the same pictures would get other figures.
EVALUATOR_VERSION = 1
_SEGMENTATION = {
    "mean_iou": mean_iou,
    "pixel_accuracy": pixel_accuracy,
    "frequency_weighted_iou": frequency_weighted_iou,
}
_ERRORS = ("l1", "psnr_db", "ssim")

ByRow = dict[str, Any]


@dataclass(frozen=True)
class SummaryRule:
    """What shapes the figures besides the pictures.

    Attributes:
        subsets: Of the kernel distance.
        num_resamples: Of the bootstrap.
        seed: Of both.
        primary: The row whose differences from the other methods are taken.
    """

    subsets: SubsetRule
    num_resamples: int
    seed: int
    primary: str


@dataclass(frozen=True)
class Summary:
    """What an evaluation says.

    Attributes:
        figures: By name, then by row.
        intervals: `intervals` by figure and row, `differences` by figure and pair of rows, and their protocol.
        peaks: Of the spectrum, by row.
        protocol: What the figures depend on.
    """

    figures: dict[str, ByRow]
    intervals: dict[str, Any]
    peaks: dict[str, list[Peak]]
    protocol: dict[str, Any]


def summarise_scores(scores: Scores, instruments: Instruments, rule: SummaryRule) -> Summary:
    """Compute every figure that the scores allow; one that they do not allow is absent."""
    num_pictures = len(scores.names)
    once, resamples = every_picture_once(num_pictures), draw_resamples(num_pictures, rule.num_resamples, rule.seed)
    figures: dict[str, ByRow] = {}
    resampled: dict[str, dict[str, NDArray[np.float64]]] = {}
    for key, by_row in _weighted_figures(scores).items():
        figures[key] = {row: float(figure(once)[0]) for row, figure in by_row.items()}
        resampled[key] = {row: figure(resamples) for row, figure in by_row.items()}
    figures |= _feature_figures(scores, rule)
    peaks = _find_all_peaks(scores, once, resamples)
    figures["num_spectrum_peaks"] = {row: len(found) for row, found in peaks.items()}
    figures["highest_spectrum_peak"] = {row: max(peak.rise for peak in found) for row, found in peaks.items() if found}
    figures = {key: _finite(figures[key]) for key in sorted(figures, key=_rank)}
    return Summary(
        figures={key: by_row for key, by_row in figures.items() if by_row},
        intervals={
            "intervals": row_intervals(figures, resampled),
            "differences": row_differences(figures, resampled, rule.primary),
            "protocol": {
                "interval": interval_rule(rule.num_resamples, rule.seed),
                "kernel_distance": KERNEL_INTERVAL_RULE,
                "frechet_distance": "has no interval: its bias grows as pictures repeat in a resample",
            },
        },
        peaks=peaks,
        protocol=_protocol(scores, instruments, rule),
    )


def mean_profile(row: RowScores) -> NDArray[np.float64]:
    """Return the (R,) mean radial profile of a set, as far as the corner."""
    profile: NDArray[np.float64] = np.mean(row.profiles, axis=0)
    return profile


def _weighted_figures(scores: Scores) -> dict[str, dict[str, WeightedFigure]]:
    """Return every figure that is a function of weights on the pictures, by name and row."""
    figures: dict[str, dict[str, WeightedFigure]] = {}
    rows, real = scores.rows, scores.rows[REAL]
    others = {name: row for name, row in rows.items() if row.errors}
    for key, metric in _SEGMENTATION.items():
        figures[key] = {name: _of_counts(metric, row) for name, row in rows.items() if row.counts}
    for extractor, features in real.features.items():
        figures[f"{extractor}_kernel_distance"] = {
            name: weighted_kernel_distance(np.stack(row.features[extractor]), np.stack(features))
            for name, row in others.items()
        }
    whole_rings = slice(num_rings(scores.frame))
    profiles = {name: np.stack(row.profiles)[:, whole_rings] for name, row in rows.items() if row.profiles}
    figures["spectrum_distance"] = {name: _distance(profiles[name], profiles[REAL]) for name in others}
    figures["spectrum_slope"] = {name: _slope(own) for name, own in profiles.items()}
    for index, key in enumerate(_ERRORS):
        figures[key] = {
            name: _mean(np.array([error.as_array()[index] for error in row.errors])) for name, row in others.items()
        }
    return figures


def _of_counts(metric: Callable[[NDArray[np.number]], NDArray[np.float64]], row: RowScores) -> WeightedFigure:
    counts = np.stack(row.counts).astype(np.float64)
    # The mean differs from the sum by a factor that no ratio of counts sees.
    return lambda weights: metric(weighted_mean(counts, weights))


def _distance(profiles: NDArray[np.float64], reference: NDArray[np.float64]) -> WeightedFigure:
    return lambda weights: spectrum_distance(weighted_mean(profiles, weights), weighted_mean(reference, weights))


def _slope(profiles: NDArray[np.float64]) -> WeightedFigure:
    return lambda weights: spectrum_slope(weighted_mean(profiles, weights))


def _mean(values: NDArray[np.float64]) -> WeightedFigure:
    def mean(weights: Weights) -> NDArray[np.float64]:
        # An infinite value (the PSNR of equal pictures) has no mean; 0 times it would be no number.
        return weighted_mean(values, weights) if np.isfinite(values).all() else np.full(len(weights), np.nan)

    return mean


def _feature_figures(scores: Scores, rule: SummaryRule) -> dict[str, ByRow]:
    """Return the kernel distance over random subsets, its spread, and the Frechet distance, by extractor."""
    figures: dict[str, ByRow] = {}
    for extractor, features in scores.rows[REAL].features.items():
        reference = np.stack(features)
        kernel, spread, frechet = (
            figures.setdefault(f"{extractor}_{name}", {})
            for name in ("kernel_distance", "kernel_distance_std", "frechet_distance")
        )
        for name, row in scores.rows.items():
            if row.errors:
                own = np.stack(row.features[extractor])
                distance = kernel_distance(own, reference, rule.subsets, rule.seed)
                kernel[name], spread[name] = distance.mean, distance.std
                frechet[name] = frechet_distance(own, reference)
    return figures


def _find_all_peaks(scores: Scores, once: Weights, resamples: Weights) -> dict[str, list[Peak]]:
    peaks = {}
    reference = log_power(np.stack(scores.rows[REAL].profiles))
    for name, row in scores.rows.items():
        if row.errors:
            profiles = log_power(np.stack(row.profiles))
            found, resampled = (
                ring_rises(weighted_mean(profiles, weights), weighted_mean(reference, weights))
                for weights in (once, resamples)
            )
            peaks[name] = find_peaks(found[0], resampled)
    return peaks


def row_intervals(
    figures: Mapping[str, ByRow], resampled: Mapping[str, Mapping[str, NDArray[np.float64]]]
) -> dict[str, ByRow]:
    """Return the interval of every figure that has one, by row.

    Args:
        figures: By name, then by row.
        resampled: (B,) values of the same on the resamples.
    """
    intervals: dict[str, ByRow] = {}
    for key, by_row in resampled.items():
        for row, values in by_row.items():
            interval = percentile_interval(values) if row in figures[key] else None
            if interval is not None:
                intervals.setdefault(key, {})[row] = _as_json(interval)
    return intervals


def row_differences(
    figures: Mapping[str, ByRow], resampled: Mapping[str, Mapping[str, NDArray[np.float64]]], primary: str
) -> dict[str, ByRow]:
    """Take the primary row's figures less those of every other method, on the same resamples.

    Args:
        figures: By name, then by row.
        resampled: (B,) values of the same on the resamples, which all rows share.
        primary: The row.
    """
    differences: dict[str, ByRow] = {}
    for key, by_row in resampled.items():
        for row in by_row:
            if row in (primary, *BOUNDS) or not {row, primary} <= figures[key].keys():
                continue
            interval = percentile_interval(by_row[primary] - by_row[row])
            if interval is not None:
                value = figures[key][primary] - figures[key][row]
                differences.setdefault(key, {})[f"{primary}_minus_{row}"] = {"value": value, **_as_json(interval)}
    return differences


def _as_json(interval: Interval) -> dict[str, float]:
    return {"low": interval.low, "high": interval.high}


def _rank(key: str) -> int:
    """Place figures of one kind together, what is only a diagnostic last."""
    if key in _SEGMENTATION:
        return 0
    if key in _ERRORS:
        return 3
    return 2 if "spectrum" in key else 1


def _finite(by_row: ByRow) -> ByRow:
    return {row: value for row, value in by_row.items() if isfinite(value)}


def _protocol(scores: Scores, instruments: Instruments, rule: SummaryRule) -> dict[str, Any]:
    num_pictures = len(scores.names)
    protocol: dict[str, Any] = {
        "evaluator_version": EVALUATOR_VERSION,
        "num_images": num_pictures,
        "resolution": f"{scores.frame[1]} x {scores.frame[0]}",
        "layouts_sha256": scores.layouts_sha256,
        "real_sha256": scores.real_sha256,
        "seed": rule.seed,
    }
    if instruments.segmenter is not None:
        protocol |= {
            **instruments.segmenter.protocol,
            "layout": "the asked layout, not the one that the canvas realises",
            "ignore": IGNORE_RULE,
            "mean_iou": MEAN_RULE,
            "frequency_weighted_iou": FREQUENCY_WEIGHTED_RULE,
        }
    described = {extractor.name: dict(extractor.protocol) for extractor in instruments.extractors}
    for extractor, features in scores.rows[REAL].features.items():
        num_features = len(features[0])
        protocol[f"{extractor}_features"] = {
            **described.get(extractor, {"network": "the segmenter's deepest features, averaged over the picture"}),
            "num_features": num_features,
        }
        protocol[f"{extractor}_kernel_distance"] = (
            f"{KERNEL_RULE}; {rule.subsets.num_subsets} subsets of {rule.subsets.subset_size}, seed {rule.seed}"
        )
        protocol[f"{extractor}_frechet_distance"] = frechet_rule(num_pictures, num_features)
    return protocol | {"spectrum": SPECTRUM_RULE, "spectrum_peaks": PEAK_RULE, "errors": ERROR_RULE}
