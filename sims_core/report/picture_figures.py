"""Figures of pictures: metrics/figures/synthesis.json and sources.json, and what their rows are."""

from __future__ import annotations

from sims_core.report.figures import Figure, MetricsFile

ROW_MEANINGS = {
    "real": "the photos that the layouts were drawn from; the ceiling.",
    "synthesized": "the result.",
    "canvas": "the pasted segments before the synthesis network, gaps and all.",
    "inpainted": "the canvas with its gaps filled by OpenCV's inpainting instead of the network.",
    "nearest_photo": "the training photo whose labels agree best with the layout: a real photo, but of another scene, "
    "and one that the segmentation network was trained on.",
    "crn": "the pictures of a cascaded refinement network that was trained on the same photos.",
    "pix2pix": "the pictures of a conditional adversarial network that was trained on the same photos.",
    "spade": "the pictures of a network that the layout normalises at every size, trained as pix2pix is.",
    "shuffled_layout": "the real photos, each scored against the layout of another one; the floor.",
}

_SEGMENTED = (
    Figure(
        "mean_iou",
        "A segmentation network that was trained on the training photos labels each picture; the intersection over "
        "union with the asked layout, averaged over categories. Higher is better.",
        "mean IoU",
        "higher",
    ),
    Figure(
        "pixel_accuracy",
        "Share of pixels that this network labels as the layout asked. Higher is better.",
        "pixel accuracy",
        "higher",
    ),
    Figure(
        "frequency_weighted_iou",
        "The same intersection over union, each category weighted by its share of the layouts' pixels. Higher is "
        "better.",
        "frequency-weighted IoU",
        "higher",
    ),
    Figure(
        "lite0_kernel_distance",
        "Distance between the pictures and the real photos in ImageNet features of EfficientNet-Lite0, which no method "
        "was trained on; 0 = as alike as two random sets of real photos. Lower is better.",
        "Lite0 kernel distance",
        "lower",
    ),
    Figure("lite0_kernel_distance_std", "Spread of that distance over the random subsets."),
    Figure(
        "lite0_frechet_distance",
        "Distance between the same features taken as Gaussians, as in FID. Biased upward by small numbers of pictures, "
        "differently for every method: not for ranking.",
    ),
    Figure(
        "lite0_seen_kernel_distance",
        "The distance in Lite0's features where a method was trained on them: it is not judged by it. Lower is better.",
        "Lite0 kernel distance, trained on",
        "lower",
    ),
    Figure("lite0_seen_kernel_distance_std", "Spread of that distance over the random subsets."),
    Figure("lite0_seen_frechet_distance", "Frechet distance of the features that a method was trained on."),
    Figure(
        "segmenter_kernel_distance",
        "Distance between the network's features of the pictures and of the real photos; 0 = as alike as two random "
        "sets of real photos. Lower is better. Not comparable with Inception KID.",
        "segmenter kernel distance",
        "lower",
    ),
    Figure("segmenter_kernel_distance_std", "Spread of that distance over the random subsets."),
    Figure(
        "segmenter_frechet_distance",
        "Distance between the same features taken as Gaussians, as in FID. Biased upward by small numbers of pictures, "
        "differently for every method: not for ranking.",
    ),
)
_SPECTRUM = (
    Figure(
        "spectrum_distance",
        "Mean difference of the log10 power spectra from real photos: 0.3 means twice or half the power at a typical "
        "frequency. Blur raises it. Lower is better.",
        "spectrum distance",
        "lower",
    ),
    Figure(
        "spectrum_slope", "How fast power falls with frequency; photographs have about -2.", "spectrum slope", "real"
    ),
    Figure(
        "num_spectrum_peaks",
        "Frequencies at which the power stands out from its surroundings more than in real photos: what upsampling "
        "leaves.",
    ),
    Figure("highest_spectrum_peak", "log10 of how many times the power at the highest of these stands out."),
)
_ERRORS = (
    Figure(
        "l1",
        "Mean difference of the colours (of 255) from the real photo. A diagnostic, as the next two: a layout has many "
        "photographs.",
    ),
    Figure("psnr_db", "Peak signal-to-noise ratio to the real photo in dB."),
    Figure("ssim", "Structural similarity to the real photo."),
)
_PROVENANCE = (
    Figure(
        "provenance.share_of_known_pixels",
        "Share of the canvas that was filled from photos; the network invents the rest and smooths everything.",
    ),
    Figure(
        "provenance.share_of_known_pixels_with_provenance",
        "Share of filled pixels whose source photo and segment are recorded; must be 1.",
    ),
    Figure("provenance.num_source_photos", "Different photos that appear in the canvases."),
    Figure("provenance.num_source_photos_not_in_training", "Photos used that are not training photos; must be 0."),
)
SYNTHESIS = MetricsFile(
    "synthesis",
    "evaluate",
    "Synthesised photographs",
    "How close the synthesised photographs come to real ones, and how well they keep to the layout, beside what two "
    "methods reach that need no training.",
    (*_SEGMENTED, *_SPECTRUM, *_ERRORS, *_PROVENANCE),
)
SOURCES = MetricsFile(
    "sources",
    "evaluate",
    "Sources",
    "What only a method that pastes can be asked: where it deviates from the layout, how much it copies, and how "
    "different its variants of one layout are.",
    (
        Figure(
            "layout_drift.mean_iou",
            "Overlap of the asked layout with the one that the pasted segments realise, averaged over categories; "
            "1 = no drift.",
        ),
        Figure(
            "layout_drift.pixel_accuracy",
            "Share of the asked layout's pixels that show their category on the canvas.",
        ),
        Figure(
            "copying.share_of_pixels_unchanged",
            "Share of the result's pixels that came from a photo and are exactly as they were pasted.",
        ),
        Figure("copying.share_of_pixels_nearly_unchanged", "The same with a difference of at most 8 of 255."),
        Figure(
            "copying.nearest_crop_distance*",
            "How near small parts of the pictures come to any part of any training photo; real photos say what is "
            "usual, and the nearest training photo is one.",
        ),
        Figure(
            "diversity.perceptual_distance",
            "How different the variants of a layout look, in the perceptual features; not comparable with figures of "
            "other features.",
        ),
        Figure("diversity.perceptual_distance_by_category*", "The same over the pixels of each category."),
        Figure(
            "diversity.share_of_changed_sources",
            "Share of segments that come from another photo than in the first variant.",
        ),
    ),
)
