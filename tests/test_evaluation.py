import csv
import json
import math

import numpy as np
import pytest
import torch

from sims_core.errors import SimsError
from sims_core.evaluation.ordering import Answer, summarise_answers
from sims_core.evaluation.provenance import ProvenanceCount
from sims_core.evaluation.retrieval import evaluate_retrieval
from sims_core.evaluation.rows import ROWS, ordered_rows, row_title
from sims_core.evaluation.scoring import Segmented
from sims_core.evaluation.settings import EvaluateConfig
from sims_core.evaluation.synthesis import num_labelled_px, score_pictures, summarise, write_tables
from sims_core.evaluation.tables import rounded, write_csv
from sims_core.formats.canvases import CanvasReader
from sims_core.formats.images import read_images
from sims_core.formats.matches import ComponentMatches
from sims_core.formats.scenes import SceneReader
from tests.small_project import CLASSES, HEIGHT_PX, TRAIN_IDS, VAL_IDS, WIDTH_PX, canvas, layout, write_data

CONFIG = EvaluateConfig(batch_size=3, kernel_num_subsets=4, kernel_subset_size=2)


class NearestColour:
    """Labels a pixel with the category whose colour direction is nearest; features are mean colours."""

    def __call__(self, pictures):
        colours = CLASSES.palette[: len(CLASSES)].astype(float)
        near = np.abs(pictures[..., None, :].astype(float) - 1.2 * colours).sum(axis=-1)
        return Segmented(near.argmin(axis=-1), torch.from_numpy(pictures.mean(axis=(1, 2)) / 255))


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    write_data(root)
    return root


@pytest.fixture(scope="module")
def readers(project):
    data = project / "data"
    return SceneReader(data / "scenes"), CanvasReader(data / "canvases"), read_images(data / "synthesized")


@pytest.fixture(scope="module")
def scored(readers):
    return score_pictures(*readers, NearestColour(), batch_size=3)


def test_rows_are_scored_against_the_asked_layout_whatever_the_batch(readers, scored):
    sets, _ = scored
    again, _ = score_pictures(*readers, NearestColour(), batch_size=1)
    counted = int(sum((layout(n) != 255).sum() for n in range(len(VAL_IDS))))
    for row in ROWS:
        assert sets[row].matrix.sum() == counted == num_labelled_px(readers[0])
        np.testing.assert_array_equal(sets[row].matrix, again[row].matrix)
        assert sets[row].per_picture == again[row].per_picture
        np.testing.assert_allclose(sets[row].spectrum, again[row].spectrum)
        torch.testing.assert_close(sets[row].features, again[row].features)
        assert list(sets[row].per_picture) == VAL_IDS


def test_the_mirrored_photo_scores_below_the_real_one(scored):
    sets, provenance = scored
    summary = summarise(sets, provenance, set(TRAIN_IDS), CONFIG, seed=0, protocol={"resolution": "48 x 32"})
    assert summary["mean_iou"]["real"] > summary["mean_iou"]["synthesized"]
    assert summary["spectrum_distance"]["synthesized"] == pytest.approx(0, abs=1e-6)  # a mirror has the same spectrum
    for figure in ("mean_iou", "pixel_accuracy", "spectrum_slope"):
        assert tuple(summary[figure]) == ROWS
    for figure in ("segmenter_kernel_distance", "segmenter_kernel_distance_std", "spectrum_distance"):
        assert tuple(summary[figure]) == ROWS[1:]
    assert tuple(summary["protocol"]["rows"]) == ROWS
    assert summary["protocol"]["num_images"] == 4
    assert summary["protocol"]["resolution"] == "48 x 32"
    json.dumps(summary, allow_nan=False)


def test_the_simple_rivals_are_scored_as_the_pictures_that_they_are(scored):
    """The layouts of the first three scenes are those of the three training photos, which hold the same noise."""
    sets, _ = scored
    for name in VAL_IDS[:3]:
        assert sets["nearest_photo"].per_picture[name] == sets["real"].per_picture[name]
    assert sets["nearest_photo"].per_picture["val-d"] != sets["real"].per_picture["val-d"]
    # The canvases of the fixture lack the road, which inpainting fills with the colours around it.
    assert sets["inpainted"].matrix.sum() == sets["canvas"].matrix.sum()
    assert (sets["inpainted"].matrix != sets["canvas"].matrix).any()


def test_tables_hold_a_row_per_picture_ring_and_occurring_category(scored, tmp_path):
    sets, _ = scored
    write_tables(sets, tmp_path, tmp_path / "plots", CLASSES.names, (HEIGHT_PX, WIDTH_PX))
    images = list(csv.DictReader((tmp_path / "per_image.csv").open()))
    assert [row["scene_id"] for row in images] == VAL_IDS
    assert len(images[0]) == 1 + 2 * len(ROWS)
    assert float(images[2]["mean_iou_real"]) == pytest.approx(sets["real"].per_picture["val-c"][1], rel=1e-7)
    spectrum = list(csv.DictReader((tmp_path / "plots/spectrum.csv").open()))
    assert [int(row["radius"]) for row in spectrum] == list(range(1, 17))
    assert float(spectrum[-1]["cycles_per_pixel"]) == 0.5
    assert tuple(spectrum[0])[2:] == ROWS
    ious = list(csv.DictReader((tmp_path / "plots/per_category_iou.csv").open()))
    assert [row["category"] for row in ious] == ["road", "sky", "car"]  # no layout shows a boat
    assert tuple(ious[0])[1:] == ROWS


@pytest.mark.parametrize("stage", ["compose", "synthesize"])
def test_a_layout_without_result_names_the_stage(readers, stage):
    scenes, canvases, images = readers
    if stage == "synthesize":
        images = {key: image for key, image in images.items() if key != ("val-b", 0)}
    else:
        canvases = [(name, 0) for name in VAL_IDS if name != "val-b"]
    with pytest.raises(SimsError, match=f"'val-b'.*run stage '{stage}' again"):
        score_pictures(scenes, canvases, images, NearestColour(), 2)


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
    assert ordered_rows([{"pix2pix": 1, "canvas": 2}, {"real": 3}]) == ["real", "canvas", "pix2pix"]
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
