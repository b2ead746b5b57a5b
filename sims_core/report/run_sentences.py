"""What the results page says of a run in sentences, by metrics file; `report.sentences` puts the figures in."""

from __future__ import annotations

# Figures in braces: `{key}`, `{key:percent}` or `{key:megabytes}`. A sentence about a nested part is left out where the
# file has no such part.
SENTENCES: dict[str, tuple[str, ...]] = {
    "synthesis": (
        "Provenance: {provenance.share_of_known_pixels:percent} of the canvas comes from "
        "{provenance.num_source_photos} photos, {provenance.num_source_photos_not_in_training} of them not training "
        "photos; the source of {provenance.share_of_known_pixels_with_provenance:percent} of these pixels is recorded.",
    ),
    "sources": (
        "Layout drift: the layout that the canvas realises has a mean IoU of {layout_drift.mean_iou} with the asked "
        "one ({layout_drift.pixel_accuracy:percent} of the pixels agree).",
        "Copying: {copying.share_of_pixels_unchanged:percent} of the result's pixels are a photo's and exactly as "
        "pasted, {copying.share_of_pixels_nearly_unchanged:percent} almost. Distance to the nearest crop of a training "
        "photo: {copying.nearest_crop_distance}.",
        "Diversity: the variants of a layout differ by {diversity.perceptual_distance} in the perceptual features; "
        "{diversity.share_of_changed_sources:percent} of their segments come from another photo than in the first "
        "variant.",
    ),
    "retrieval": (
        "Retrieval: the best segment of a component scores {mean_top1_score} on average of {num_components} (mask IoU "
        "{mean_top1_mask_iou}, context IoU {mean_top1_context_iou}); {share_of_layout_pixels_with_reference:percent} "
        "of the labelled pixels have one.",
    ),
    "transform": (
        "Transformation: the mean IoU of {num_pairs} perturbed held-out segments goes from {mean_iou_before} to "
        "{mean_iou_after} (difference {mean_iou_improvement}; {share_improved:percent} of them improve).",
    ),
    "ordering": tuple(
        f"Ordering by {truth}: {{{key}.network_accuracy}} of {{{key}.num_pairs}} held-out pairs are right (class prior "
        f"{{{key}.class_prior_accuracy}}, majority {{{key}.majority_accuracy}})."
        for key, truth in {
            "true_depth": "true depth",
            "estimated_depth": "estimated depth, which is no truth",
            "relative_depth": "a network's relative depth, which is no truth",
            "rule": "the rule that objects stand in front of the ground they stand on",
        }.items()
    ),
    "contested": (
        "Contested pixels: {num_px.asked_category_where_open} are claimed by a segment of the asked category and by "
        "another. The asked one is in front on {asked_category_where_open.network:percent} of them by the network's "
        "order, on {asked_category_where_open.class_prior:percent} by the class prior's and on "
        "{asked_category_where_open.chance:percent} by chance.",
    ),
    "extract_bank": ("Memory bank: {num_segments} segments of {num_photos} photos in {num_bytes:megabytes}.",),
    "layout": (
        "Layout refinement: coarse layouts have a mean IoU of {coarse.mean_iou} with the fine ones, refined ones "
        "{refined.mean_iou} ({coarse.pixel_accuracy:percent} and {refined.pixel_accuracy:percent} of the pixels "
        "agree).",
    ),
    "prepare": (
        "`{dataset}`: {num_train} training photos, {num_val} validation layouts, {num_categories} categories, "
        "{width_px} x {height_px} px.",
    ),
}
