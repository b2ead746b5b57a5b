import json
import re
from pathlib import Path

import pytest

from sims_core.base.errors import SimsError
from sims_core.base.files import write_json
from sims_core.report.results import read_runs, render_page, write_results_page
from sims_core.report.sentences import significant
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
DATA = {
    "dataset": "cityscapes",
    "num_train": 2975,
    "num_val": 500,
    "num_categories": 19,
    "height_px": 256,
    "width_px": 512,
}


@pytest.fixture
def run(tmp_path):
    """A run that is kept, with the figures of pictures alone."""
    write_json(tmp_path / "docs/figures/mine/synthesis.json", SYNTHESIS)
    return tmp_path / "docs/figures/mine"


def page_of(run):
    """Return the page of all runs beside one."""
    return render_page(read_runs(run.parent))


def lines_of(page, start):
    """Return the lines of the sections of the runs that begin so."""
    sections = page[page.index("\n## ") :]
    return [line for line in sections.splitlines() if line.startswith(start)]


def test_the_page_of_this_repository_is_what_the_command_writes():
    page = (ROOT / "docs/results.md").read_text(encoding="utf-8")
    assert page == render_page(read_runs(ROOT / "docs/figures")), "run `sims results page`"


def test_the_table_holds_a_line_per_method_and_the_best_one_is_bold(run):
    assert lines_of(page_of(run), "|") == [
        "| method | mean IoU ↑ | segmenter kernel distance ↓ | spectrum distance ↓ | spectrum slope → real |",
        "|---|---:|---:|---:|---:|",
        "| real photographs | 0.900 | – | – | -2.50 |",
        "| synthesised | 0.612 | **0.00123 ± 0.00123** | **0.250** | -2.90 |",
        "| canvas | 0.500 | 0.0500 ± 0.0200 | 1.23 | -1.50 |",
        "| canvas, inpainted | **0.700** | – | **0.250** | **-2.40** |",
    ]


def test_intervals_stand_behind_the_figures_and_differences_have_a_table(run):
    write_json(run / "synthesis_intervals.json", INTERVALS)
    page = page_of(run)
    figures, differences = lines_of(page, "| synthesised")
    assert figures == "| synthesised | 0.612 [0.600, 0.625] | **0.00123 ± 0.00123** | **0.250** | -2.90 |"
    assert "| canvas | 0.500 | 0.0500 [0.0400, 0.0600] | 1.23 | -1.50 |" in page
    assert differences == "| synthesised less canvas, inpainted | -0.0876 [-0.100, -0.0500] | – | – | – |"
    assert "  * interval: bootstrap" in page
    write_json(run / "synthesis_intervals.json", {"intervals": {"mean_iou": {"real": {"low": 1}}}})
    with pytest.raises(SimsError, match=r"synthesis_intervals\.json: 'intervals\.mean_iou\.real\.high' is missing"):
        read_runs(run.parent)


def test_a_figure_that_is_absent_has_no_line(run):
    assert lines_of(page_of(run), "* ") == ["* Synthesised photographs"]
    assert lines_of(page_of(run), "  * ") == ["  * num images: 4", "  * rows.canvas: as composed"]


def test_the_other_figures_have_a_line_each(run):
    write_json(run / "prepare.json", DATA)
    protocol = {"perceptual_features": "vgg19.pth, sha256 dcbb"}
    write_json(run / "synthesis.json", {**SYNTHESIS, "provenance": PROVENANCE, "protocol": protocol})
    write_json(run / "transform.json", TRANSFORM)
    write_json(run / "retrieval.json", RETRIEVAL | {"protocol": {"excluded": "the layout's own photo"}})
    write_json(run / "ordering.json", {"rule": ACCURACIES, "estimated_depth": ACCURACIES, "share_by_rule": 0.5})
    page = page_of(run)
    assert "`cityscapes`: 2,975 training photos, 500 validation layouts, 19 categories, 512 x 256 px." in page
    provenance, retrieval, transform, estimated, rule, *protocols = lines_of(page, "* ")
    assert "1,064 perturbed held-out segments goes from 0.500 to 0.750 (difference 0.250; 87.5 %" in transform
    accuracies = ": 0.960 of 1,010 held-out pairs are right (class prior 0.900, majority 0.600)."
    assert estimated == f"* Ordering by estimated depth, which is no truth{accuracies}"
    assert rule == f"* Ordering by the rule that objects stand in front of the ground they stand on{accuracies}"
    assert "scores 0.750 on average of 2,531 (mask IoU 0.500, context IoU 0.250); 97.5 % of the labelled" in retrieval
    assert (
        "74.6 % of the canvas comes from 1,154 photos, 0 of them not training photos; the source of 100 %" in provenance
    )
    assert protocols == ["* Synthesised photographs", "* Retrieval"]
    assert lines_of(page, "  * perceptual") == ["  * perceptual features: vgg19.pth, sha256 dcbb"]


def test_every_folder_with_figures_is_a_run_and_nothing_else_is(run):
    for name in ("camvid", "baselines/imagenet"):
        write_json(run.parent / name / "synthesis.json", SYNTHESIS)
    write_json(run.parent / "notes/other.json", {})
    write_json(run / "ablations/no_context/synthesis.json", SYNTHESIS)
    assert lines_of(page_of(run), "## ") == [
        "## baselines/imagenet (`docs/figures/baselines/imagenet/`)",
        "## camvid (`docs/figures/camvid/`)",
        "## mine (`docs/figures/mine/`)",
        "## How to make this page again",
    ]


def test_the_page_does_not_say_where_the_project_lies(run, tmp_path, monkeypatch):
    page = page_of(run)
    monkeypatch.chdir(tmp_path)
    assert render_page(read_runs(Path("docs/figures"))) == page
    assert tmp_path.name not in page


def test_a_folder_without_figures_is_refused_and_the_old_page_stays(tmp_path):
    out = tmp_path / "results.md"
    out.write_text("old")
    with pytest.raises(SimsError, match=r"no synthesis\.json in this folder or below it; run `dvc repro`, then `sims"):
        write_results_page(tmp_path / "figures", out)
    assert out.read_text() == "old"


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("synthesis.json", "{", "is not valid JSON"),
        ("synthesis.json", "[]", "holds no figures, expected a JSON object"),
        ("synthesis.json", '{"mean_iou": 3}', "'mean_iou' is no mapping of rows to figures, found 3"),
        ("synthesis.json", '{"mean_iou": {"real": "much"}}', "'mean_iou.real' is no finite number, found much"),
        ("synthesis.json", '{"mean_iou": {"real": true}}', "'mean_iou.real' is no finite number, found True"),
        ("synthesis.json", '{"mean_iou": {"real": NaN}}', "'mean_iou.real' is nan, no finite number"),
        ("transform.json", json.dumps(TRANSFORM | {"num_pairs": None}), "'num_pairs' is missing"),
        ("ordering.json", '{"rule": {}}', "'rule.network_accuracy' is missing"),
    ],
)
def test_a_damaged_file_is_named_in_one_line(run, file, content, message):
    (run / file).write_text(content)
    with pytest.raises(SimsError, match=re.escape(f"{file}: {message}")) as caught:
        read_runs(run.parent)
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


def test_ablations_costs_and_sources_have_their_places(run):
    write_json(run / "synthesis.json", {"mean_iou": {"real": 0.9, "synthesized": 0.5, "canvas": 0.3}})
    write_json(run / "ablations/no_context/synthesis.json", {"mean_iou": {"synthesized": 0.4}})
    memory = {"cpu_seconds": 4.0, "peak_memory_mib": 400}
    write_json(run / "cost/compose.json", {"seconds": 3.0, "seconds_per_picture": 0.25, **memory})
    write_json(run / "cost/train_synthesis.json", {"seconds": 90.5, "cpu_seconds": 171.5, "peak_memory_mib": 1500})
    write_json(run / "extract_bank.json", {"num_photos": 12, "num_segments": 1200, "num_bytes": 3_450_000})
    sources = {
        "layout_drift": {"mean_iou": 0.75, "pixel_accuracy": 0.9},
        "copying": {
            "share_of_pixels_unchanged": 0.125,
            "share_of_pixels_nearly_unchanged": 0.5,
            "nearest_crop_distance": {"real": 0.05, "synthesized": 0.04},
        },
        "diversity": {"perceptual_distance": 0.2, "share_of_changed_sources": 0.95},
    }
    write_json(run / "sources.json", sources)
    write_json(run / "train_synthesis.json", {"num_steps": 6000, "num_parameters": 918735})
    write_json(run / "train_crn.json", {"num_steps": 8000, "num_parameters": 420963})
    before, after = {"mean_iou": 0.5, "pixel_accuracy": 0.75}, {"mean_iou": 0.625, "pixel_accuracy": 0.875}
    write_json(run / "layout.json", {"coarse": before, "refined": after})
    page = page_of(run)
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


def test_a_study_with_raters_has_a_table(run):
    cell = {"share": 0.58385, "low": 0.4951, "high": 0.66849, "num_answers": 1267}
    content = {
        "preferences": {
            "real": {"synthesized_over_crn": {"unlimited": cell}},
            "timed": {"crn_over_real": {"125": cell}},
        },
        "raters": {"num_raters": 22, "num_counted": 20},
    }
    write_json(run / "study.json", content)
    lines = page_of(run).splitlines()
    assert "| real | synthesised over CRN | unlimited | 0.584 [0.495, 0.668] | 1,267 |" in lines
    assert "| timed | CRN over real photographs | 125 ms | 0.584 [0.495, 0.668] | 1,267 |" in lines
    assert any("20 of 22 raters count" in line for line in lines)
