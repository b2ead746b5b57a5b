import csv
import json
import math
from functools import partial

import numpy as np
import pytest

from sims_core.base.csv_files import rounded, write_csv
from sims_core.base.errors import SimsError
from sims_core.base.parallel import parallel_map
from sims_core.base.read_pictures import read_picture
from sims_core.evaluation.measures.provenance import ProvenanceCount
from sims_core.evaluation.measures.segmentation import category_counts, mean_iou
from sims_core.evaluation.result_tables import write_confusion, write_curves, write_per_image, write_spectra
from sims_core.evaluation.rows import ordered_rows, row_title
from sims_core.evaluation.run import scored
from sims_core.evaluation.run.ordering import Answer, summarise_answers
from sims_core.evaluation.run.retrieval import evaluate_retrieval
from sims_core.evaluation.run.rows_of_run import num_labelled_px, project_rows, project_samples, row_rules
from sims_core.evaluation.scoring import Instruments, Sample, score_samples, shuffled_pairs
from sims_core.evaluation.summary import summarise_scores
from sims_core.formats.canvases import CanvasReader
from sims_core.formats.matches import ComponentMatches
from sims_core.formats.scenes import SceneReader
from sims_core.formats.synthesized import IMAGES, ImageReader
from sims_core.formats.tables import image_cell, write_table
from sims_core.networks.perceptual import Lite0Features
from sims_core.networks.saved import ModelCard
from sims_core.networks.vgg import VGG19
from sims_core.training.loop.save import save_model
from tests.support.small_instruments import INSTRUMENTS, RULE, Quadrants
from tests.support.small_networks import write_segmenter
from tests.support.small_project import (
    CLASSES,
    HEIGHT_PX,
    TRAIN_IDS,
    VAL_IDS,
    WIDTH_PX,
    canvas,
    layout,
    scene,
    write_data,
)

METHODS = ["synthesized", "canvas", "inpainted", "nearest_photo", "crn"]
PICTURES = ["real", *METHODS]
ALL_ROWS = [*PICTURES, "shuffled_layout"]


def write_baseline(root, name, ids, picture):
    rows = [{"scene_id": scene_id, "variant": 0, "image": image_cell(picture)} for scene_id in ids]
    write_table(root / "data/baselines" / name, "images", IMAGES, rows, f"baselines/{name}")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A finished run with the pictures of one trained rival."""
    root = tmp_path_factory.mktemp("project")
    write_data(root)
    write_baseline(root, "crn", VAL_IDS, scene("crn", "val", 7).photo)
    return root / "data"


class SmallRun(scored.ScoredRun):
    """A run that needs no trained network."""

    instruments = INSTRUMENTS


def score(data, batch_size=3, instruments=INSTRUMENTS):
    scenes, provenance = SceneReader(data / "scenes"), ProvenanceCount.empty()
    rows = project_rows(scenes, ImageReader(data / "synthesized"), {"crn": data / "baselines/crn"})
    samples = project_samples(scenes, CanvasReader(data / "canvases"), rows, provenance, 0, scenes.ids("val"))
    scores = score_samples(samples, len(VAL_IDS), len(CLASSES), instruments, batch_size)
    return scores, provenance, rows


@pytest.fixture(scope="module")
def scores(project):
    return score(project)[0]


@pytest.fixture(scope="module")
def summary(scores):
    return summarise_scores(scores, INSTRUMENTS, RULE)


def test_rows_are_scored_against_the_asked_layout_whatever_the_batch(project, scores):
    again, provenance, _ = score(project, batch_size=1)
    counted = int(sum((layout(n) != 255).sum() for n in range(len(VAL_IDS))))
    assert counted == num_labelled_px(SceneReader(project / "scenes"))
    assert scores.names == again.names == VAL_IDS
    assert (scores.frame, list(scores.rows)) == ((HEIGHT_PX, WIDTH_PX), ALL_ROWS)
    for name, row in scores.rows.items():
        assert row.matrix.sum() == counted
        np.testing.assert_array_equal(row.counts, again.rows[name].counts)
        np.testing.assert_allclose(row.profiles, again.rows[name].profiles)
        np.testing.assert_allclose(
            row.mean_log_spectrum if row.profiles else 0, again.rows[name].mean_log_spectrum if row.profiles else 0
        )
    assert provenance.num_pixels == len(VAL_IDS) * HEIGHT_PX * WIDTH_PX


def test_counts_of_the_pictures_sum_to_the_matrix_of_the_set(scores):
    for row in scores.rows.values():
        np.testing.assert_array_equal(np.sum(row.counts, axis=0), category_counts(row.matrix))


def test_the_floor_is_the_real_photograph_against_another_layout(scores):
    others = shuffled_pairs(VAL_IDS, seed=0)
    assert sorted(others) == sorted(others.values()) == VAL_IDS
    assert all(name != other for name, other in others.items())
    assert shuffled_pairs(["alone"], seed=0) == {}
    predicted = INSTRUMENTS.segmenter(scene("val-a", "val", 0).photo[None]).labels[0]
    other = layout(VAL_IDS.index(others["val-a"]))
    agreeing = sum(int(((other == c) & (predicted == c)).sum()) for c in range(len(CLASSES)))
    assert scores.rows["shuffled_layout"].counts[0][0].sum() == agreeing
    assert not scores.rows["shuffled_layout"].profiles


def test_every_figure_has_its_rows_an_interval_and_a_protocol(summary):
    figures, intervals = summary.figures, summary.intervals["intervals"]
    for figure in ("mean_iou", "pixel_accuracy", "frequency_weighted_iou"):
        assert sorted(figures[figure]) == sorted(intervals[figure]) == sorted(ALL_ROWS)
    for figure in ("spectrum_distance", "l1", "ssim", "segmenter_kernel_distance", "quadrants_kernel_distance"):
        assert list(figures[figure]) == list(intervals[figure]) == METHODS
    assert list(figures["spectrum_slope"]) == PICTURES
    for figure in ("segmenter_kernel_distance_std", "quadrants_frechet_distance"):
        assert list(figures[figure]) == METHODS
        assert figure not in intervals
    assert figures["mean_iou"]["real"] > figures["mean_iou"]["synthesized"] > 0
    assert figures["spectrum_distance"]["synthesized"] == pytest.approx(0, abs=1e-6)  # a mirror has the same spectrum
    low, high = intervals["mean_iou"]["synthesized"].values()
    assert low < figures["mean_iou"]["synthesized"] < high
    protocol = summary.protocol
    assert (protocol["num_images"], protocol["resolution"], protocol["segmenter"]) == (4, "48 x 32", "nearest colour")
    assert protocol["quadrants_features"] == {"weights_sha256": "none", "antialias": "no resize", "num_features": 4}
    assert "rank 3 of 4" in protocol["quadrants_frechet_distance"]
    assert "seed 0" in protocol["segmenter_kernel_distance"]
    assert "200 resamples, seed 0" in summary.intervals["protocol"]["interval"]
    json.dumps(rounded(figures | summary.intervals | protocol), allow_nan=False)


def test_figures_are_those_of_the_whole_set(scores, summary):
    row = scores.rows["synthesized"]
    assert summary.figures["mean_iou"]["synthesized"] == pytest.approx(float(mean_iou(category_counts(row.matrix))))
    assert summary.figures["ssim"]["crn"] == pytest.approx(np.mean([e.ssim for e in scores.rows["crn"].errors]))


def test_differences_are_those_of_the_primary_row_from_every_other_method(summary):
    differences = summary.intervals["differences"]["mean_iou"]
    assert list(differences) == [f"synthesized_minus_{row}" for row in METHODS[1:]]
    found = differences["synthesized_minus_crn"]
    expected = summary.figures["mean_iou"]["synthesized"] - summary.figures["mean_iou"]["crn"]
    assert found["value"] == pytest.approx(expected)
    assert found["low"] <= found["high"]


def test_what_cannot_be_measured_is_absent(project):
    scores, _, _ = score(project, instruments=Instruments(None, (Quadrants(),)))
    summary = summarise_scores(scores, Instruments(None, (Quadrants(),)), RULE)
    assert not {"mean_iou", "segmenter_kernel_distance"} & summary.figures.keys()
    assert not {"segmenter", "mean_iou", "ignore"} & summary.protocol.keys()
    assert "quadrants_kernel_distance" in summary.figures
    assert "shuffled_layout" not in scores.rows


def test_a_picture_equal_to_its_photograph_has_no_psnr_figure():
    photo = scene("a", "val", 0).photo
    samples = [Sample(name, layout(), None, {"real": photo, "copy": photo}) for name in "ab"]
    summary = summarise_scores(score_samples(samples, 2, 4, Instruments(None), 2), Instruments(None), RULE)
    assert "psnr_db" not in summary.figures
    assert summary.figures["l1"] == {"copy": 0}


def test_the_simple_rivals_are_scored_as_the_pictures_that_they_are(scores):
    """The layouts of the first three scenes are those of the three training photos, which hold the same noise."""
    nearest, real = scores.rows["nearest_photo"].counts, scores.rows["real"].counts
    np.testing.assert_array_equal(nearest[:3], real[:3])
    assert (nearest[3] != real[3]).any()
    # The canvases of the fixture lack the road, which inpainting fills with the colours around it.
    assert (scores.rows["inpainted"].matrix != scores.rows["canvas"].matrix).any()


def test_every_row_says_what_it_is(project):
    assert list(row_rules(score(project)[2])) == ALL_ROWS


def test_tables_hold_a_row_per_picture_ring_and_occurring_category(scores, summary, tmp_path):
    write_per_image(tmp_path / "per_image.csv", scores)
    write_curves(tmp_path, scores, summary.peaks, CLASSES.names)
    write_confusion(tmp_path / "confusion", scores, CLASSES.names)
    write_spectra(tmp_path / "spectra", scores)
    images = list(csv.DictReader((tmp_path / "per_image.csv").open()))
    assert [row["scene_id"] for row in images] == VAL_IDS
    assert {"mean_iou_real", "pixel_accuracy_shuffled_layout", "ssim_crn", "psnr_db_canvas"} <= images[0].keys()
    expected = float(mean_iou(scores.rows["real"].counts[2]))
    assert float(images[2]["mean_iou_real"]) == pytest.approx(expected, rel=1e-7)
    spectrum = list(csv.DictReader((tmp_path / "spectrum.csv").open()))
    assert [int(row["radius"]) for row in spectrum] == list(range(1, 17))
    assert float(spectrum[-1]["cycles_per_pixel"]) == 0.5
    assert list(spectrum[0])[2:] == PICTURES
    ious = list(csv.DictReader((tmp_path / "per_category_iou.csv").open()))
    assert [row["category"] for row in ious] == ["road", "sky", "car"]  # no layout shows a boat
    assert list(ious[0])[1:] == ALL_ROWS
    confusion = list(csv.DictReader((tmp_path / "confusion/real.csv").open()))
    assert [int(confusion[0][name]) for name in CLASSES.names] == scores.rows["real"].matrix[0].tolist()
    pictures = {path.stem: read_picture(path) for path in (tmp_path / "spectra").glob("*.png")}
    assert sorted(pictures) == sorted(PICTURES)
    assert pictures["real"].shape == (HEIGHT_PX, WIDTH_PX)


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("synthesized", "'val-b': has no picture among .*synthesized.*run stage 'synthesize' again"),
        ("baselines/crn", "'val-b': has no picture among .*crn.*make the pictures of rival 'crn' again"),
    ],
)
def test_a_layout_without_picture_names_who_makes_it(project, tmp_path, missing, message):
    for name in ("scenes", "canvases", "synthesized", "baselines"):
        (tmp_path / name).symlink_to(project / name)
    others = [name for name in VAL_IDS if name != "val-b"]
    (tmp_path / missing.split("/")[0]).unlink()
    rows = [{"scene_id": name, "variant": 0, "image": image_cell(scene(name, "val", 1).photo)} for name in others]
    write_table(tmp_path / missing, "images", IMAGES, rows, "images")
    with pytest.raises(SimsError, match=message):
        score(tmp_path)


def test_a_layout_without_canvas_names_the_stage(project):
    scenes = SceneReader(project / "scenes")
    with pytest.raises(
        SimsError, match=r"'val-a': has no picture among the canvases \(4 such.*run stage 'compose' again"
    ):
        next(iter(project_samples(scenes, [], {}, ProvenanceCount.empty(), 0, scenes.ids("val"))))


def test_a_rival_needs_a_name_of_its_own_and_the_size_of_the_photos(project, tmp_path):
    write_baseline(tmp_path, "canvas", VAL_IDS, scene("a", "val", 0).photo)
    scenes, synthesized = SceneReader(project / "scenes"), ImageReader(project / "synthesized")
    with pytest.raises(SimsError, match="canvas: the name of another row"):
        project_rows(scenes, synthesized, {"canvas": tmp_path / "data/baselines/canvas"})
    (tmp_path / "data/baselines/canvas").rename(tmp_path / "data/baselines/small")
    write_baseline(tmp_path, "small", VAL_IDS, np.zeros((16, 16, 3), np.uint8))
    rows = project_rows(scenes, synthesized, {"small": tmp_path / "data/baselines/small"})
    canvases, count = CanvasReader(project / "canvases"), ProvenanceCount.empty()
    samples = project_samples(scenes, canvases, rows, count, 0, scenes.ids("val"))
    with pytest.raises(SimsError, match=r"'val-a': small has another size, expected 48 x 32 px.*found 16 x 16 px"):
        score_samples(samples, 4, len(CLASSES), INSTRUMENTS, 2)


def test_provenance_is_complete_and_from_training_photos():
    count = ProvenanceCount.empty()
    for number in range(2):
        count.add(canvas(number))
    summary = count.summary({"train-a", "train-b", "train-c"})
    assert summary["share_of_known_pixels_with_provenance"] == 1
    assert summary["num_source_photos"] == 3
    assert summary["num_source_photos_not_in_training"] == 0
    assert summary["share_of_known_pixels"] == pytest.approx(872 / 1536)  # 14 x 48 - 40 of sky, 240 of car
    assert count.summary({"train-a", "train-b"})["num_source_photos_not_in_training"] == 1


def test_a_known_pixel_without_source_is_noticed():
    whole = canvas(0)
    whole.provenance[0, 0] = 0
    whole.provenance[0, 1] = 99  # names no segment
    count = ProvenanceCount.empty()
    count.add(whole)
    assert count.summary(set(TRAIN_IDS))["share_of_known_pixels_with_provenance"] == pytest.approx(870 / 872)


def component(area_px, *scores):
    return ComponentMatches(
        component=0,
        category=0,
        area_px=area_px,
        segment_ids=[f"s{i}" for i in range(len(scores))],
        scores=[float(s) for s in scores],
        mask_ious=[s / 2 for s in scores],
        context_ious=[s / 2 for s in scores],
    )


def test_retrieval_worked_by_hand():
    matches = {"a": [component(60, 1.0, 0.5), component(5)], "b": [component(20, 0.6)]}
    found = evaluate_retrieval(matches, num_labelled_px=100, resolution="10 x 10")
    assert found["mean_top1_score"] == pytest.approx(0.8)
    assert found["mean_top1_mask_iou"] == pytest.approx(0.4)
    assert found["share_of_layout_pixels_with_reference"] == pytest.approx(0.8)
    assert found["num_components"] == 2
    with pytest.raises(SimsError, match="no component has a candidate"):
        evaluate_retrieval({"a": [component(5)]}, 100, "10 x 10")


def test_numbers_are_rounded_and_missing_cells_are_empty(tmp_path):
    assert rounded({"a": 1 / 3, "b": {"c": 2 / 3, "d": 2}}) == {"a": 0.333333, "b": {"c": 0.666667, "d": 2}}
    write_csv(tmp_path / "t.csv", ["name", "score"], [["x", math.nan], ["y", 1 / 3]])
    assert (tmp_path / "t.csv").read_bytes() == b"name,score\nx,\ny,0.33333333\n"


def test_rows_of_other_versions_follow_the_known_ones():
    found = [{"oasis": 1, "shuffled_layout": 4, "canvas": 2}, {"real": 3}]
    assert ordered_rows(found) == ["real", "canvas", "oasis", "shuffled_layout"]
    assert row_title("nearest_photo") == "nearest training photo"
    assert row_title("some_rival") == "some rival"


def answer(reference, same_category, b_in_front, network, prior):
    return Answer(reference, same_category, b_in_front, network, prior)


def test_ordering_accuracies_worked_by_hand():
    answers = [
        answer("true_depth", False, True, network=True, prior=True),
        answer("true_depth", False, True, network=True, prior=False),
        answer("true_depth", False, False, network=False, prior=True),
        answer("true_depth", True, True, network=False, prior=True),
        answer("rule", False, True, network=True, prior=True),
    ]
    summary = summarise_answers(answers)
    depth = summary["true_depth"]
    assert (depth["num_pairs"], depth["network_accuracy"], depth["class_prior_accuracy"]) == (4, 0.75, 0.5)
    assert depth["majority_accuracy"] == 0.75
    assert depth["different_category"]["network_accuracy"] == 1
    assert depth["different_category"]["class_prior_accuracy"] == pytest.approx(1 / 3)
    assert depth["same_category"] == {"network_accuracy": 0, "majority_accuracy": 1, "num_pairs": 1}
    assert summary["rule"]["network_accuracy"] == 1
    assert summary["share_by_rule"] == 0.2
    assert "estimated_depth" not in summary


@pytest.mark.parametrize(
    ("network", "name", "trained_on_by"),
    [(VGG19(1), "lite0", "no method of this table"), (Lite0Features(), "lite0_seen", "synthesized, crn")],
)
def test_features_that_the_methods_were_trained_in_have_another_name(project, tmp_path, network, name, trained_on_by):
    numbers = {"seed": 0, "num_steps": 0, "kept_step": 0, "num_parameters": 1, "num_threads": 1}
    card = ModelCard(
        network=type(network).__name__,
        arguments={},
        categories=CLASSES,
        height_px=HEIGHT_PX,
        width_px=WIDTH_PX,
        final_losses={},
        validation_losses={},
        settings={},
        **numbers,
    )
    save_model(tmp_path / "perceptual", "perceptual", network, card)
    write_segmenter(tmp_path / "segmenter")
    folders = [project / part for part in ("scenes", "canvases", "synthesized")]
    run = scored.ScoredRun(*folders, tmp_path, (), 0)
    (extractor,) = run.instruments.extractors
    assert (extractor.name, extractor.protocol["trained_on_by"]) == (name, trained_on_by)


@pytest.mark.parametrize("num_workers", ["1", "2"])
def test_workers_score_as_one_process_does(project, scores, monkeypatch, num_workers):
    """Batches of one layout: four items, so that two processes would each have two."""
    monkeypatch.setenv("SIMS_WORKERS", num_workers)
    monkeypatch.setattr(scored, "parallel_map", partial(parallel_map, items_per_worker=2))
    rivals = (("crn", project / "baselines/crn"),)
    run = SmallRun(project / "scenes", project / "canvases", project / "synthesized", project, rivals, 0)
    found, provenance = scored.score_run(run, batch_size=1)
    assert (found.names, found.frame, list(found.rows)) == (VAL_IDS, (HEIGHT_PX, WIDTH_PX), ALL_ROWS)
    assert (found.layouts_sha256, found.real_sha256) == (scores.layouts_sha256, scores.real_sha256)
    for name, row in found.rows.items():
        np.testing.assert_array_equal(row.matrix, scores.rows[name].matrix)
        np.testing.assert_array_equal(row.counts, scores.rows[name].counts)
        assert row.errors == scores.rows[name].errors
        assert row.features.keys() == scores.rows[name].features.keys()
    assert provenance == score(project)[1]
