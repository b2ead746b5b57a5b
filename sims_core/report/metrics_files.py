"""The files of metrics/figures and metrics/cost: every figure once, with its key, its meaning and what is better.

The report and the results page take keys and words from here, and a new figure is described here alone.
"""

from __future__ import annotations

from sims_core.networks.baselines import Baseline
from sims_core.report.figures import Figure, MetricsFile
from sims_core.report.picture_figures import SOURCES, SYNTHESIS

RETRIEVAL = MetricsFile(
    "retrieval",
    "evaluate",
    "Retrieval",
    "How well the memory bank answers the layouts.",
    (
        Figure(
            "mean_top1_score",
            "Mask overlap plus context overlap of the best segment, 0 to 2, averaged over the layouts' components.",
        ),
        Figure("mean_top1_mask_iou", "The mask overlap in it, 0 to 1."),
        Figure("mean_top1_context_iou", "The context overlap in it, 0 to 1."),
        Figure("num_components", "Components with a reference."),
        Figure(
            "share_of_layout_pixels_with_reference",
            "Share of labelled layout pixels for which a segment was found; small components get none, and the network "
            "paints them.",
        ),
    ),
)
_NUM_PAIRS = Figure("*num_pairs", "Number of held-out pairs.")
TRANSFORM = MetricsFile(
    "transform",
    "evaluate",
    "Transformation network",
    "Whether the transformation network moves a retrieved segment to where the layout wants it, on held-out segments "
    "that were rotated, scaled and shifted at random.",
    (
        Figure("mean_iou_before", "Overlap of the perturbed segment with its place before the network acts."),
        Figure("mean_iou_after", "Overlap after the network's transformation."),
        Figure("mean_iou_improvement", "The difference; higher is better."),
        Figure("share_improved", "Share of segments whose overlap rose."),
        Figure("num_pairs", "Number of held-out segments."),
    ),
)
ORDERING = MetricsFile(
    "ordering",
    "evaluate",
    "Ordering network",
    "Whether the ordering network knows which of two adjacent segments is in front, on held-out pairs.",
    (
        Figure(
            "*network_accuracy",
            "Share of pairs that the ordering network, with the class prior added, gets right.",
        ),
        Figure(
            "*class_prior_accuracy",
            "The same for guessing the order from the two categories alone (most frequent order among the training "
            "pairs).",
        ),
        Figure("*majority_accuracy", "The same for always giving the more frequent answer."),
        _NUM_PAIRS,
    ),
)
CONTESTED = MetricsFile(
    "contested",
    "evaluate",
    "Contested pixels",
    "What the order is worth to the picture: whether the right segment is in front on the pixels that two placed "
    "segments both claim. The same segments are pasted in several orders: the ordering network's, that of the "
    "categories alone, by true depth, at random, and by agreement with the layout, about the best there is.",
    (
        Figure("asked_category.*", "Share of the contested pixels whose front shows the asked category."),
        Figure(
            "asked_category_where_open.*",
            "The same on the pixels where the order decides it: one segment is of the asked category, another is not.",
        ),
        Figure(
            "asked_component_where_open.*",
            "Share that shows the layout's own component, on the contested pixels that it claims.",
        ),
        Figure(
            "clipped_asked_component_where_open.*",
            "The same with segments cut to the layout, where only segments of one category contest a pixel.",
        ),
        Figure(
            "differs_from_network.*", "Share of the contested pixels where another component shows than by the network."
        ),
        Figure("num_px.*", "Pixels that the figure rests on."),
    ),
)
_DEPTH_ERRORS = (
    Figure("*absolute_relative_error", "Error of depth over the true depth, on average. Lower is better."),
    Figure("*rmse_m", "Root mean square error of depth in metres. Lower is better."),
    Figure("*share_within_1_25", "Share of pixels whose estimated depth is within a factor of 1.25 of the true one."),
)
ESTIMATE_DEPTH = MetricsFile(
    "estimate_depth",
    "estimate_depth",
    "Depth",
    "How good the depth maps are that the front-to-back order is learned from.",
    (
        *_DEPTH_ERRORS,
        Figure("network_on_val*", "The depth network against measured depth."),
        Figure(
            "transformers_on_val*",
            "The transformers model against measured depth; absent where it gives relative depth, which has no metres.",
        ),
    ),
)
EXTRACT_BANK = MetricsFile(
    "extract_bank",
    "extract_bank",
    "Memory bank",
    "What the memory bank holds.",
)
LAYOUT = MetricsFile(
    "layout",
    "evaluate",
    "Layout refinement",
    "Whether a layout that was painted in a hurry can be made dense: coarse layouts of held-out scenes, before and "
    "after refinement.",
    (
        Figure("coarse.*", "The coarse layout against the fine one; what nobody painted is wrong."),
        Figure("refined.*", "The same after refinement."),
        Figure("share_of_void_pixels", "Share of the coarse layouts that nobody painted."),
    ),
)
PREPARE = MetricsFile(
    "prepare",
    "prepare",
    "Data",
    "The data.",
)
RETRIEVE = MetricsFile(
    "retrieve",
    "retrieve",
    "Banned photos and segments",
    "Which segments of the memory bank pictures may show.",
    (
        Figure("num_segments", "Segments that were searched."),
        Figure("num_banned_segments", "Segments that were left out."),
        Figure("banned", "What was banned (`retrieve.banned`), by photo or segment."),
    ),
)
SIMULATE = MetricsFile("simulate", "simulate", "Simulated training examples")
_TRAINING = (
    Figure("num_steps", "Length of the training; 0 where nothing was trained.", "steps"),
    Figure("kept_step", "The step whose weights were kept."),
    Figure("num_parameters", "Trained numbers.", "parameters"),
    Figure("final_losses*", "Losses on the training examples at the end."),
    Figure(
        "validation_losses*",
        "The same losses on training photos that were held out, with the weights that were kept.",
    ),
)
_TRAINED = {
    "depth": (
        "Training of the depth network",
        "Trained where depth is known, and scored there on scenes held out. Loss `log_depth`: difference of the "
        "logarithms of depth.",
    ),
    "layout": (
        "Training of layout refinement",
        "Loss `semantic`: cross-entropy of the fine layout's categories, given the coarse one.",
    ),
    "ordering": (
        "Training of the ordering network",
        "Loss `front`: cross-entropy of which of two adjacent segments is in front.",
    ),
    "perceptual": (
        "Perceptual features",
        "The features in which the synthesis network's pictures are compared with photos. Loss `semantic`: "
        "cross-entropy of the categories that they are trained to tell apart.",
    ),
    "segmenter": (
        "Training of the segmentation network that scores the pictures",
        "Loss `semantic`: cross-entropy of the categories.",
    ),
    "synthesis": (
        "Training of the synthesis network",
        "Losses: `pixel` compares colours with the photo's, `perceptual` the features of another network; `semantic` "
        "is the cross-entropy of the layout that the network also predicts.",
    ),
    "transform": (
        "Training of the transformation network",
        "Losses: `photometric` compares the colours of the moved segment with the photo's, `mask` its outline with its "
        "place, `displacement` the transformation with the true one.",
    ),
}
TRAININGS = {
    **{
        name: MetricsFile(f"train_{name}", f"train_{name}", *words, (*_DEPTH_ERRORS, *_TRAINING))
        for name, words in _TRAINED.items()
    },
    **{name.value: MetricsFile(f"train_{name}", f"train_baseline@{name}", figures=_TRAINING) for name in Baseline},
}
# In the order in which a reader wants them.
FILES = (
    SYNTHESIS,
    SOURCES,
    RETRIEVAL,
    TRANSFORM,
    ORDERING,
    CONTESTED,
    ESTIMATE_DEPTH,
    EXTRACT_BANK,
    LAYOUT,
    PREPARE,
    RETRIEVE,
    SIMULATE,
    *(TRAININGS[name] for name in sorted(TRAININGS)),
)
# metrics/cost/<stage>.json has one form for all stages, and says in its protocol what the figures mean.
COST = MetricsFile(
    "cost",
    "any",
    figures=(
        Figure("seconds", title="seconds"),
        Figure("seconds_per_picture", title="per picture"),
        Figure("cpu_seconds", title="processor seconds"),
        Figure("images_per_s"),
        Figure("wait_share"),
        Figure("peak_memory_mib", title="peak memory in MiB"),
    ),
)
