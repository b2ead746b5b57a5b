import json

import pytest

from sims_core.base.errors import SimsError
from sims_core.base.files import write_json
from sims_core.report.metrics_files import SynthesisFigures
from sims_core.report.results import read_runs, render_page, significant, tabulate, write_results_page
from tests.support.project import ROOT

SYNTHESIS = {
    "mean_iou": {"real": 0.9, "synthesized": 0.61239, "canvas": 0.5, "inpainted": 0.7},
    "segmenter_kernel_distance": {"synthesized": 0.0012345, "canvas": 0.05},
    "segmenter_kernel_distance_std": {"synthesized": 0.00123, "canvas": 0.02},
    "spectrum_distance": {"synthesized": 0.25, "canvas": 1.2345, "inpainted": 0.25},
    "spectrum_slope": {"real": -2.5, "synthesized": -2.9, "canvas": -1.5, "inpainted": -2.4},
    "protocol": {"num_images": 4, "rows": {"canvas": "as composed"}},
}
INTERVALS = {
    "intervals": {
        "mean_iou": {"synthesized": {"low": 0.6, "high": 0.625}},
        "segmenter_kernel_distance": {"canvas": {"low": 0.04, "high": 0.06}},
    },
    "differences": {"mean_iou": {"synthesized_minus_inpainted": {"value": -0.08761, "low": -0.1, "high": -0.05}}},
    "protocol": {"interval": "bootstrap"},
}
TRANSFORM = {
    "mean_iou_before": 0.5,
    "mean_iou_after": 0.75,
    "mean_iou_improvement": 0.25,
    "share_improved": 0.875,
    "num_pairs": 1064,
}
RETRIEVAL = {
    "mean_top1_score": 0.75,
    "mean_top1_mask_iou": 0.5,
    "mean_top1_context_iou": 0.25,
    "share_of_layout_pixels_with_reference": 0.9751,
    "num_components": 2531,
}
PROVENANCE = {
    "share_of_known_pixels": 0.7461,
    "share_of_known_pixels_with_provenance": 1.0,
    "num_source_photos": 1154,
    "num_source_photos_not_in_training": 0,
}
ACCURACIES = {"network_accuracy": 0.96, "class_prior_accuracy": 0.9, "majority_accuracy": 0.6, "num_pairs": 1010}
DATA = {"num_train": 2975, "num_val": 500, "num_categories": 19, "height_px": 256, "width_px": 512}


@pytest.fixture
def metrics(tmp_path):
    write_json(tmp_path / "metrics/synthesis.json", SYNTHESIS)
    return tmp_path / "metrics"


def page_of(metrics):
    return render_page(read_runs(metrics))


def lines_of(page, start):
    """Return the lines of the sections of the runs that begin so."""
    sections = page[page.index("\n## ") :]
    return [line for line in sections.splitlines() if line.startswith(start)]


def test_the_page_of_this_repository_is_what_the_command_writes():
    page = (ROOT / "docs/results.md").read_text(encoding="utf-8")
    assert page == page_of(ROOT / "metrics"), "run `sims results page`"


def test_the_table_holds_a_line_per_method_and_the_best_one_is_bold(metrics):
    assert lines_of(page_of(metrics), "|") == [
        "| method | mean IoU ↑ | segmenter kernel distance ↓ | spectrum distance ↓ | spectrum slope → real |",
        "|---|---:|---:|---:|---:|",
        "| real photographs | 0.900 | – | – | -2.50 |",
        "| synthesised | 0.612 | **0.00123 ± 0.00123** | **0.250** | -2.90 |",
        "| canvas | 0.500 | 0.0500 ± 0.0200 | 1.23 | -1.50 |",
        "| canvas, inpainted | **0.700** | – | **0.250** | **-2.40** |",
    ]


def test_intervals_stand_behind_the_figures_and_differences_have_a_table(metrics):
    write_json(metrics / "synthesis_intervals.json", INTERVALS)
    page = page_of(metrics)
    figures, differences = lines_of(page, "| synthesised")
    assert figures == "| synthesised | 0.612 [0.600, 0.625] | **0.00123 ± 0.00123** | **0.250** | -2.90 |"
    assert "| canvas | 0.500 | 0.0500 [0.0400, 0.0600] | 1.23 | -1.50 |" in page
    assert differences == "| synthesised less canvas, inpainted | -0.0876 [-0.100, -0.0500] | – | – | – |"
    assert "  * interval: bootstrap" in page
    write_json(metrics / "synthesis_intervals.json", {"intervals": {"mean_iou": {"real": {"low": 1}}}})
    with pytest.raises(SimsError, match=r"synthesis_intervals\.json: 'intervals\.mean_iou\.real\.high'"):
        read_runs(metrics)


def test_the_floor_competes_no_more_than_the_oracle():
    figures = {"mean_iou": {"real": 0.9, "synthesized": 0.1, "shuffled_layout": 0.2}}
    assert tabulate(SynthesisFigures.model_validate(figures))[1][1:] == [
        ("synthesised", ["**0.100**"]),
        ("real photographs, shuffled layouts", ["0.200"]),
    ]


def test_the_oracle_does_not_compete_and_rows_of_other_versions_do():
    figures = SynthesisFigures.model_validate({"mean_iou": {"real": 0.9, "synthesized": 0.5, "pix2pix": 0.6}})
    assert tabulate(figures)[1] == [
        ("real photographs", ["0.900"]),
        ("synthesised", ["0.500"]),
        ("pix2pix", ["**0.600**"]),
    ]


def test_a_slope_without_that_of_real_photographs_has_no_best():
    figures = SynthesisFigures.model_validate({"spectrum_slope": {"synthesized": -3, "canvas": -2}})
    assert tabulate(figures)[1] == [("synthesised", ["-3.00"]), ("canvas", ["-2.00"])]


def test_a_distance_has_as_many_digits_as_its_spread():
    figures = {"segmenter_kernel_distance": {"canvas": 2.7e-5}, "segmenter_kernel_distance_std": {"canvas": 0.00121}}
    assert tabulate(SynthesisFigures.model_validate(figures))[1] == [("canvas", ["**0.00003 ± 0.00121**"])]


def test_a_figure_that_is_absent_has_no_line(metrics):
    assert lines_of(page_of(metrics), "* ") == ["* pictures"]
    assert lines_of(page_of(metrics), "  * ") == ["  * num images: 4", "  * rows.canvas: as composed"]


def test_the_other_figures_have_a_line_each(metrics):
    write_json(metrics / "prepare.json", DATA)
    protocol = {"perceptual_features": "vgg19.pth, sha256 dcbb"}
    write_json(metrics / "synthesis.json", {**SYNTHESIS, "provenance": PROVENANCE, "protocol": protocol})
    write_json(metrics / "transform.json", TRANSFORM)
    write_json(metrics / "retrieval.json", RETRIEVAL | {"protocol": {"excluded": "the layout's own photo"}})
    write_json(metrics / "ordering.json", {"rule": ACCURACIES, "estimated_depth": ACCURACIES, "share_by_rule": 0.5})
    page = page_of(metrics)
    assert "2,975 training photos, 500 validation layouts, 19 categories, 512 x 256 px." in page
    transform, ordering, retrieval, provenance, features, *protocols = lines_of(page, "* ")
    assert "1,064 perturbed held-out segments goes from 0.500 to 0.750 (difference 0.250; 87.5 %" in transform
    assert ordering == (
        "* Ordering, share of held-out pairs that are right: "
        "0.960 of 1,010 by estimated depth (class prior 0.900, majority 0.600); "
        "0.960 of 1,010 by rule (class prior 0.900, majority 0.600)."
    )
    assert "scores 0.750 on average of 2,531 (mask IoU 0.500, context IoU 0.250); 97.5 % of the labelled" in retrieval
    assert (
        "74.6 % of the canvas comes from 1,154 photos, 0 of them not training photos; the source of 100 %" in provenance
    )
    assert features.endswith("the synthesis network was trained with: vgg19.pth, sha256 dcbb.")
    assert protocols == ["* pictures", "* retrieval"]


def test_every_folder_with_figures_is_a_run_and_the_top_one_comes_first(metrics):
    for name in ("camvid", "baselines/imagenet"):
        write_json(metrics / name / "synthesis.json", SYNTHESIS)
    write_json(metrics / "notes/other.json", {})
    assert lines_of(page_of(metrics), "## ") == [
        "## The project's own run (`metrics/`)",
        "## baselines/imagenet (`metrics/baselines/imagenet/`)",
        "## camvid (`metrics/camvid/`)",
        "## How to make this page again",
    ]


def test_the_page_does_not_say_where_the_project_lies(metrics, tmp_path, monkeypatch):
    monkeypatch.chdir(metrics.parent)
    relative = page_of(type(metrics)("metrics"))
    assert relative == page_of(metrics)
    assert tmp_path.name not in relative


def test_a_folder_without_figures_is_refused_and_the_old_page_stays(tmp_path):
    out = tmp_path / "results.md"
    out.write_text("old")
    with pytest.raises(SimsError, match=r"no synthesis\.json in this folder or below it; run stage 'evaluate' first"):
        write_results_page(tmp_path / "metrics", out)
    assert out.read_text() == "old"


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("synthesis.json", "{", "is not valid JSON"),
        ("synthesis.json", "[]", "Input should be a valid dictionary"),
        ("synthesis.json", '{"mean_iou": 3}', "'mean_iou'"),
        ("synthesis.json", '{"mean_iou": {"real": "much"}}', r"'mean_iou\.real'.*found much"),
        ("synthesis.json", '{"mean_iou": {"real": NaN}}', r"'mean_iou\.real'.*finite"),
        ("transform.json", json.dumps(TRANSFORM | {"num_pairs": None}), "'num_pairs'"),
        ("ordering.json", '{"rule": {}}', r"'rule\.network_accuracy'"),
    ],
)
def test_a_damaged_file_is_named_in_one_line(metrics, file, content, message):
    (metrics / file).write_text(content)
    with pytest.raises(SimsError, match=f"{file}: {message}") as caught:
        read_runs(metrics)
    assert "\n" not in str(caught.value)
    assert "run stage 'evaluate' again" in str(caught.value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.2260734, "0.226"),
        (0.99962, "1.00"),
        (1.145578, "1.15"),
        (-2.729591, "-2.73"),
        (0.000027, "0.0000270"),
        (154.2, "154"),
        (1234.5, "1230"),
        (0.5, "0.500"),
        (0.0, "0.00"),
    ],
)
def test_numbers_have_three_digits(value, text):
    assert significant(value) == text


def test_ablations_costs_and_sources_have_their_places(tmp_path):
    metrics = tmp_path / "metrics"
    write_json(metrics / "synthesis.json", {"mean_iou": {"real": 0.9, "synthesized": 0.5, "canvas": 0.3}})
    write_json(metrics / "ablations/no_context/synthesis.json", {"mean_iou": {"synthesized": 0.4}})
    memory = {"cpu_seconds": 4.0, "peak_memory_mib": 400}
    write_json(metrics / "cost/compose.json", {"seconds": 3.0, "seconds_per_picture": 0.25, **memory})
    write_json(metrics / "cost/train_synthesis.json", {"seconds": 90.5, "cpu_seconds": 171.5, "peak_memory_mib": 1500})
    write_json(metrics / "extract_bank.json", {"num_photos": 12, "num_segments": 1200, "num_bytes": 3_450_000})
    sources = {
        "layout_drift": {"mean_iou": 0.75, "pixel_accuracy": 0.9},
        "copying": {
            "share_of_pixels_unchanged": 0.125,
            "share_of_pixels_nearly_unchanged": 0.5,
            "nearest_crop_distance": {"real": 0.05, "synthesized": 0.04},
        },
        "diversity": {"perceptual_distance": 0.2, "share_of_changed_sources": 0.95},
    }
    write_json(metrics / "sources.json", sources)
    write_json(metrics / "train_synthesis.json", {"num_steps": 6000, "num_parameters": 918735})
    write_json(metrics / "train_crn.json", {"num_steps": 8000, "num_parameters": 420963})
    before, after = {"mean_iou": 0.5, "pixel_accuracy": 0.75}, {"mean_iou": 0.625, "pixel_accuracy": 0.875}
    write_json(metrics / "layout.json", {"coarse": before, "refined": after})
    (run,) = read_runs(metrics)  # an ablation is no run
    page = render_page([run])
    assert "| the whole method | 0.500 |" in page
    assert "| retrieval without context IoU | 0.400 |" in page
    assert page.index("| train_synthesis | 90.5 | – | 171.5 | 1,500 |") < page.index(
        "| compose | 3.0 | 0.25 | 4.0 | 400 |"
    )
    assert "| synthesised | 6,000 | 918,735 | 90.5 | 171.5 |\n| CRN | 8,000 | 420,963 | – | – |\n" in page
    assert "a mean IoU of 0.500 with the fine ones, refined ones 0.625 (75 % and 87.5 % of the pixels agree)" in page
    assert "1,200 segments of 12 photos in 3.45 MB" in page
    assert "a mean IoU of 0.750 with the asked one (90 % of the pixels agree)" in page
    assert "12.5 % of the result's pixels" in page
    assert "real photographs 0.0500, synthesised 0.0400." in page
    assert "differ by 0.200 in the perceptual features; 95 % of their segments" in page
