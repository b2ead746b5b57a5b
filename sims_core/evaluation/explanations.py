"""What each figure of metrics/*.json means, in one sentence a stranger understands."""

from __future__ import annotations

from dataclasses import dataclass

EXPLANATIONS = {
    "synthesis": "How close the synthesised photographs come to real ones, and how well they keep to the layout.",
    "synthesis.mean_iou": "A segmentation network that was trained on the training photos labels each picture; the "
    "intersection over union with the asked layout, averaged over categories. Higher is better; `real` is the "
    "ceiling: the same network on the real photos.",
    "synthesis.pixel_accuracy": "Share of pixels that this network labels as the layout asked. Higher is better.",
    "synthesis.segmenter_kernel_distance": "Distance between the network's features of the pictures and of the real "
    "photos; 0 = as alike as two random sets of real photos. Lower is better. Not comparable with Inception KID.",
    "synthesis.segmenter_kernel_distance_std": "Spread of that distance over the random subsets.",
    "synthesis.spectrum_distance": "Mean difference of the log10 power spectra from real photos: 0.3 means twice or "
    "half the power at a typical frequency. Blur raises it. Lower is better.",
    "synthesis.spectrum_slope": "How fast power falls with frequency; photographs have about -2.",
    "synthesis.provenance": "Where the pixels come from.",
    "synthesis.provenance.share_of_known_pixels": "Share of the canvas that was filled from photos; the network "
    "invents the rest and smooths everything.",
    "synthesis.provenance.share_of_known_pixels_with_provenance": "Share of filled pixels whose source photo and "
    "segment are recorded; must be 1.",
    "synthesis.provenance.num_source_photos": "Different photos that appear in the canvases.",
    "synthesis.provenance.num_source_photos_not_in_training": "Photos used that are not training photos; must be 0.",
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
    "ordering.rule": "The truth is a rule and not depth: objects stand in front of the ground they stand on.",
    "retrieval": "How well the memory bank answers the layouts.",
    "retrieval.mean_top1_score": "Mask overlap plus context overlap of the best segment, 0 to 2, averaged over the "
    "layouts' components.",
    "retrieval.mean_top1_mask_iou": "The mask overlap in it, 0 to 1.",
    "retrieval.mean_top1_context_iou": "The context overlap in it, 0 to 1.",
    "retrieval.num_components": "Components with a reference.",
    "retrieval.share_of_layout_pixels_with_reference": "Share of labelled layout pixels for which a segment was found; "
    "small components get none, and the network paints them.",
    "estimate_depth": "How good the depth maps are that the front-to-back order is learned from.",
    "depth": "How good the depth maps are that the front-to-back order is learned from.",
    "extract_bank": "What the memory bank holds.",
    "prepare": "The data.",
    "network_accuracy": "Share of pairs that the ordering network, with the class prior added, gets right.",
    "class_prior_accuracy": "The same for guessing the order from the two categories alone (most frequent order among "
    "the training pairs).",
    "majority_accuracy": "The same for always giving the more frequent answer.",
    "num_pairs": "Number of held-out pairs.",
}
_TITLES = {
    "synthesis": "Synthesised photographs",
    "transform": "Transformation network",
    "ordering": "Ordering network",
    "retrieval": "Retrieval",
    "estimate_depth": "Depth",
    "depth": "Depth",
    "extract_bank": "Memory bank",
    "prepare": "Data",
}


@dataclass(frozen=True)
class Figure:
    """One line of a metrics table: dotted name, value as text, and what it means ('' where unknown)."""

    name: str
    value: str
    meaning: str


@dataclass(frozen=True)
class MetricsTable:
    """One metrics file: its title, introduction, figures and the protocol behind them."""

    title: str
    introduction: str
    figures: list[Figure]
    protocol: list[tuple[str, str]]


def explain(name: str, content: dict[str, object]) -> MetricsTable:
    """Turn the content of metrics/<name>.json into a table; a meaning is said once for consecutive figures."""
    figures: list[Figure] = []
    last_meaning = ""
    for key, value in _flat({part: value for part, value in content.items() if part != "protocol"}):
        meaning = _meaning(name, key)
        figures.append(Figure(key, _text(value), "" if meaning == last_meaning else meaning))
        last_meaning = meaning
    protocol = [(key.replace("_", " "), _text(value)) for key, value in _flat(content.get("protocol", {}))]
    return MetricsTable(_TITLES.get(name, name), EXPLANATIONS.get(name, ""), figures, protocol)


def _flat(content: object, prefix: str = "") -> list[tuple[str, object]]:
    if not isinstance(content, dict):
        return [(prefix, content)]
    return [pair for key, value in content.items() for pair in _flat(value, f"{prefix}.{key}" if prefix else str(key))]


def _meaning(name: str, key: str) -> str:
    """Find the sentence of a key, or else of its last part, or else of the longest beginning of it."""
    parts = key.split(".")
    beginnings = [".".join([name, *parts[:length]]) for length in range(len(parts) - 1, 0, -1)]
    candidates = [f"{name}.{key}", parts[-1], *beginnings]
    return next((EXPLANATIONS[candidate] for candidate in candidates if candidate in EXPLANATIONS), "")


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return ", ".join(_text(item) for item in value)
    return str(value)
