"""All figures of an evaluation -> its headline figures, metrics/evaluate.json.

Of the result a figure stands bare, of other rows and of networks behind a name: `mean_iou`, `crn/mean_iou`. So
`dvc exp show --drop '.*/'` leaves the result's figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Name that DVC shows -> file of metrics/figures, and keys in it; the first that the file has.
_HEADLINE: dict[str, tuple[str, tuple[str, ...]]] = {
    "mean_iou": ("synthesis", ("mean_iou.synthesized",)),
    # Absent where a method was trained on these features: the figures have other names then.
    "lite0_kernel_distance": ("synthesis", ("lite0_kernel_distance.synthesized",)),
    "segmenter_kernel_distance": ("synthesis", ("segmenter_kernel_distance.synthesized",)),
    "spectrum_distance": ("synthesis", ("spectrum_distance.synthesized",)),
    "real/mean_iou": ("synthesis", ("mean_iou.real",)),
    "inpainted/mean_iou": ("synthesis", ("mean_iou.inpainted",)),
    "crn/mean_iou": ("synthesis", ("mean_iou.crn",)),
    "crn/lite0_kernel_distance": ("synthesis", ("lite0_kernel_distance.crn",)),
    "pix2pix/mean_iou": ("synthesis", ("mean_iou.pix2pix",)),
    "pix2pix/lite0_kernel_distance": ("synthesis", ("lite0_kernel_distance.pix2pix",)),
    "spade/mean_iou": ("synthesis", ("mean_iou.spade",)),
    "spade/lite0_kernel_distance": ("synthesis", ("lite0_kernel_distance.spade",)),
    "layout_drift/mean_iou": ("sources", ("layout_drift.mean_iou",)),
    "retrieval/mean_top1_score": ("retrieval", ("mean_top1_score",)),
    "transform/mean_iou_improvement": ("transform", ("mean_iou_improvement",)),
    "ordering/network_accuracy": (
        "ordering",
        tuple(f"{reference}.network_accuracy" for reference in ("true_depth", "estimated_depth", "relative_depth")),
    ),
    "layout/mean_iou": ("layout", ("refined.mean_iou",)),
}


def headline(figures: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """Return the headline figures of an evaluation by the name that DVC shows; one that nobody measured is absent.

    Args:
        figures: The content of metrics/figures/<name>.json by name.
    """
    found = {}
    for name, (file, keys) in _HEADLINE.items():
        values = [value for key in keys if (value := _at(figures[file], key)) is not None]
        if values:
            found[name] = values[0]
    return found


def _at(content: Any, key: str) -> float | None:
    """Return what stands at a dotted key; None where nothing does."""
    for part in key.split("."):
        content = content.get(part) if isinstance(content, Mapping) else None
    return None if content is None else float(content)
