"""What each figure of metrics/*.json means, in one sentence a stranger understands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sims_core.evaluation.rows import ROWS, ordered_rows, row_title

EXPLANATIONS = {
    "synthesis": "How close the synthesised photographs come to real ones, and how well they keep to the layout, "
    "beside what two methods reach that need no training.",
    "row.real": "the photos that the layouts were drawn from; the ceiling.",
    "row.synthesized": "the result.",
    "row.canvas": "the pasted segments before the synthesis network, gaps and all.",
    "row.inpainted": "the canvas with its gaps filled by OpenCV's inpainting instead of the network.",
    "row.nearest_photo": "the training photo whose labels agree best with the layout: a real photo, but of another "
    "scene, and one that the segmentation network was trained on.",
    "row.crn": "the pictures of a cascaded refinement network that was trained on the same photos.",
    "row.pix2pix": "the pictures of a conditional adversarial network that was trained on the same photos.",
    "row.shuffled_layout": "the real photos, each scored against the layout of another one; the floor.",
    "synthesis.mean_iou": "A segmentation network that was trained on the training photos labels each picture; the "
    "intersection over union with the asked layout, averaged over categories. Higher is better.",
    "synthesis.pixel_accuracy": "Share of pixels that this network labels as the layout asked. Higher is better.",
    "synthesis.frequency_weighted_iou": "The same intersection over union, each category weighted by its share of the "
    "layouts' pixels. Higher is better.",
    "synthesis.segmenter_kernel_distance": "Distance between the network's features of the pictures and of the real "
    "photos; 0 = as alike as two random sets of real photos. Lower is better. Not comparable with Inception KID.",
    "synthesis.segmenter_kernel_distance_std": "Spread of that distance over the random subsets.",
    "synthesis.segmenter_frechet_distance": "Distance between the same features taken as Gaussians, as in FID. Biased "
    "upward by small numbers of pictures, differently for every method: not for ranking.",
    "synthesis.spectrum_distance": "Mean difference of the log10 power spectra from real photos: 0.3 means twice or "
    "half the power at a typical frequency. Blur raises it. Lower is better.",
    "synthesis.spectrum_slope": "How fast power falls with frequency; photographs have about -2.",
    "synthesis.num_spectrum_peaks": "Frequencies at which the power stands out from its surroundings more than in real "
    "photos: what upsampling leaves.",
    "synthesis.highest_spectrum_peak": "log10 of how many times the power at the highest of these stands out.",
    "synthesis.l1": "Mean difference of the colours (of 255) from the real photo. A diagnostic, as the next two: a "
    "layout has many photographs.",
    "synthesis.psnr_db": "Peak signal-to-noise ratio to the real photo in dB.",
    "synthesis.ssim": "Structural similarity to the real photo.",
    "synthesis.provenance": "Where the pixels come from.",
    "synthesis.provenance.share_of_known_pixels": "Share of the canvas that was filled from photos; the network "
    "invents the rest and smooths everything.",
    "synthesis.provenance.share_of_known_pixels_with_provenance": "Share of filled pixels whose source photo and "
    "segment are recorded; must be 1.",
    "synthesis.provenance.num_source_photos": "Different photos that appear in the canvases.",
    "synthesis.provenance.num_source_photos_not_in_training": "Photos used that are not training photos; must be 0.",
    "sources": "What only a method that pastes can be asked: where it deviates from the layout, how much it copies, "
    "and how different its variants of one layout are.",
    "sources.layout_drift.mean_iou": "Overlap of the asked layout with the one that the pasted segments realise, "
    "averaged over categories; 1 = no drift.",
    "sources.layout_drift.pixel_accuracy": "Share of the asked layout's pixels that show their category on the canvas.",
    "sources.copying.share_of_pixels_unchanged": "Share of the result's pixels that came from a photo and are exactly "
    "as they were pasted.",
    "sources.copying.share_of_pixels_nearly_unchanged": "The same with a difference of at most 8 of 255.",
    "sources.copying.nearest_crop_distance": "How near small parts of the pictures come to any part of any training "
    "photo; real photos say what is usual, and the nearest training photo is one.",
    "sources.diversity.perceptual_distance": "How different the variants of a layout look, in the perceptual features; "
    "not comparable with figures of other features.",
    "sources.diversity.perceptual_distance_by_category": "The same over the pixels of each category.",
    "sources.diversity.share_of_changed_sources": "Share of segments that come from another photo than in the first "
    "variant.",
    "transform": "Whether the transformation network moves a retrieved segment to where the layout wants it, on "
    "held-out segments that were rotated, scaled and shifted at random.",
    "transform.mean_iou_before": "Overlap of the perturbed segment with its place before the network acts.",
    "transform.mean_iou_after": "Overlap after the network's transformation.",
    "transform.mean_iou_improvement": "The difference; higher is better.",
    "transform.share_improved": "Share of segments whose overlap rose.",
    "transform.num_pairs": "Number of held-out segments.",
    "ordering": "Whether the ordering network knows which of two adjacent segments is in front, on held-out pairs.",
    "ordering.true_depth": "The truth is the measured depth on either side of the shared boundary.",
    "ordering.estimated_depth": "The reference is estimated depth, not truth: these figures say whether the network "
    "learned the estimate.",
    "ordering.relative_depth": "The reference is a network's relative depth, not truth: these figures say whether the "
    "network learned it.",
    "ordering.rule": "The truth is a rule and not depth: objects stand in front of the ground they stand on.",
    "retrieve": "Which segments of the memory bank pictures may show.",
    "retrieve.num_segments": "Segments that were searched.",
    "retrieve.num_banned_segments": "Segments that were left out.",
    "retrieve.banned": "What was banned (`retrieve.banned`), by photo or segment.",
    "retrieval": "How well the memory bank answers the layouts.",
    "retrieval.mean_top1_score": "Mask overlap plus context overlap of the best segment, 0 to 2, averaged over the "
    "layouts' components.",
    "retrieval.mean_top1_mask_iou": "The mask overlap in it, 0 to 1.",
    "retrieval.mean_top1_context_iou": "The context overlap in it, 0 to 1.",
    "retrieval.num_components": "Components with a reference.",
    "retrieval.share_of_layout_pixels_with_reference": "Share of labelled layout pixels for which a segment was found; "
    "small components get none, and the network paints them.",
    "layout": "Whether a layout that was painted in a hurry can be made dense: coarse layouts of held-out scenes, "
    "before and after refinement.",
    "layout.coarse": "The coarse layout against the fine one; what nobody painted is wrong.",
    "layout.refined": "The same after refinement.",
    "layout.share_of_void_pixels": "Share of the coarse layouts that nobody painted.",
    "train_layout": "Loss `semantic`: cross-entropy of the fine layout's categories, given the coarse one.",
    "train_depth": "Trained where depth is known, and scored there on scenes held out. Loss `log_depth`: difference of "
    "the logarithms of depth.",
    "train_transform": "Losses: `photometric` compares the colours of the moved segment with the photo's, `mask` its "
    "outline with its place, `displacement` the transformation with the true one.",
    "train_ordering": "Loss `front`: cross-entropy of which of two adjacent segments is in front.",
    "train_perceptual": "The features in which the synthesis network's pictures are compared with photos. Loss "
    "`semantic`: cross-entropy of the categories that they are trained to tell apart.",
    "train_synthesis": "Losses: `pixel` compares colours with the photo's, `perceptual` the features of another "
    "network; `semantic` is the cross-entropy of the layout that the network also predicts.",
    "train_segmenter": "Loss `semantic`: cross-entropy of the categories.",
    "absolute_relative_error": "Error of depth over the true depth, on average. Lower is better.",
    "rmse_m": "Root mean square error of depth in metres. Lower is better.",
    "share_within_1_25": "Share of pixels whose estimated depth is within a factor of 1.25 of the true one.",
    "estimate_depth.network_on_val": "The depth network against measured depth.",
    "estimate_depth.transformers_on_val": "The transformers model against measured depth; absent where it gives "
    "relative depth, which has no metres.",
    "estimate_depth": "How good the depth maps are that the front-to-back order is learned from.",
    "depth": "How good the depth maps are that the front-to-back order is learned from.",
    "extract_bank": "What the memory bank holds.",
    "prepare": "The data.",
    "network_accuracy": "Share of pairs that the ordering network, with the class prior added, gets right.",
    "class_prior_accuracy": "The same for guessing the order from the two categories alone (most frequent order among "
    "the training pairs).",
    "majority_accuracy": "The same for always giving the more frequent answer.",
    "num_pairs": "Number of held-out pairs.",
    "num_steps": "Length of the training; 0 where nothing was trained.",
    "kept_step": "The step whose weights were kept.",
    "num_parameters": "Trained numbers.",
    "final_losses": "Losses on the training examples at the end.",
    "validation_losses": "The same losses on training photos that were held out, with the weights that were kept.",
}
_TITLES = {
    "synthesis": "Synthesised photographs",
    "sources": "Sources",
    "transform": "Transformation network",
    "ordering": "Ordering network",
    "retrieve": "Banned photos and segments",
    "retrieval": "Retrieval",
    "estimate_depth": "Depth",
    "depth": "Depth",
    "extract_bank": "Memory bank",
    "prepare": "Data",
    "simulate": "Simulated training examples",
    "layout": "Layout refinement",
    "train_layout": "Training of layout refinement",
    "train_depth": "Training of the depth network",
    "train_transform": "Training of the transformation network",
    "train_ordering": "Training of the ordering network",
    "train_perceptual": "Perceptual features",
    "train_synthesis": "Training of the synthesis network",
    "train_segmenter": "Training of the segmentation network that scores the pictures",
}


@dataclass(frozen=True)
class Figure:
    """One line of a metrics table: dotted name, value as text, and what it means ('' where unknown)."""

    name: str
    value: str
    meaning: str


@dataclass(frozen=True)
class ComparedFigure:
    """One figure of every row of a comparison: dotted name, a text per row ('' where absent), and what it means."""

    name: str
    values: list[str]
    meaning: str


@dataclass(frozen=True)
class Comparison:
    """Figures that several rows have: the rows (name for readers, what it is) and the figures."""

    rows: list[tuple[str, str]] = field(default_factory=list)
    figures: list[ComparedFigure] = field(default_factory=list)


@dataclass(frozen=True)
class MetricsTable:
    """One metrics file: its title, introduction, compared and single figures, and the protocol behind them."""

    title: str
    introduction: str
    comparison: Comparison
    figures: list[Figure]
    protocol: list[tuple[str, str]]


def explain(name: str, content: dict[str, object], intervals: Mapping[str, Any] | None = None) -> MetricsTable:
    """Turn the content of metrics/<name>.json into a table; a meaning is said once for consecutive figures.

    Args:
        name: Of the file.
        content: Of the file.
        intervals: `low` and `high` by figure and row, shown behind the figures that have one.
    """
    compared = {
        part: value for part, value in content.items() if isinstance(value, dict) and not value.keys().isdisjoint(ROWS)
    }
    figures: list[Figure] = []
    last_meaning = ""
    for key, value in flatten({part: value for part, value in content.items() if part not in {*compared, "protocol"}}):
        meaning = _meaning(name, key)
        figures.append(Figure(key, _text(value), "" if meaning == last_meaning else meaning))
        last_meaning = meaning
    return MetricsTable(
        _TITLES.get(name, name),
        EXPLANATIONS.get(name, ""),
        _compare(name, compared, intervals or {}),
        figures,
        protocol_lines(content.get("protocol", {})),
    )


def protocol_lines(protocol: object) -> list[tuple[str, str]]:
    """Return the protocol of a metrics file as (name, text), in its order; nested names with a dot between."""
    return [(key.replace("_", " "), _text(value)) for key, value in flatten(protocol)]


def interval_text(intervals: Mapping[str, Any], key: str, row: str) -> str:
    """Return " [low, high]" with three significant digits; "" where a figure has no interval."""
    interval = intervals.get(key, {}).get(row)
    return f" [{interval['low']:.3g}, {interval['high']:.3g}]" if interval else ""


def _compare(name: str, compared: Mapping[str, dict[str, object]], intervals: Mapping[str, Any]) -> Comparison:
    rows = ordered_rows(compared.values())
    figures = [
        ComparedFigure(
            key,
            [_text(values.get(row, "")) + interval_text(intervals, key, row) for row in rows],
            _meaning(name, key),
        )
        for key, values in compared.items()
    ]
    return Comparison([(row_title(row), EXPLANATIONS.get(f"row.{row}", "")) for row in rows], figures)


def flatten(content: object, prefix: str = "") -> list[tuple[str, object]]:
    """Return nested mappings as (name, value) in their order, nested names with a dot between."""
    if not isinstance(content, dict):
        return [(prefix, content)]
    return [
        pair for key, value in content.items() for pair in flatten(value, f"{prefix}.{key}" if prefix else str(key))
    ]


def _meaning(name: str, key: str) -> str:
    """Find the sentence of a key, or else of its last part, of the longest beginning of it, or of its first part."""
    parts = key.split(".")
    beginnings = [".".join([name, *parts[:length]]) for length in range(len(parts) - 1, 0, -1)]
    candidates = [f"{name}.{key}", parts[-1], *beginnings, parts[0]]
    return next((EXPLANATIONS[candidate] for candidate in candidates if candidate in EXPLANATIONS), "")


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return ", ".join(_text(item) for item in value)
    return str(value)
