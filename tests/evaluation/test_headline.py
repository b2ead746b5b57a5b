"""All figures of an evaluation -> what DVC shows."""

from sims_core.evaluation.run.headline import headline

FIGURES = {
    "synthesis": {
        "mean_iou": {"real": 0.9, "synthesized": 0.6, "canvas": 0.2, "crn": 0.5},
        "lite0_kernel_distance": {"synthesized": 0.02, "canvas": 0.3, "crn": 0.07},
        "segmenter_kernel_distance": {"synthesized": 0.01, "crn": 0.03},
        "spectrum_distance": {"synthesized": 0.25, "canvas": 1},
        "ssim": {"synthesized": 0.4},
    },
    "sources": {"layout_drift": {"mean_iou": 0.75, "pixel_accuracy": 0.9}},
    "retrieval": {"mean_top1_score": 1.5, "num_components": 7},
    "transform": {"mean_iou_improvement": 0.125},
    "ordering": {"rule": {"network_accuracy": 1.0}, "relative_depth": {"network_accuracy": 0.5}},
    "layout": {"coarse": {"mean_iou": 0.1}, "refined": {"mean_iou": 0.3}},
}


def test_the_results_figures_stand_bare_and_others_behind_a_name():
    assert headline(FIGURES) == {
        "mean_iou": 0.6,
        "lite0_kernel_distance": 0.02,
        "segmenter_kernel_distance": 0.01,
        "spectrum_distance": 0.25,
        "real/mean_iou": 0.9,
        "crn/mean_iou": 0.5,
        "crn/lite0_kernel_distance": 0.07,
        "layout_drift/mean_iou": 0.75,
        "retrieval/mean_top1_score": 1.5,
        "transform/mean_iou_improvement": 0.125,
        "ordering/network_accuracy": 0.5,
        "layout/mean_iou": 0.3,
    }


def test_features_that_a_method_was_trained_on_are_no_headline():
    seen = {key.replace("lite0", "lite0_seen"): value for key, value in FIGURES["synthesis"].items()}
    found = headline(FIGURES | {"synthesis": seen})
    assert not [key for key in found if "lite0" in key]
    assert found["segmenter_kernel_distance"] == 0.01


def test_true_depth_goes_before_other_references():
    accuracies = {key: {"network_accuracy": value} for key, value in (("rule", 1.0), ("true_depth", 0.75))}
    assert headline(FIGURES | {"ordering": accuracies})["ordering/network_accuracy"] == 0.75
    assert "ordering/network_accuracy" not in headline(FIGURES | {"ordering": {"rule": {"network_accuracy": 1.0}}})
